/** A fake server whose turns answer with given texts, in order. */
import { agentMessage, type FakeAppServer, fakeTurn } from "../../../testing.ts";
import type { JsonSchema, StandardSchemaWithJson } from "../../../schema.ts";
import { completed, events } from "../_fixture.ts";

/** The shape that most tests use. */
export interface Verdict {
  readonly risk: "low" | "high";
  readonly reasons: readonly string[];
}

export const VERDICT: JsonSchema & { readonly required: readonly string[] } = {
  type: "object",
  properties: {
    risk: { type: "string", enum: ["low", "high"] },
    reasons: { type: "array", items: { type: "string" } },
  },
  required: ["risk", "reasons"],
  additionalProperties: false,
};

/** A schema with the test's own validation. */
export function verdictBy(
  validate: StandardSchemaWithJson["~standard"]["validate"],
): StandardSchemaWithJson {
  const jsonSchema = { input: () => ({ ...VERDICT }), output: () => ({ ...VERDICT }) };
  return { "~standard": { version: 1, vendor: "test", validate, jsonSchema } };
}

export const GOOD = '{"risk":"high","reasons":["no tests"]}';

/**
 * Makes the next turns end with these texts, in order; `null` is a turn without an answer, `"interrupted"` an
 * interrupted one.
 */
export function answerWith(server: FakeAppServer, texts: readonly (string | null)[]): void {
  let turns = 0;
  server.on("turn/start", (_params, request) => {
    const text = texts[turns] ?? null;
    const turnId = `turn-${++turns}`;
    request.reply({ turn: fakeTurn(turnId) });
    if (text === "interrupted") return server.sendBatch([completed("interrupted", {}, turnId)]);
    const items = text === null ? [] : [agentMessage(`answer of ${turnId}`, text)];
    server.sendBatch(events({ turnId, items }));
  });
}

/** The params of each `turn/start`. */
export function startsOf(server: FakeAppServer): Record<string, unknown>[] {
  return server.received.filter(({ method }) => method === "turn/start")
    .map(({ params }) => params as Record<string, unknown>);
}

/** The input text of each turn. */
export function textsOf(server: FakeAppServer): string[] {
  return startsOf(server).map(({ input }) => (input as { text: string }[])[0]?.text ?? "");
}
