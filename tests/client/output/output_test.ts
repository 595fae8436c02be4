import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { StructuredOutputError, type TurnResult } from "../../../mod.ts";
import { InvalidSchemaError, SchemaNotStrictError } from "../../../errors.ts";
import { type Schema, strictSchema } from "../../../schema.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { count, countingSignal, open, reasonOf, textOf } from "../_fixture.ts";
import { answerWith, GOOD, startsOf, VERDICT, type Verdict, verdictBy } from "./_answers.ts";

/** The same shape in each library; none closes its objects by default. */
const LIBRARIES: readonly (readonly [string, Schema<Verdict>])[] = [
  ["zod", z.object({ risk: z.enum(["low", "high"]), reasons: z.array(z.string()) })],
  ["arktype", type({ risk: "'low' | 'high'", reasons: "string[]" })],
  [
    "valibot",
    toStandardJsonSchema(
      v.object({ risk: v.picklist(["low", "high"]), reasons: v.array(v.string()) }),
    ),
  ],
  ["a plain JSON Schema", VERDICT],
];

/** The same schema with its lists sorted, since the order of required names and of enum values is arbitrary. */
function sorted(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (_name, value: unknown) => {
    return Array.isArray(value) ? value.sort() : value;
  });
}

for (const [library, output] of LIBRARIES) {
  test(`Thread.run with an output by ${library} sends its strict JSON Schema and gives the value [R-76]`, async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    answerWith(server, [GOOD]);
    const result = await thread.run("How risky?", { output, effort: "low" });
    assertEquals(result.output, { risk: "high", reasons: ["no tests"] });
    assertEquals(result.finalResponse, GOOD);
    assertEquals(result.repaired, null);
    const [{ outputSchema, ...params } = {}] = startsOf(server);
    assertEquals(params, {
      threadId: thread.id,
      input: [{ type: "text", text: "How risky?", text_elements: [] }],
      effort: "low",
    });
    assertEquals(sorted(outputSchema), sorted(VERDICT)); // no library keeps every order
  });
}

test("Thread.run with an output returns the value as transformed by the schema", async () => {
  await using fixture = await open();
  answerWith(fixture.server, ['{"at":"2026-01-02"}']);
  const output = z.object({ at: z.iso.date().transform((text) => new Date(text)) });
  const result = await fixture.thread.run("When?", { output });
  assertEquals(result.output.at.getUTCDate(), 2);
});

test("Thread.run rejects a schema that is not strict before anything is sent, with the paths [R-75]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const output = {
    type: "object",
    properties: { a: { type: "object", properties: { b: { type: "string" } }, required: ["b"] } },
    required: ["a"],
    additionalProperties: false,
  } as const;
  const error = await assertRejects(() => thread.run("x", { output }), SchemaNotStrictError);
  assertEquals(error.issues, [{
    path: ["properties", "a", "additionalProperties"],
    message: "must be present and false",
  }]);
  await assertRejects(() => thread.turn("x", { output }), SchemaNotStrictError);

  const optional = z.object({ name: z.string(), age: z.number().optional() });
  const missing = await assertRejects(
    () => thread.run("x", { output: optional }),
    SchemaNotStrictError,
  );
  assertEquals(missing.issues.map(({ path }) => path), [["properties", "age"]]);
  assertStringIncludes(missing.message, "strictSchema()");
  const bare = v.object({ a: v.string() }) as never;
  await assertRejects(() => thread.run("x", { output: bare }), InvalidSchemaError);
  assertEquals(count(server, "turn/start"), 0);
});

test("Thread.run with strictSchema() has optional properties: null on the wire, absent in the output [R-75]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answerWith(server, ['{"name":"Ada","age":null}']);
  const output = strictSchema(z.object({ name: z.string(), age: z.number().optional() }));
  const result = await thread.run("Who?", { output });
  assertEquals(result.output, { name: "Ada" });
  const { properties, required } = startsOf(server)[0]?.["outputSchema"] as {
    properties: Record<string, unknown>;
    required: string[];
  };
  assertEquals(required, ["name", "age"]);
  assertEquals(properties["age"], { type: ["number", "null"] });
});

test("Thread.run rejects options that exclude an output, before anything is sent", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const refused = async (options: object, why: string): Promise<void> => {
    await assertRejects(() => thread.run("x", options as never), TypeError, why);
  };
  await refused({ output: VERDICT, outputSchema: VERDICT }, '"outputSchema"');
  await refused({ output: VERDICT, goal: true }, "goal");
  await refused({ output: VERDICT, whenBusy: "steer" }, "cannot be combined with steering");
  await refused({ output: VERDICT, repair: "yes" }, '"repair"');
  await refused({ output: VERDICT, repair: { input: "again" } }, '"repair"');
  await refused({ repair: true }, '"repair" needs "output"');
  await refused({ output: "a string" }, '"output" must be a schema');
  await refused({ output: null }, '"output" must be a schema');
  const withRepair = { output: VERDICT, repair: true } as const;
  await assertRejects(() => thread.turn("x", withRepair as never), TypeError, "run()");
  assertEquals(count(server, "turn/start"), 0);
});

test("Thread.run with an undefined output is a turn without one", async () => {
  await using fixture = await open();
  answerWith(fixture.server, ["text"]);
  const result = await fixture.thread.run("x", { output: undefined } as never);
  assertEquals(result.finalResponse, "text");
  assert(!("output" in result));
});

test("Thread.run reports why a response does not match, with the text and the result [R-76]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answerWith(server, ['{"risk":"none","reasons":[1]}', "no JSON", null, "interrupted", ""]);
  const failure = async (): Promise<StructuredOutputError<TurnResult>> => {
    const error = await reasonOf(thread.run("x", { output: VERDICT }));
    assertInstanceOf(error, StructuredOutputError);
    return error as StructuredOutputError<TurnResult>;
  };
  const invalid = await failure();
  assertEquals(invalid.text, '{"risk":"none","reasons":[1]}');
  assertEquals(invalid.issues, [
    { path: ["risk"], message: 'must be one of "low", "high"' },
    { path: ["reasons", 0], message: "must be a string, got number" },
  ]);
  assertEquals(invalid.result.id, "turn-1");
  assertEquals(invalid.result.items.length, 1);
  assertStringIncludes(invalid.message, 'at "reasons.0": must be a string');

  const unparsed = await failure();
  assertEquals([unparsed.text, unparsed.issues.length], ["no JSON", 1]);
  assertInstanceOf(unparsed.cause, SyntaxError);

  const silent = await failure();
  assertEquals([silent.text, silent.result.status], [null, "completed"]);

  const interrupted = await failure();
  assertEquals(interrupted.result.status, "interrupted");
  assertStringIncludes(interrupted.message, '"interrupted"');

  assertEquals((await failure()).text, "");
});

test("Thread.run wraps an error in the schema's own code, with the text", async () => {
  await using fixture = await open();
  answerWith(fixture.server, ['{"a":"x"}']);
  const fault = new Error("a fault of the schema");
  const output = z.object({
    a: z.string().transform(() => {
      throw fault;
    }),
  });
  const error = await reasonOf(fixture.thread.run("x", { output, repair: true }));
  assertInstanceOf(error, StructuredOutputError);
  assertEquals([error.text, error.cause], ['{"a":"x"}', fault]);
  assertEquals(count(fixture.server, "turn/start"), 1); // nothing that a model could repair
});

test("Thread.turn with an output returns a handle whose run() returns the output, read once", async () => {
  await using fixture = await open();
  answerWith(fixture.server, [GOOD]);
  let validations = 0;
  const output = z.object({ risk: z.string(), reasons: z.array(z.string()) }).refine(() => {
    validations++;
    return true;
  });
  const turn = await fixture.thread.turn("How risky?", { output });
  const [first, second] = await Promise.all([turn.run(), turn.run()]);
  assertEquals(first.output.risk, "high");
  assert(first.output === second.output);
  assertEquals(validations, 1);
  assertEquals(await textOf(turn.textStream()), GOOD);
});

test("Thread.turn with an output returns a handle whose run() stops waiting for a schema when the signal fires", async () => {
  await using fixture = await open();
  answerWith(fixture.server, [GOOD]);
  const { controller, listeners } = countingSignal();
  const begun = deferred<void>();
  const never = verdictBy(() => {
    begun.resolve();
    return new Promise(() => {});
  });
  const turn = await fixture.thread.turn("x", { output: never });
  const running = reasonOf(turn.run({ signal: controller.signal }));
  await begun.promise;
  controller.abort("enough");
  assertEquals([await running, listeners()], ["enough", 0]);
});

test("Thread.turn with an output rejects only run() if the response does not match", async () => {
  await using fixture = await open();
  answerWith(fixture.server, ["{}"]);
  const turn = await fixture.thread.turn("x", { output: VERDICT });
  assertEquals(await textOf(turn.textStream()), "{}");
  const error = await assertRejects(() => turn.run(), StructuredOutputError);
  assertEquals(error.issues.length, 2);
});
