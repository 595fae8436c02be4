import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { tool, toolNamespace } from "../../../mod.ts";
import { ToolTimeoutError } from "../../../errors.ts";
import type { Tool } from "../../../mod.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { assert, assertEquals, assertInstanceOf, assertMatch } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { THREAD, TURN } from "../_fixture.ts";
import { withTools } from "./_tools.ts";

const description = "Does it.";
const input = {
  type: "object",
  properties: { city: { type: "string", minLength: 2 }, days: { type: "integer" } },
  required: ["city"],
  additionalProperties: false,
} as const;

/** A tool with the given behaviour. */
function doing(run: Tool<unknown>["run"], name = "do"): Tool<unknown> {
  return tool({ name, description, run });
}

test("a tool runs with its arguments, thread, turn and call id [R-41]", async () => {
  const seen: unknown[] = [];
  const forecast = tool<{ city: string }>({
    name: "forecast",
    description,
    input,
    run: (args, { thread, turn, turnId, callId, signal }) => {
      seen.push([args, thread.id, turn?.id, turnId, callId, signal.aborted]);
      return { city: args.city, degrees: 21 };
    },
  });
  await using fixture = await withTools([forecast]);
  const turn = await fixture.thread.turn("go");
  const answer = await fixture.call("forecast", { city: "Bern" }, { callId: "call-1" });
  assertEquals(answer, {
    success: true,
    content: [{ type: "inputText", text: '{"city":"Bern","degrees":21}' }],
    text: '{"city":"Bern","degrees":21}',
  });
  assertEquals(seen, [[{ city: "Bern" }, THREAD, turn.id, TURN, "call-1", false]]);
  await fixture.call("forecast", { city: "Bern" }, { turnId: "of others" });
  assertEquals((seen[1] as unknown[]).slice(2, 4), [undefined, "of others"]);
  assertEquals(fixture.diagnostics, []);
});

test("invalid arguments fail the call with a description, and run nothing [R-41]", async () => {
  let runs = 0;
  const forecast = tool({ name: "forecast", description, input, run: () => runs++ });
  await using fixture = await withTools([forecast]);
  const { success, text = "" } = await fixture.call("forecast", { city: "B", days: "two" });
  assertEquals(success, false);
  assertMatch(text, /^The tool "forecast" was not run: its arguments do not fit its schema\.\n/);
  assertMatch(text, /\n- at "city": .+\n- at "days": .+\nCall it again with arguments that do\.$/);
  for (const wrong of [null, "text", [1], 5]) {
    assertEquals((await fixture.call("forecast", wrong)).success, false);
  }
  const none = await fixture.call("forecast", {});
  assert(none.text?.includes("city"), none.text);
  assertEquals([runs, fixture.diagnostics.length], [0, 0]);
});

test("the text about invalid arguments is bounded", async () => {
  const list = { type: "object", properties: { n: { type: "array", items: { type: "null" } } } };
  await using fixture = await withTools([
    tool({ name: "do", description, input: list, run: () => 1 }),
  ]);
  const { text = "" } = await fixture.call("do", { n: Array.from({ length: 5_000 }, () => 1) });
  assertMatch(text, /\n- and \d+ more\n/);
  assert(text.length < 4_100, String(text.length));
});

test("throwing anything becomes a failed call with its message, and a diagnostic [R-41]", async () => {
  const throwing = (thrown: unknown): Tool<unknown> =>
    doing(() => {
      throw thrown;
    });
  const evil = {
    get message(): string {
      throw new Error("no message either");
    },
    toString(): string {
      throw new Error("no text");
    },
  };
  const cases: [unknown, string][] = [
    [new Error("no such city"), "no such city"],
    [new TypeError(""), "TypeError"],
    ["just a text", "just a text"],
    [undefined, "undefined"],
    [{ code: 5 }, '{"code":5}'],
    [{ code: 5, message: "no such code" }, "no such code"],
    [Object.assign(new Error(), { message: 5 }), "5"],
    [Object.create(null), "{}"],
    [evil, "it gave no reason"],
    [new Error("the key sk-proj-abcdefghij is wrong"), "the key sk-[redacted] is wrong"],
    [{ api_key: "abcdef" }, '{"api_key":"[redacted]"}'],
  ];
  for (const [thrown, message] of cases) {
    await using fixture = await withTools([throwing(thrown)]);
    const { success, text } = await fixture.call("do");
    assertEquals([success, text], [false, `The tool "do" failed: ${message}`]);
    const [diagnostic] = fixture.diagnostics;
    assert(diagnostic?.kind === "callbackError" && diagnostic.method === "item/tool/call");
    assert(diagnostic.error === thrown);
  }
  await using fixture = await withTools([throwing(new Error("x".repeat(100_000)))]);
  assert(((await fixture.call("do")).text?.length ?? 0) < 4_100);
  assertEquals((await fixture.call("do")).success, false); // the client continues
});

test("a failed call contains no truncated secret, nor one in the argument errors", async () => {
  const url = "https://me:the-password@example.com/";
  const schema = {
    "~standard": {
      version: 1,
      vendor: "mine",
      validate: () => ({ issues: [{ message: `not a login of ${url}` }] }),
    },
  } as const;
  await using fixture = await withTools([
    doing(() => Promise.reject(new Error(`${"x".repeat(3_955)} ${url}`))),
    tool({ name: "login", description, input: { schema, jsonSchema: input }, run: () => 1 }),
  ]);
  for (const name of ["do", "login"]) {
    const { text = "" } = await fixture.call(name);
    assert(text.includes("https://me:") && !text.includes("the-"), text.slice(-100));
  }
});

test("run gets the arguments as transformed by a library's schema [R-41]", async () => {
  const got: unknown[] = [];
  const run = (args: unknown): void => void got.push(args);
  const trimmed = v.object({ city: v.pipe(v.string(), v.trim()) });
  const inputs = [
    z.object({ city: z.string().trim(), days: z.number().default(3) }),
    type({ city: "string.trim", "days?": "number" }),
    { schema: trimmed, jsonSchema: input },
    toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number(), 3) })),
  ];
  for (const schema of inputs) {
    await using fixture = await withTools([tool({ name: "do", description, input: schema, run })]);
    assertEquals((await fixture.call("do", { city: " Bern " })).success, true);
    assertEquals((await fixture.call("do", { city: 5 })).success, false);
  }
  assertEquals(got, [
    { city: "Bern", days: 3 },
    { city: "Bern" },
    { city: "Bern" },
    { city: " Bern ", days: 3 },
  ]);
});

test("run is called as a method of its tool", async () => {
  const own = tool({
    name: "do",
    description,
    run(): string {
      return `${this.name}: ${this.description}`;
    },
  });
  await using fixture = await withTools([own]);
  assertEquals((await fixture.call("do")).text, "do: Does it.");
});

test("a result that is not JSON fails the call [R-41]", async () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const value of [cycle, { n: 5n }, () => 1, Symbol("s")]) {
    await using fixture = await withTools([doing(() => value)]);
    const { success, text = "" } = await fixture.call("do");
    assertEquals(success, false);
    assertMatch(text, /^The tool "do" failed: The result cannot be converted to JSON: /);
    assertEquals(fixture.diagnostics.map(({ kind }) => kind), ["callbackError"]);
  }
});

test("a throwing schema fails the call", async () => {
  const broken = {
    schema: {
      "~standard": {
        version: 1,
        vendor: "mine",
        validate: (): never => {
          throw new Error("broken schema");
        },
      },
    },
    jsonSchema: input,
  } as const;
  await using fixture = await withTools([
    tool({ name: "do", description, input: broken, run: () => 1 }),
  ]);
  assertEquals((await fixture.call("do")).text, 'The tool "do" failed: broken schema');
});

test("timeoutMs fails the call, fires its signal with ToolTimeoutError, and is reported [R-41]", async () => {
  const reason = deferred<unknown>();
  const slow = tool({
    name: "slow",
    description,
    timeoutMs: 20,
    run: (_args, { signal }) =>
      new Promise(() => signal.addEventListener("abort", () => reason.resolve(signal.reason))),
  });
  await using fixture = await withTools([slow]);
  const { success, text } = await fixture.call("slow");
  assertEquals([success, text], [
    false,
    'The tool "slow" did not finish within 20 ms and was stopped.',
  ]);
  const error = await reason.promise;
  assertInstanceOf(error, ToolTimeoutError);
  assertEquals([error.tool, error.timeoutMs], ["slow", 20]);
  const [diagnostic] = fixture.diagnostics;
  assert(diagnostic?.kind === "callbackError" && diagnostic.error === error);
});

test("calls run concurrently and end in any order", async () => {
  const gates = new Map([["a", deferred<string>()], ["b", deferred<string>()]]);
  const waiting = tool<{ key: string }>({
    name: "wait",
    description,
    input: { type: "object", properties: { key: { type: "string" } }, required: ["key"] },
    run: ({ key }) => gates.get(key)?.promise,
  });
  await using fixture = await withTools([waiting]);
  const first = fixture.call("wait", { key: "a" }, { callId: "a" });
  const second = fixture.call("wait", { key: "b" }, { callId: "b" });
  gates.get("b")?.resolve("second");
  assertEquals((await second).text, "second");
  gates.get("a")?.resolve("first");
  assertEquals((await first).text, "first");
});

test("an unknown tool name goes to the next handler, or fails [R-33]", async () => {
  const space = toolNamespace({ name: "crm", description, tools: [doing(() => "of crm")] });
  await using fixture = await withTools([doing(() => "own"), space]);
  assertEquals((await fixture.call("do")).text, "own");
  assertEquals((await fixture.call("do", {}, { namespace: "crm" })).text, "of crm");
  const unknown = await fixture.call("nope");
  assertEquals([unknown.success, unknown.text], [false, "This client has no such tool."]);
  assertEquals((await fixture.call("do", {}, { namespace: "x" })).success, false);
  fixture.codex.handle("item/tool/call", ({ tool: name }) => ({
    success: true,
    contentItems: [{ type: "inputText", text: `raw ${name}` }],
  }));
  assertEquals((await fixture.call("nope")).text, "raw nope");
  assertEquals((await fixture.call("do")).text, "own"); // a tool takes precedence over a raw handler
  assertEquals((await fixture.call("do", {}, { threadId: "thread-of-others" })).text, "raw do");
});

test("1,000 calls are answered once each, whatever their outcome", async () => {
  const odd = tool({
    name: "odd",
    description,
    timeoutMs: 60_000, // the sanitizers would find a leaked timer
    run: (args) => {
      if (JSON.stringify(args).includes("7")) throw new Error("seven");
      return "ok";
    },
    input: { type: "object" },
  });
  await using fixture = await withTools([odd]);
  const ids = Array.from({ length: 1_000 }, (_, n) => n + 1_000);
  const answers = await Promise.all(ids.map((id) => fixture.call("odd", { id }, { id })));
  assertEquals(answers.filter(({ success }) => success).length, 729);
  const answered = fixture.server.received.map(({ id }) => id).filter((id) => Number(id) >= 1_000);
  assertEquals([answered.length, new Set(answered).size], [1_000, 1_000]);
  assertEquals(fixture.diagnostics.length, 271);
});
