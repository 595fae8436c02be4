/** Compile-time checks: this file does not compile if the types of the tools are wrong. */
import { z } from "zod";
import { type } from "arktype";
import * as v from "valibot";
import { tool, toolNamespace } from "../../../mod.ts";
import type { Codex, Thread, ThreadTool, Tool, ToolContext, TurnHandle } from "../../../mod.ts";
import type { SchemaPair } from "../../../schema.ts";
import { assert } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only for the type `true`. */
function holds<_Fact extends true>(): void {}

const about = { name: "a", description: "d" } as const;

/** Only compiled, never run. */
export function inference(codex: Codex): void {
  const zod = tool({
    ...about,
    input: z.object({ city: z.string(), days: z.number().default(1), at: z.coerce.date() }),
    run: (args, context) => {
      holds<Equal<typeof args, { city: string; days: number; at: Date }>>();
      holds<Equal<typeof context, ToolContext>>();
      return args.city;
    },
  });
  holds<Equal<typeof zod, Tool<{ city: string; days: number; at: Date }>>>();
  const ark = tool({
    ...about,
    input: type({ city: "string", "days?": "number" }),
    run: async (args) => {
      holds<Equal<typeof args, { city: string; days?: number }>>();
      return await Promise.resolve(args.days);
    },
  });
  const pair: SchemaPair<{ city: string }> = {
    schema: v.object({ city: v.string() }),
    jsonSchema: { type: "object", properties: { city: { type: "string" } } },
  };
  const valibot = tool({
    ...about,
    input: pair,
    run: (args) => holds<Equal<typeof args, { city: string }>>(),
  });
  const json = { type: "object", properties: { city: { type: "string" } } } as const;
  const plain = tool({
    ...about,
    input: json,
    run: (args) => holds<Equal<typeof args, unknown>>(),
  });
  const named = tool<{ city: string }>({ ...about, input: json, run: ({ city }) => city });
  const annotated = tool({ ...about, input: json, run: ({ city }: { city: string }) => city });
  holds<Equal<typeof annotated, Tool<{ city: string }>>>();
  const none = tool({ ...about, run: (args) => holds<Equal<typeof args, unknown>>() });
  const space = toolNamespace({ ...about, tools: [zod, ark, valibot] });
  const tools: readonly ThreadTool[] = [zod, ark, valibot, plain, named, annotated, none, space];
  void codex.threadStart({ tools });
  void codex.threadResume("t", { tools: [zod, space] });
  void codex.threadFork("t", { tools: undefined });
  // A tool can be tried by itself.
  void zod.run({ city: "Bern", days: 1, at: new Date() }, {} as ToolContext);
  // @ts-expect-error -- the arguments do not match the schema
  tool({ ...about, input: z.object({ city: z.string() }), run: (args: { town: string }) => args });
  // @ts-expect-error -- the description is missing
  tool({ name: "a", run: () => 1 });
  // @ts-expect-error -- not a tool
  void codex.threadStart({ tools: [{ name: "a", description: "d", run: () => 1 }] });
  // @ts-expect-error -- not a schema
  tool({ ...about, input: "string", run: () => 1 });
  // @ts-expect-error -- a namespace in a namespace
  toolNamespace({ ...about, tools: [space] });
}

/** Only compiled, never run. */
export function context({ thread, turn, signal, turnId, callId }: ToolContext): void {
  holds<Equal<typeof thread, Thread>>();
  holds<Equal<typeof turn, TurnHandle | undefined>>();
  holds<Equal<[typeof signal, typeof turnId, typeof callId], [AbortSignal, string, string]>>();
  const tools = [tool({ ...about, run: () => 1 })];
  // @ts-expect-error -- the protocol has no tools for a single turn
  void thread.run("x", { tools });
  // @ts-expect-error -- nor do the options of a turn
  void thread.turn("x", { tools });
}

test("tool infers the arguments of run from its schema", () => {
  // The compiler checks the types above; this keeps them from being removed unnoticed.
  assert([inference, context].length === 2);
});
