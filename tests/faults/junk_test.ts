/** Junk in every field, at any depth, of what the server asks and tells. */
import { approveReadOnly, type Diagnostic, isCodexError, type UserRequest } from "../../mod.ts";
import type { ServerRequestMethod } from "../../protocol.ts";
import { agentMessage, type FakeMessage, fakeTurn, notification } from "../../testing.ts";
import { completed, open, settled, textOf, THREAD, TURN } from "../client/_fixture.ts";
import { answers, asking, fresh, PARAMS, send } from "../client/requests/_requests.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fc, rounds } from "../_support/property.ts";

const numRuns = rounds(150);

/** An object that throws where a program makes it a string: `String(it)`, `Object.hasOwn(table, it)`, `table[it]`. */
const NO_PRIMITIVE = { toString: 0, valueOf: 0 };

const JUNK: readonly unknown[] = [
  null,
  5,
  -1.5,
  "",
  "x",
  "\ud800",
  "__proto__",
  true,
  [],
  [null],
  {},
  { type: 5 },
  NO_PRIMITIVE,
  undefined,
];

type Path = readonly (string | number)[];

/** The paths of every field of a message, its objects and lists included. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...members.flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

/** Copies a message with another value at a path; `undefined` leaves the field out. */
function changed(value: unknown, [key, ...rest]: Path, junk: unknown): unknown {
  if (key === undefined) return junk;
  const copy = (Array.isArray(value) ? [...value] : { ...value as object }) as Record<
    string,
    unknown
  >;
  copy[key] = changed(copy[key], rest, junk);
  return copy;
}

/** Reads everything that a program can see of a request. */
function look(request: UserRequest): void {
  for (let at: object = request; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const getters = Object.entries(Object.getOwnPropertyDescriptors(at)).filter(([, { get }]) =>
      get
    );
    for (const [name] of getters) (request as unknown as Record<string, unknown>)[name];
  }
  JSON.stringify(request);
}

test("a server request with junk in any field gets at most one answer, and trips neither the client nor approveReadOnly [R-69]", async () => {
  let count = 0;
  for (const method of Object.keys(PARAMS) as ServerRequestMethod[]) {
    await using fixture = await asking({ approvals: approveReadOnly });
    await using reading = await asking();
    const stream = reading.codex.requests();
    const read = (async (): Promise<void> => {
      for await (const request of stream) {
        look(request);
        request.decline();
      }
    })();
    const sent: string[] = [];
    for (const path of pathsOf(PARAMS[method])) {
      for (const [at, junk] of JUNK.entries()) {
        const id = `${path.join(".")} ${at}`;
        sent.push(id);
        const params = changed(fresh(method), path, junk) as FakeMessage;
        for (const each of [fixture, reading]) send(each, id, method, params);
      }
      await settled(fixture);
      await settled(reading);
    }
    count += 2 * sent.length;
    for (const each of [fixture, reading]) {
      await each.turn.interrupt(); // withdraws what is still open, without an answer
      await settled(each);
      const odd = sent.filter((id) => answers(each, id).length > 1);
      assertEquals(odd, [], method);
      const faults = each.diagnostics.filter((each) => each.kind === "callbackError");
      assertEquals(faults.map(({ error }) => String(error)), [], method);
    }
    await stream.return();
    await read;
  }
  assert(count > 3_000, String(count));
});

/** The notifications of a turn, with items of several kinds. */
function turnOf(): FakeMessage[] {
  const ids = { threadId: THREAD, turnId: TURN };
  const items = [
    agentMessage("item-1", "hello"),
    {
      type: "commandExecution",
      id: "item-2",
      command: "ls",
      cwd: "/work",
      status: "completed",
      commandActions: [{ type: "read", command: "cat a", name: "a", path: "/a" }],
      aggregatedOutput: "a\n",
      exitCode: 0,
      durationMs: 3,
    },
    {
      type: "fileChange",
      id: "item-3",
      status: "completed",
      changes: [{ path: "/a", kind: { type: "add" }, diff: "a\n" }],
    },
    { type: "reasoning", id: "item-4", summary: ["s"], content: ["c"] },
    {
      type: "mcpToolCall",
      id: "item-5",
      server: "s",
      tool: "t",
      status: "completed",
      arguments: { a: 1 },
      result: { content: [{ type: "text", text: "x" }], structuredContent: null },
      error: null,
      durationMs: 1,
    },
  ];
  const usage = {
    totalTokens: 3,
    inputTokens: 2,
    cachedInputTokens: 1,
    outputTokens: 1,
    reasoningOutputTokens: 0,
  };
  return [
    notification("turn/started", { threadId: THREAD, turn: fakeTurn(TURN) }),
    notification("thread/status/changed", {
      threadId: THREAD,
      status: { type: "active", activeFlags: [] },
    }),
    ...items.flatMap((item) => [
      notification("item/started", { ...ids, item, startedAtMs: 0 }),
      notification("item/agentMessage/delta", { ...ids, itemId: "item-1", delta: "x" }),
      notification("item/commandExecution/outputDelta", { ...ids, itemId: "item-2", delta: "x" }),
      notification("item/reasoning/summaryTextDelta", {
        ...ids,
        itemId: "item-4",
        delta: "x",
        summaryIndex: 0,
      }),
      notification("item/completed", { ...ids, item, completedAtMs: 0 }),
    ]),
    notification("hook/completed", {
      ...ids,
      run: {
        id: "h",
        eventName: "userPromptSubmit",
        sourcePath: "/hooks.json",
        status: "blocked",
        entries: [{ kind: "feedback", text: "no" }],
      },
    }),
    notification("turn/plan/updated", {
      ...ids,
      explanation: null,
      plan: [{ step: "a", status: "pending" }],
    }),
    notification("turn/diff/updated", { ...ids, diff: "+a" }),
    notification("thread/tokenUsage/updated", {
      ...ids,
      tokenUsage: { total: usage, last: usage, modelContextWindow: 5 },
    }),
    notification("error", {
      ...ids,
      error: { message: "m", codexErrorInfo: "other" },
      willRetry: true,
    }),
  ];
}

const NO_FIELDS = { type: "object", properties: {}, required: [], additionalProperties: false };

/** Runs a turn over these messages, reads all of its streams, and asserts that nothing but an SDK error comes of it. */
async function runTurn(messages: readonly FakeMessage[]): Promise<void> {
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({ onDiagnostic: (each) => void diagnostics.push(each) });
  const turn = await fixture.thread.turn("hi", { output: NO_FIELDS });
  const loops = [turn.items(), turn.plans(), turn.diffs(), turn.stream()].map(
    async (loop: AsyncIterable<unknown>) => {
      for await (const _ of loop);
    },
  );
  const text = textOf(turn.textStream()).catch((error: unknown) => error);
  fixture.server.sendBatch([...messages, completed()]);
  const end = await turn.run().catch((error: unknown) => error);
  assert(!(end instanceof Error) || isCodexError(end), String(end));
  await Promise.all([...loops, text]);
  assertEquals(diagnostics.filter(({ kind }) => kind === "callbackError"), []);
}

test("a turn ends, whatever is in one field of one notification, with items, with open ones and without any [R-69]", async () => {
  const all = turnOf();
  await tryEachField(all);
  await tryEachField(all.filter(({ method }) => method !== "item/completed"));
  await tryEachField(all.filter(({ method }) => !String(method).startsWith("item/")));
});

/** Runs a turn for each field of the messages, with an object in it that cannot be made a string. */
async function tryEachField(clean: FakeMessage[]): Promise<void> {
  for (const [at, message] of clean.entries()) {
    for (const path of pathsOf(message.params)) {
      const params = changed(message.params, path, NO_PRIMITIVE) as FakeMessage["params"];
      await runTurn(clean.with(at, { ...message, params } as FakeMessage)).catch((error) => {
        throw new Error(`${message.method} ${path.join(".")}`, { cause: error });
      });
    }
  }
}

test("a turn ends, whatever is in the fields of its notifications [R-69]", async () => {
  const clean = turnOf();
  const everyPath = clean.map((message) => pathsOf(message.params));
  const change = fc.record({
    at: fc.nat(clean.length - 1),
    path: fc.nat(1_000),
    junk: fc.oneof(fc.constantFrom(...JUNK), fc.jsonValue()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      const messages = [...clean];
      for (const { at, path, junk } of changes) {
        const paths = everyPath[at] as Path[];
        const params = changed(clean[at]?.params, paths[path % paths.length] as Path, junk);
        messages[at] = { ...clean[at], params } as FakeMessage;
      }
      await runTurn(messages);
    }),
    { numRuns, timeout: 20_000 },
  );
}, { timeoutMs: 60_000 + numRuns * 500 });
