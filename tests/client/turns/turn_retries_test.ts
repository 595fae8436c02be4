import { NotLoggedInError, TurnTimeoutError } from "../../../mod.ts";
import { TurnIdleTimeoutError } from "../../../errors.ts";
import { type FakeMessage, notification } from "../../../testing.ts";
import type { TurnError } from "../../../protocol.ts";
import { assertEquals, assertInstanceOf, assertStringIncludes } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { answer, count, open, reasonOf, settled, THREAD, TURN } from "../_fixture.ts";

const ERROR: TurnError = {
  message: "Reconnecting... 1/5",
  codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: 401 } },
  additionalDetails: "unexpected status 401 for key sk-abcdefghijkl",
  misalignment: null,
};

function retry(error: Partial<TurnError> | null = ERROR): FakeMessage {
  return notification("error", { error, willRetry: true, threadId: THREAD, turnId: TURN });
}

/** The reply to `config/read` with a default model provider. */
function configured(model_provider: string): FakeMessage {
  return { config: { model_provider } };
}

test("A turn that is retried although nobody is logged in is interrupted with NotLoggedInError [R-101]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
  server.on("config/read", () => configured(thread.settings.modelProvider));
  const running = reasonOf(thread.run("hi"));
  await server.nextRequest("turn/start");
  server.sendBatch([retry()]);
  const error = await running;
  assertInstanceOf(error, NotLoggedInError);
  assertEquals([error.code, error.retriedError], ["not_logged_in", ERROR]);
  assertStringIncludes(error.message, "call loginApiKey() or loginChatgpt(), or run `codex login`");
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("A turn that is retried continues when somebody is logged in, or nobody needs to be, or the server does not know [R-101]", async () => {
  const states: readonly unknown[] = [
    { account: { type: "apiKey" }, requiresOpenaiAuth: true },
    { account: null, requiresOpenaiAuth: false },
    null,
  ];
  for (const state of states) {
    await using fixture = await open();
    const { server, thread } = fixture;
    server.on("account/read", () => state);
    server.on("config/read", () => configured(thread.settings.modelProvider));
    const running = thread.run("hi");
    await server.nextRequest("turn/start");
    server.sendBatch([retry(), retry()]);
    await server.nextRequest("account/read");
    server.sendBatch(answer("done"));
    assertEquals((await running).finalResponse, "done");
    assertEquals(count(server, "account/read"), 1);
    assertEquals(count(server, "turn/interrupt"), 0);
  }
});

test("A turn of another model provider, or that is retried for another reason, continues [R-101]", async () => {
  const unavailable = { codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: 503 } } };
  const cases = [
    { provider: "another", error: ERROR, asked: 1 },
    { provider: undefined, error: { ...ERROR, ...unavailable }, asked: 0 },
  ] as const;
  for (const { provider, error, asked } of cases) {
    await using fixture = await open();
    const { server, thread } = fixture;
    server.on("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
    server.on("config/read", () => configured(provider ?? thread.settings.modelProvider));
    const running = thread.run("hi");
    await server.nextRequest("turn/start");
    server.sendBatch([retry(error)]);
    if (asked > 0) await server.nextRequest("config/read");
    await settled(fixture);
    server.sendBatch(answer("done"));
    assertEquals((await running).finalResponse, "done");
    assertEquals([count(server, "account/read"), count(server, "turn/interrupt")], [asked, 0]);
  }
});

test("The time-out of a turn names the last error that was retried, without secrets [R-101]", async () => {
  const limits = [
    [{ timeoutMs: 50 }, TurnTimeoutError],
    [{ idleTimeoutMs: 50 }, TurnIdleTimeoutError],
  ] as const;
  for (const [limit, kind] of limits) {
    using clock = fakeClock();
    await using fixture = await open();
    const { server, thread } = fixture;
    server.on("account/read", () => ({ account: { type: "apiKey" }, requiresOpenaiAuth: true }));
    const running = reasonOf(thread.run("hi", limit));
    await server.nextRequest("turn/start");
    server.sendBatch([retry({ ...ERROR, message: "first" }), retry(null), retry()]);
    const error = await running;
    assertInstanceOf(error, kind);
    assertEquals(error.retriedError, ERROR);
    const last = "; the last error that Codex retried: Reconnecting... 1/5 " +
      "(unexpected status 401 for key sk-[redacted])";
    assertEquals(error.message.endsWith(last), true, error.message);
    assertEquals(clock.elapsedMs >= 50, true);
  }
});
