import { ApprovalMode, Sandbox } from "../../../mod.ts";
import { InvalidRequestError, TransportClosedError } from "../../../errors.ts";
import type { ThreadResumeOptions, ThreadStartOptions } from "../../../mod.ts";
import type { Transport, TransportClose } from "../../../transport.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { fakeThreadStart } from "../../../testing.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { count, fakeServer, open } from "../_fixture.ts";
import { Codex } from "../../../mod.ts";
import { Recorder } from "../tracing/_recorder.ts";

const REVIEWED = { approvalPolicy: "on-request", approvalsReviewer: "auto_review" };

/** Returns the params of `thread/start` for these options. */
async function started(options?: ThreadStartOptions): Promise<FakeMessage> {
  await using server = fakeServer();
  const codex = new Codex({ connect: server.connect });
  await codex.threadStart(options);
  const { params } = await server.nextRequest("thread/start");
  await codex.close();
  return params;
}

/** Returns the params of `thread/resume` for these options. */
async function resumed(options?: ThreadResumeOptions): Promise<FakeMessage> {
  await using server = fakeServer();
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  server.on("thread/settings/update", () => ({}));
  const codex = new Codex({ connect: server.connect });
  const thread = await codex.threadResume("thread-7", options);
  assertEquals(thread.id, "thread-7");
  const { params } = await server.nextRequest("thread/resume");
  await codex.close();
  return params;
}

test("Codex.threadStart sends the default review mode and nothing else [R-42]", async () => {
  assertEquals(await started(), REVIEWED);
  assertEquals(await started({}), REVIEWED);
  const unset = {
    approvalMode: undefined,
    sandbox: undefined,
    model: undefined,
    cwd: undefined,
  } as never;
  assertEquals(await started(unset), REVIEWED);
});

test("Codex.threadStart treats null as absent, and never sends undefined [R-74]", async () => {
  assertEquals(await started({ approvalMode: null, sandbox: null }), REVIEWED);
  const unset = { cwd: undefined, config: { a: undefined, b: null } } as never;
  assertEquals(await started(unset), { ...REVIEWED, config: { b: null } });
});

test("Codex.threadStart maps the approval modes", async () => {
  const expected: Record<ApprovalMode, FakeMessage> = {
    autoReview: REVIEWED,
    denyAll: { approvalPolicy: "never" },
    ask: { approvalPolicy: "on-request", approvalsReviewer: "user" },
    inherit: {},
  };
  for (const approvalMode of Object.values(ApprovalMode)) {
    assertEquals(await started({ approvalMode }), expected[approvalMode]);
  }
});

test("Codex.threadStart maps the sandboxes", async () => {
  const expected: Record<keyof typeof Sandbox, string> = {
    readOnly: "read-only",
    workspace: "workspace-write",
    workspaceWrite: "workspace-write",
    fullAccess: "danger-full-access",
  };
  for (const sandbox of Object.values(Sandbox)) {
    const params = await started({ sandbox, approvalMode: "inherit" });
    assertEquals(params, { sandbox: expected[sandbox] });
  }
});

test("Codex.threadStart passes protocol options on, and does not send request options", async () => {
  const fields = {
    baseInstructions: "be brief",
    config: { model_verbosity: "low" },
    cwd: "/work",
    developerInstructions: "no jokes",
    ephemeral: true,
    model: "gpt-5",
    modelProvider: "openai",
    personality: "friendly",
    serviceName: "ci",
    serviceTier: "flex",
  } as const;
  const params = await started({
    ...fields,
    signal: new AbortController().signal,
    timeoutMs: 5_000,
  });
  assertEquals(params, { ...fields, ...REVIEWED });
});

test("Codex.threadResume omits the history and sends no defaults [R-42]", async () => {
  const fixed = { threadId: "thread-7", excludeTurns: true };
  assertEquals(await resumed(), fixed);
  assertEquals(await resumed({ approvalMode: undefined, sandbox: null }), fixed);
  assertEquals(await resumed({ approvalMode: "denyAll", sandbox: "readOnly", model: "gpt-5" }), {
    ...fixed,
    approvalPolicy: "never",
    sandbox: "read-only",
    model: "gpt-5",
  });
  for (const forced of [{ threadId: "other" }, { excludeTurns: false }]) {
    await assertRejects(() => resumed(forced as never), TypeError, "Unknown option");
  }
});

test("Codex.threadStart and threadResume refuse invalid presets and limits, and nothing is lost", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  const before = server.received.length;
  const wrong: object[] = [
    { approvalMode: "never" },
    { approvalMode: "toString" },
    { approvalMode: 5 },
    { sandbox: "read-only" },
    { sandbox: "__proto__" },
    { sandbox: {} },
  ];
  for (const options of wrong) {
    await assertRejects(() => codex.threadStart(options), TypeError, "must be one of");
    await assertRejects(() => codex.threadResume("thread-7", options), TypeError, "must be one of");
  }
  for (const timeoutMs of [-1, NaN, "5" as never]) {
    await assertRejects(() => codex.threadStart({ timeoutMs }), RangeError, "timeoutMs");
    await assertRejects(() => codex.threadResume("thread-7", { timeoutMs }), RangeError);
  }
  await assertRejects(() => codex.threadStart({ signal: "no" as never }), TypeError);
  await assertRejects(() => codex.threadStart(null as never), TypeError);
  await assertRejects(() => codex.threadStart("gpt-5" as never), TypeError, "options");
  await assertRejects(() => codex.threadResume("thread-7", 5 as never), TypeError, "options");
  for (const id of ["", undefined, 5, null]) {
    await assertRejects(() => codex.threadResume(id as never), TypeError, "id of a thread");
  }
  assertEquals(server.received.length, before);
  assertEquals((await codex.threadStart()).id, "thread-2");
  assertEquals((await codex.threadResume("thread-7")).id, "thread-7");
});

test("Codex.threadStart rejects if the connection has ended when the reply is handled [R-13]", async () => {
  let frames!: ReadableStreamDefaultController<string[]>;
  const end = deferred<TransportClose>();
  const send = (message: unknown): void => frames.enqueue([JSON.stringify(message)]);
  const transport: Transport = {
    name: "memory",
    readable: new ReadableStream({ start: (controller) => void (frames = controller) }),
    writable: new WritableStream({
      write(frame): void {
        const { id, method } = JSON.parse(frame) as { id?: number; method: string };
        if (method === "initialize") send({ id, result: { userAgent: "codex/1.0.0 (x)" } });
        if (method !== "thread/start") return;
        // The end is known before the last frame is read.
        end.resolve({ kind: "stream", local: false });
        send({ id, result: fakeThreadStart("thread-1") });
        frames.close();
      },
    }),
    closed: end.promise,
    close: () => end.promise,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  // With tracing, a few more turns of the event loop pass between the reply and its use.
  const codex = new Codex({ connect: () => Promise.resolve(transport), tracing: new Recorder() });
  await assertRejects(() => codex.threadStart(), TransportClosedError);
});

test("Codex.threadStart rejects with the server's error", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("thread/start", () => {
    throw { code: -32600, message: "no room" };
  });
  const error = await assertRejects(() => codex.threadStart(), InvalidRequestError, "no room");
  assertEquals(error.method, "thread/start");
});

test("Thread.settings has the settings from the server's reply", async () => {
  await using fixture = await open();
  const { thread, server } = fixture;
  assertEquals(thread.settings.model, "fake-model");
  assertEquals(thread.settings.approvalPolicy, "on-request");
  assertEquals("thread" in thread.settings, false);
  assertEquals(count(server, "thread/start"), 1);
});
