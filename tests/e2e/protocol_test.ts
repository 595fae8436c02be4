import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
/** What only the real binary can show: how it answers unusual or invalid requests. */
import {
  Codex,
  type CodexOptions,
  JsonRpcError,
  StartupTimeoutError,
  ThreadNotFoundError,
  TransportClosedError,
} from "../../mod.ts";
import {
  ExperimentalApiRequiredError,
  InvalidParamsError,
  MethodNotFoundError,
  MethodNotSupportedError,
  NoActiveTurnError,
} from "../../errors.ts";
import { ScriptedModel } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("Codex gets a reply to a request with a lone surrogate [R-07] [R-10]", async () => {
  await withCodex({ requestTimeoutMs: 10_000 }, async (codex) => {
    const { thread } = await codex.request("thread/start", {});
    await codex.request("thread/name/set", { threadId: thread.id, name: "half \ud83d of it" });
    const read = await codex.request("thread/read", { threadId: thread.id });
    assertEquals(read.thread.name, "half \ufffd of it");
  });
});

test("Codex throws typed errors when the server refuses a method or params [R-72]", async () => {
  await withCodex({ requestTimeoutMs: 10_000 }, async (codex) => {
    const ask = async (method: string, params: unknown): Promise<JsonRpcError> =>
      await assertRejects(() => codex.request(method as never, params as never), JsonRpcError);
    const unknown = await ask("nope/nope", {});
    assertInstanceOf(unknown, MethodNotSupportedError);
    assertInstanceOf(unknown, MethodNotFoundError);
    assertEquals([unknown.method, unknown.rpcCode], ["nope/nope", -32600]);
    assertInstanceOf(await ask("turn/start", {}), InvalidParamsError);
    assertInstanceOf(await ask("turn/start", { threadId: 5, input: [] }), InvalidParamsError);
    const input = [{ type: "nope" }];
    assertInstanceOf(await ask("turn/start", { threadId: "x", input }), InvalidParamsError);
    assertInstanceOf(await ask("thread/start", { sandbox: "nonsense" }), InvalidParamsError);
    assertInstanceOf(
      await ask("thread/read", { threadId: "00000000-0000-7000-8000-000000000000" }),
      ThreadNotFoundError,
    );
  });
});

test("Codex throws typed errors when the server refuses the experimental API [R-72]", async () => {
  await withCodex({ experimentalApi: false, requestTimeoutMs: 10_000 }, async (codex) => {
    await assertRejects(
      () => codex.request("collaborationMode/list", {}),
      ExperimentalApiRequiredError,
    );
    await assertRejects(
      () => codex.request("thread/start", { dynamicTools: [] }),
      ExperimentalApiRequiredError,
    );
  });
});

test("Codex throws typed errors for a steer or interrupt without a turn [R-27]", async () => {
  await withCodex({ requestTimeoutMs: 10_000 }, async (codex) => {
    const { thread } = await codex.request("thread/start", {});
    const threadId = thread.id;
    const input = [{ type: "text" as const, text: "more", text_elements: [] }];
    const steer = { threadId, input, expectedTurnId: "nope" };
    await assertRejects(() => codex.request("turn/steer", steer), NoActiveTurnError);
    const interrupt = { threadId, turnId: "nope" };
    await assertRejects(() => codex.request("turn/interrupt", interrupt), NoActiveTurnError);
  });
});

test("Codex reads the server's version after an odd client name [R-72]", async () => {
  await withCodex({ clientName: "my/1.2.3 (app)" }, (codex) => {
    assertEquals(codex.metadata.version, PROTOCOL_VERSION);
    assertStringIncludes(codex.metadata.userAgent, `my/1.2.3 (app)/${PROTOCOL_VERSION} `);
    return Promise.resolve();
  });
});

test("Codex.start reports code and stderr of a runtime that exits immediately [R-53]", async () => {
  await using scripted = await ScriptedModel.start();
  const options = { ...scripted.options, configOverrides: { model_provider: { bad: true } } };
  const error = await assertRejects(() => Codex.start(options), TransportClosedError);
  assert(error.exitCode !== null && error.exitCode !== 0);
  assert(error.stderrTail !== "");
  // deno-lint-ignore no-control-regex -- what must not be there
  assert(!/\x1b/.test(error.message), JSON.stringify(error.message));
});

test("Codex.start times out after startupTimeoutMs and leaves no process behind [R-54]", async () => {
  await using scripted = await ScriptedModel.start();
  const options = { ...scripted.options, startupTimeoutMs: 1 };
  await assertRejects(() => Codex.start(options), StartupTimeoutError);
});

async function withCodex(
  options: CodexOptions,
  body: (codex: Codex) => Promise<void>,
): Promise<void> {
  await using scripted = await ScriptedModel.start();
  await using codex = await Codex.start({ ...scripted.options, ...options });
  await body(codex);
}
