/** A fake server whose turns answer with given texts, one after the other. */
import { agentMessage, type FakeAppServer, fakeTurn } from "../../../testing.ts";
import type { JsonSchema, StandardSchemaWithJson } from "../../../schema.ts";
import { completed, events } from "../_fixture.ts";

/** The shape that most tests ask for. */
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

/** A schema whose validation is the test's own. */
export function verdictBy(
  validate: StandardSchemaWithJson["~standard"]["validate"],
): StandardSchemaWithJson {
  const jsonSchema = { input: () => ({ ...VERDICT }), output: () => ({ ...VERDICT }) };
  return { "~standard": { version: 1, vendor: "test", validate, jsonSchema } };
}

export const GOOD = '{"risk":"high","reasons":["no tests"]}';

/** The turns that come end with these texts, in order; `null` is a turn without an answer, `"interrupted"` one of that. */
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

/** What each turn was started with. */
export function startsOf(server: FakeAppServer): Record<string, unknown>[] {
  return server.received.filter(({ method }) => method === "turn/start")
    .map(({ params }) => params as Record<string, unknown>);
}

/** The text that each turn was started with. */
export function textsOf(server: FakeAppServer): string[] {
  return startsOf(server).map(({ input }) => (input as { text: string }[])[0]?.text ?? "");
}
