/** Compile-time checks: this file does not compile if the inferred types of outputs are wrong. */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import type {
  OutputOptions,
  OutputResult,
  OutputRunOptions,
  Thread,
  TurnHandle,
  TurnOptions,
  TurnResult,
  TypedTurnHandle,
} from "../../../mod.ts";
import { strictSchema } from "../../../schema.ts";
import { assert } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only for the type `true`. */
function holds<_Fact extends true>(): void {}

/** Only compiled, never run. */
export async function inference(thread: Thread, options: TurnOptions): Promise<void> {
  const zodSchema = z.object({ n: z.number(), at: z.iso.date().transform((s) => new Date(s)) });
  const byZod = await thread.run("x", { output: zodSchema, repair: true, effort: "low" });
  holds<Equal<typeof byZod, OutputResult<{ n: number; at: Date }>>>();
  holds<Equal<typeof byZod.output.at, Date>>();

  const repairing = await thread.run("x", {
    output: zodSchema,
    repair: { input: ({ issues, result }) => `${issues.length} in ${result.id}` },
  });
  holds<Equal<typeof repairing.output.n, number>>();

  const byArk = await thread.run("x", { output: type({ n: "number", "o?": "string" }) });
  holds<Equal<typeof byArk.output, { n: number; o?: string }>>();

  const valibotSchema = v.object({ n: v.number(), o: v.nullable(v.string()) });
  const byValibot = await thread.run("x", { output: toStandardJsonSchema(valibotSchema) });
  holds<Equal<typeof byValibot.output, { n: number; o: string | null }>>();

  const plain = { type: "object", properties: {}, additionalProperties: false } as const;
  const byPlain = await thread.run("x", { output: plain });
  holds<Equal<typeof byPlain.output, unknown>>();
  const named = await thread.run<{ n: number }>("x", { output: plain });
  holds<Equal<typeof named.output, { n: number }>>();

  const optional = await thread.run("x", {
    output: strictSchema(z.object({ n: z.number().optional() })),
  });
  holds<Equal<typeof optional.output, { n?: number | undefined }>>();

  const apart: OutputOptions<{ n: number }> = { output: plain, effort: "low" };
  const byOptions = await thread.run("x", apart);
  holds<Equal<typeof byOptions, OutputResult<{ n: number }>>>();
  const handleByOptions = await thread.turn("x", apart);
  holds<Equal<typeof handleByOptions, TypedTurnHandle<{ n: number }>>>();

  const handle = await thread.turn("x", { output: zodSchema });
  holds<Equal<typeof handle, TypedTurnHandle<{ n: number; at: Date }>>>();
  holds<Equal<Awaited<ReturnType<typeof handle.run>>["output"]["at"], Date>>();

  const without = await thread.run("x", options);
  holds<Equal<typeof without, TurnResult>>();
  const bare = await thread.turn("x");
  holds<Equal<typeof bare, TurnHandle>>();

  // @ts-expect-error: the schema is given only once
  await thread.run("x", { output: plain, outputSchema: {} });
  // @ts-expect-error: a goal has no single output
  await thread.run("x", { output: plain, goal: true });
  // @ts-expect-error: a running turn accepts no schema
  await thread.run("x", { output: plain, whenBusy: "steer" });
  // @ts-expect-error: a handle belongs to one turn
  await thread.turn("x", { output: zodSchema, repair: true });
  // @ts-expect-error: nothing to repair
  await thread.run("x", { repair: true });
  // @ts-expect-error: valibot's schemas have no JSON Schema of their own
  await thread.run("x", { output: valibotSchema });

  // The compiler blames the wrong option, not the schema beside it.
  await thread.run("x", {
    output: zodSchema,
    // @ts-expect-error: the option is called timeoutMs
    timeout: 3,
  });
  await thread.turn("x", {
    output: zodSchema,
    // @ts-expect-error: an effort is a name
    effort: 3,
  });
  const either: TurnOptions | OutputRunOptions<{ n: number }> = Math.random() < 0.5 ? {} : {
    output: plain,
  };
  const byEither = await thread.run("x", either);
  holds<Equal<typeof byEither, TurnResult>>();
}

test("Thread.run infers the type of the output from zod, arktype, valibot and strictSchema [R-76]", () => {
  assert(typeof inference === "function"); // type-checked with this file
});
