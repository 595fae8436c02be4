import {
  audio,
  Codex,
  image,
  localImage,
  retryOnOverload,
  type Thread,
  tool,
  toolNamespace,
  type TurnHandle,
} from "../../mod.ts";
import { transportFromStreams } from "../../transport.ts";
import { stdio } from "../../transports/auto.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { finish, open } from "./_fixture.ts";

/** Every call with options, with an option that it does not have. */
const CALLS: Readonly<
  Record<string, (given: never, codex: Codex, thread: Thread, turn: TurnHandle) => unknown>
> = {
  "Codex": (given) => new Codex(given),
  "connect()": (given, codex) => codex.connect(given),
  "request()": (given, codex) => codex.request("model/list", {}, given),
  "a stream of notifications": (given, codex) => codex.notifications(given),
  "requests()": (given, codex) => codex.requests(given),
  "threadStart()": (given, codex) => codex.threadStart(given),
  "threadResume()": (given, codex) => codex.threadResume("thread-1", given),
  "threadFork()": (given, codex) => codex.threadFork("thread-1", given),
  "threadList()": (given, codex) => codex.threadList(given),
  "threads()": (given, codex) => codex.threads(given).next(),
  "search.threads()": (given, codex) => codex.search.threads("x", given).next(),
  "search.files()": (given: object, codex) => codex.search.files("x", { roots: ["/a"], ...given }),
  "config.read()": (given, codex) => codex.config.read(given),
  "config.write()": (given, codex) => codex.config.write({ model: "a" }, given),
  "config.requirements()": (given, codex) => codex.config.requirements(given),
  "config.permissionProfiles()": (given, codex) => codex.config.permissionProfiles(given),
  "threadArchive()": (given, codex) => codex.threadArchive("thread-1", given),
  "threadUnarchive()": (given, codex) => codex.threadUnarchive("thread-1", given),
  "threadDelete()": (given, codex) => codex.threadDelete("thread-1", given),
  "loadedThreads()": (given, codex) => codex.loadedThreads(given),
  "models()": (given, codex) => codex.models(given),
  "account()": (given, codex) => codex.account(given),
  "loginApiKey()": (given, codex) => codex.loginApiKey("key", given),
  "loginChatgpt()": (given, codex) => codex.loginChatgpt(given),
  "loginChatgptDeviceCode()": (given, codex) => codex.loginChatgptDeviceCode(given),
  "loginChatgptTokens()": (given, codex) => codex.loginChatgptTokens(given),
  "logout()": (given, codex) => codex.logout(given),
  "rateLimits()": (given, codex) => codex.rateLimits(given),
  "watchRateLimits()": (given, codex) => codex.watchRateLimits(given),
  "usage()": (given, codex) => codex.usage(given),
  "exec()": (given, codex) => codex.exec(["true"], given),
  "fs.read()": (given, codex) => codex.fs.readText("/a", given),
  "fs.write()": (given, codex) => codex.fs.writeText("/a", "", given),
  "fs.list()": (given, codex) => codex.fs.list("/a", given),
  "fs.stat()": (given, codex) => codex.fs.stat("/a", given),
  "fs.mkdir()": (given, codex) => codex.fs.mkdir("/a", given),
  "fs.copy()": (given, codex) => codex.fs.copy("/a", "/b", given),
  "fs.remove()": (given, codex) => codex.fs.remove("/a", given),
  "fs.watch()": (given, codex) => codex.fs.watch("/a", given),
  "mcp.list()": (given, codex) => codex.mcp.list(given),
  "mcp.callTool()": (given, codex) => codex.mcp.callTool(given),
  "mcp.readResource()": (given, codex) => codex.mcp.readResource(given),
  "mcp.login()": (given, codex) => codex.mcp.login("docs", given),
  "mcp.reload()": (given, codex) => codex.mcp.reload(given),
  "mcp.add()": (given, codex) => codex.mcp.add({}, given),
  "mcp.remove()": (given, codex) => codex.mcp.remove("docs", given),
  "skills.list()": (given, codex) => codex.skills.list(given),
  "skills.get()": (given, codex) => codex.skills.get("greet", given),
  "skills.enable()": (given, codex) => codex.skills.enable("greet", given),
  "skills.disable()": (given, codex) => codex.skills.disable("greet", given),
  "skills.setExtraRoots()": (given, codex) => codex.skills.setExtraRoots([], given),
  "run() and turn()": (given, _, thread) => thread.run("x", given),
  "review()": (given, _, thread) => thread.review({ type: "uncommittedChanges" }, given),
  "read()": (given, _, thread) => thread.read(given),
  "turns()": (given, _, thread) => thread.turns(given).next(),
  "items()": (given, _, thread) => thread.items(given).next(),
  "setName()": (given, _, thread) => thread.setName("x", given),
  "set()": (given, _, thread) => thread.set(given),
  "set() ": (given, _, thread) => thread.set({ model: "x" }, given),
  "backgroundTerminals()": (given, _, thread) => thread.backgroundTerminals(given),
  "stopBackgroundTerminals()": (given, _, thread) => thread.stopBackgroundTerminals(given),
  "compact()": (given, _, thread) => thread.compact(given),
  "revert()": (given, _, thread) => thread.revert("turn-1", given),
  "goal.get()": (given, _, thread) => thread.goal.get(given),
  "goal.set()": (given, _, thread) => thread.goal.set("x", given),
  "goal.pause()": (given, _, thread) => thread.goal.pause(given),
  "goal.clear()": (given, _, thread) => thread.goal.clear(given),
  '"goal"': (goal, _, thread) => thread.run("x", { goal }),
  '"repair"': (repair, _, thread) => thread.run("x", { output: {}, repair }),
  "stream()": (given, _, __, turn) => turn.stream(given),
  "textStream()": (given, _, __, turn) => turn.textStream(given),
  "items() ": (given, _, __, turn) => turn.items(given),
  "commands()": (given, _, __, turn) => turn.commands(given),
  "plans()": (given, _, __, turn) => turn.plans(given),
  "diffs()": (given, _, __, turn) => turn.diffs(given),
  "run() of a turn": (given, _, __, turn) => turn.run(given),
  "steer()": (given, _, __, turn) => turn.steer("x", given),
  "set() of a turn": (given, _, __, turn) => turn.set(given),
  "set() of a turn ": (given, _, __, turn) => turn.set({ model: "x" }, given),
  "interrupt()": (given, _, __, turn) => turn.interrupt(given),
  "image()": (given) => image("data:image/png;base64,AA==", given),
  "audio()": (given) => audio("data:audio/wav;base64,AA==", given),
  "localImage()": (given) => localImage("/a.png", given),
  "retryOnOverload()": (given) => retryOnOverload(() => Promise.resolve(), given),
  "transportFromStreams()": (given) =>
    transportFromStreams(new TransformStream<Uint8Array, Uint8Array>(), given),
  "tool()": (given) => tool(given),
  "toolNamespace()": (given) => toolNamespace(given),
  '"handlers"': (handlers, codex) => codex.threadStart({ handlers }),
  'the MCP server "a"': (given) => new Codex({ mcpServers: { a: given } }).connect(),
  "stdio()": (given) => stdio(given),
  'the MCP server "b"': (given) => stdio({ mcpServers: { b: given } })(),
};

test("checkCallOptions refuses an unknown option of every call, before anything is sent [R-93]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("x");
  const sent = server.received.length;
  for (const [of, call] of Object.entries(CALLS)) {
    for (const given of [{ xyz: 1 }, { constructor: 1 }]) {
      const refused = async (): Promise<unknown> => await call(given as never, codex, thread, turn);
      const [name] = Object.keys(given);
      const expected = `Unknown option "${name}" of ${of.trim()}: `;
      const { message } = await assertRejects(refused, TypeError, expected);
      assertEquals(message.length > expected.length, true, `no hint: ${message}`);
    }
    const misused = async (): Promise<unknown> => await call("sk-1" as never, codex, thread, turn);
    const { message } = await assertRejects(misused, TypeError);
    if (of.includes("login")) assertEquals(message.includes("sk-1"), false, message);
  }
  assertEquals(server.received.length, sent);
  await finish(server, turn);
});

test("checkCallOptions says what to use instead of an unknown option [R-93]", async () => {
  await using fixture = await open();
  const { codex, thread } = fixture;
  const hint = async (call: () => unknown): Promise<string> => {
    const { message } = await assertRejects(async () => await call(), TypeError, "Unknown option");
    return message.slice(message.indexOf(": ") + 2);
  };
  const ofThread = (given: object): Promise<string> =>
    hint(() => codex.threadStart(given as never));
  const ofTurn = (given: object): Promise<string> => hint(() => thread.run("x", given as never));
  const ofClient = (given: object): Promise<string> => hint(() => new Codex(given as never));

  assertEquals(await ofThread({ effort: "low" }), "it is an option of run() and turn()");
  assertEquals(await ofThread({ output: {} }), "it is an option of run() and turn()");
  assertEquals(await ofThread({ approvalPolicy: "never" }), 'use "approvalMode"');
  assertStringIncludes(await ofThread({ sandboxMode: "read-only" }), 'use "sandbox" ("readOnly"');
  assertEquals(await ofThread({ workingDirectory: "/" }), 'use "cwd"');
  assertEquals(await ofThread({ aproval_mode: "ask" }), 'did you mean "approvalMode"?');
  for (const name of ["modelReasoningEffort", "reasoningEffort"]) {
    assertEquals(await ofThread({ [name]: "low" }), 'use "effort" of run() and turn()');
    assertEquals(await ofTurn({ [name]: "low" }), 'use "effort"');
  }
  for (const name of ["responseFormat", "schema"]) {
    assertEquals(await ofThread({ [name]: {} }), 'use "output" of run() and turn()');
    assertEquals(await ofTurn({ [name]: {} }), 'use "output"');
  }
  const network = "{ sandbox_workspace_write: { network_access: true } }";
  const given = { networkAccessEnabled: true };
  const sandbox = 'use "sandbox", such as { type: "workspaceWrite", networkAccess: true }';
  assertEquals([await ofThread(given), await ofTurn(given)], [sandbox, sandbox]);
  const search = '{ web_search: "live" }';
  const searching = { webSearchEnabled: true };
  assertEquals(await ofThread(searching), `use "config", such as ${search}`);
  assertEquals(await ofTurn(searching), `use "config" of threadStart(), such as ${search}`);
  assertEquals(await ofClient(given), `use "configOverrides", such as ${network}`);
  const run = (): number => 1;
  const ofTool = (given: object): Promise<string> =>
    hint(() => tool({ name: "a", description: "d", run, ...given }));
  for (const name of ["parameters", "inputSchema"]) {
    assertEquals(await ofTool({ [name]: {} }), 'use "input"');
  }
  assertEquals(await ofTool({ execute: run }), 'use "run"');
  assertEquals(await ofTool({ timeout: 5 }), 'did you mean "timeoutMs"?');
  const ofServer = (server: object): Promise<string> =>
    hint(() => new Codex({ mcpServers: { a: { command: "mcp", ...server } } }).connect());
  assertEquals(await ofServer({ startup_timeout_sec: 5 }), 'use "startupTimeoutMs"');
  assertEquals(await ofServer({ enabled_tools: [] }), 'did you mean "enabledTools"?');
  assertStringIncludes(await ofServer({ url: "https://a.example/" }), "the options are command");
  assertStringIncludes(await ofServer({ type: "stdio" }), "is a process if it has a command");
  const command = "item/commandExecution/requestApproval";
  const handlers = { [command.toLowerCase()]: run };
  for (const misspelt of [ofClient, ofThread, ofTurn]) {
    assertEquals(await misspelt({ handlers }), `did you mean "${command}"?`);
  }
  assertEquals(await ofTurn({ config: {} }), "it is an option of threadStart()");
  assertEquals(await ofTurn({ systemPrompt: "" }), 'use "developerInstructions" of threadStart()');
  assertEquals(await ofTurn({ timeout: 1 }), 'use "timeoutMs"');
  assertEquals(await ofTurn({ abortSignal: null }), 'use "signal"');
  assertEquals(await ofTurn({ threadId: "other" }), "a thread knows its own id");
  assertEquals(await ofClient({ model: "gpt-5" }), "it is an option of threadStart()");
  assertEquals(await ofClient({ codexPathOverride: "/codex" }), 'use "codexBin"');
  assertEquals(await ofClient({ apiKey: "key" }), "use loginApiKey()");
  for (const name of ["timeout", "timeoutMs"]) {
    assertStringIncludes(await ofClient({ [name]: 5 }), 'use "requestTimeoutMs"');
  }
  const ofRead = { cwd: "/" } as never;
  assertEquals(
    await hint(() => codex.fs.read("/a", ofRead)),
    "the options are signal, timeoutMs",
  );
});
