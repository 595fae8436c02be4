import { Codex, tool, toolNamespace } from "../../../mod.ts";
import { InvalidParamsError, ToolsNotSupportedError } from "../../../errors.ts";
import { PROTOCOL_VERSION } from "../../../protocol.ts";
import type { CodexOptions, Thread, ThreadTool } from "../../../mod.ts";
import { FakeAppServer, fakeThreadStart } from "../../../testing.ts";
import { assert, assertEquals, assertInstanceOf, assertMatch } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { open, reasonOf } from "../_fixture.ts";

const own = tool({ name: "own", description: "Does it.", run: () => 1 });
const space = toolNamespace({ name: "crm", description: "CRM.", tools: [own] });

/** Returns the outcome of starting a thread with tools on such a server. */
async function start(
  server: FakeAppServer,
  tools: readonly ThreadTool[],
  options: CodexOptions = {},
): Promise<Thread | { error: unknown }> {
  await using codex = new Codex({ connect: server.connect, ...options });
  return await codex.threadStart({ tools }).catch((error: unknown) => ({ error }));
}

function versioned(version: string): FakeAppServer {
  const server = new FakeAppServer({ userAgent: `codex_app_server_sdk/${version} (Test) test` });
  return server.on("thread/start", () => fakeThreadStart("thread-1"));
}

async function refusal(server: FakeAppServer, tools: readonly ThreadTool[]): Promise<unknown> {
  const result = await start(server, tools);
  return "error" in result ? result.error : undefined;
}

test("threadStart with tools fails immediately if experimentalApi is off, and starts no server [R-41]", async () => {
  let connects = 0;
  await using codex = new Codex({
    connect: () => Promise.reject(new Error(`connected ${++connects}`)),
    experimentalApi: false,
  });
  const error = await reasonOf(codex.threadStart({ tools: [own] }));
  assertInstanceOf(error, ToolsNotSupportedError);
  assertEquals(
    error.message,
    'Cannot give tools to the thread: the client was created with "experimentalApi: false"',
  );
  assertEquals(connects, 0);
});

test("an empty list of tools does not need experimentalApi", async () => {
  await using server = versioned(PROTOCOL_VERSION);
  assert(!("error" in await start(server, [], { experimentalApi: false })));
});

test("threadStart with tools fails before it is sent if the server is too old [R-41]", async () => {
  for (const version of ["0.80.0", "0.103.9", "0.9.0"]) {
    await using server = versioned(version);
    const error = await refusal(server, [own]);
    assertInstanceOf(error, ToolsNotSupportedError);
    assertEquals(server.received.filter(({ method }) => method === "thread/start"), []);
  }
  for (const version of ["0.104.0", PROTOCOL_VERSION, "1.0.0", "0.0.0", "of no number"]) {
    await using server = versioned(version);
    assertEquals(await refusal(server, [own]), undefined, version);
  }
});

test("a server without namespaces causes ToolsNotSupportedError, and other refusals stay unchanged [R-41]", async () => {
  await using server = versioned("0.130.0");
  const message = "Invalid request: missing field `inputSchema`";
  server.on("thread/start", (_params, request) => request.fail({ code: -32600, message }));
  const error = await refusal(server, [space]);
  assertInstanceOf(error, ToolsNotSupportedError);
  assertInstanceOf(error.cause, InvalidParamsError);
  assertInstanceOf(await refusal(server, [own]), InvalidParamsError);
});

test("Thread.run, Thread.turn and goals refuse tools before anything is sent", async () => {
  await using fixture = await open();
  const { thread, server } = fixture;
  const before = server.received.length;
  const tools = { tools: [own] } as object;
  const calls = [
    thread.run("x", tools),
    thread.turn("x", tools),
    thread.run("x", { goal: true, ...tools }),
  ];
  for (const call of calls) {
    const error = await reasonOf(call);
    assertInstanceOf(error, TypeError);
    assertMatch(error.message, /threadStart\(\)|A turn with a goal cannot/);
  }
  assertEquals(server.received.length, before);
});
