/** Every operation of the public API that waits for the server: one row each. */
import { type CallOptions, type Codex, text, type Thread, type TurnHandle } from "../../mod.ts";
import {
  agentMessage,
  type FakeAppServer,
  type FakeMessage,
  fakeThread,
  fakeThreadStart,
  fakeTurn,
  notification,
  turnEvents,
} from "../../testing.ts";
import { begun, spawned } from "../client/agents/_agents.ts";
import { fakeGoal } from "../client/goals/_goal_fixture.ts";
import { completed, started, THREAD, TURN } from "../client/_fixture.ts";

/** Milliseconds that each step may take, if it has a limit of its own. */
export const LIMIT_MS = 1_000;

/** A connected client, and what the step is told about its limits. */
export interface Subject {
  readonly codex: Codex;
  readonly thread: Thread;
  readonly server: FakeAppServer;
  /** The signal and the limit, for a step that takes both. */
  readonly limits: Required<Pick<CallOptions, "timeoutMs">> & { readonly signal: AbortSignal };
}

/** One row of the matrix. */
export interface Step<Made = unknown> {
  /** The operation, as `Class.method`, with a variant behind a space. */
  readonly name: string;
  /** The request at which the fault happens; without it, it happens in place of `events`. */
  readonly method?: string | undefined;
  /** What a healthy server answers. */
  readonly reply?: unknown;
  /** What a healthy server sends then. */
  readonly events?: readonly FakeMessage[];
  /** Done while the server is healthy. */
  readonly prepare?: (subject: Subject) => Promise<Made> | Made;
  readonly run: (subject: Subject, made: Made) => Promise<unknown>;
  /** Milliseconds past its limit in which it may settle, if the server is deaf: it undoes what it began. */
  readonly undoMs?: number;
  /** It has nothing to do once its process, turn or connection has ended. */
  readonly isMoot?: boolean;
  /** It has no limit: it waits until the client is closed. */
  readonly isEndless?: boolean;
}

async function all(source: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const each of source) seen.push(each);
  return seen;
}

const PAGE = { data: [], nextCursor: null };
const FILE = "/tmp/file";
const SKILLS = {
  data: [{ cwd: "/a", errors: [], skills: [{ name: "x", path: "/a/x", enabled: true }] }],
};
const MESSAGE = agentMessage("item-1", "hello");
const TURN_EVENTS = turnEvents({ threadId: THREAD, turnId: TURN, items: [MESSAGE] });
const ENDED = completed("completed", { items: [MESSAGE], itemsView: "summary" });
const JSON_EVENTS = turnEvents({
  threadId: THREAD,
  turnId: TURN,
  items: [agentMessage("item-1", '{"ok":true}')],
});
const SCHEMA = {
  type: "object",
  properties: { ok: { type: "boolean" } },
  required: ["ok"],
  additionalProperties: false,
} as const;
const OPENED = fakeThreadStart("thread-2");
const GOAL = { goal: fakeGoal() };
const CHATGPT = { type: "chatgpt", loginId: "login-1", authUrl: "https://auth.example/x" };
const DEVICE = {
  type: "chatgptDeviceCode",
  loginId: "login-1",
  verificationUrl: "https://auth.example/d",
  userCode: "AB-12",
};
const EXEC = { exitCode: 0, stdout: "", stderr: "" };
const KILLED = { ...EXEC, exitCode: 137 };
const COMPACTED = turnEvents({
  threadId: THREAD,
  turnId: "compact-1",
  items: [{ type: "contextCompaction", id: "item-1" } as never],
});

/** What a healthy server answers, for the requests that are not the target of a fault. */
export const HEALTHY: Readonly<Record<string, unknown>> = {
  "thread/start": fakeThreadStart(THREAD),
  "turn/start": { turn: fakeTurn(TURN) },
  "review/start": { turn: fakeTurn(TURN), reviewThreadId: THREAD },
  "thread/unsubscribe": { status: "unsubscribed" },
  "thread/read": { thread: fakeThread(THREAD) },
  "thread/goal/get": { goal: null },
  "thread/goal/set": GOAL,
  "thread/goal/clear": { cleared: true },
  "thread/settings/update": {},
  "thread/search/stream/cancel": {},
  "thread/unarchive": { thread: fakeThread("thread-2") },
  "thread/resume": OPENED,
  "account/login/start": CHATGPT,
  "account/login/cancel": { status: "canceled" },
  "command/exec/terminate": {},
  "command/exec/write": {},
  "fs/watch": { path: FILE },
  "fs/unwatch": {},
};

/** An operation that sends one request with the limits and returns what the reply says. */
function call(
  name: string,
  method: string,
  reply: unknown,
  run: Step["run"],
): Step {
  return { name, method, reply, run };
}

/** Milliseconds for an interrupt, and for the end that follows it. */
const INTERRUPT_MS = 5_000;

/** A reader of a turn, whose limit is that of the turn. */
function reader(
  name: string,
  read: (turn: TurnHandle) => Promise<unknown>,
  options: object = {},
): Step<TurnHandle> {
  return {
    name,
    events: TURN_EVENTS,
    prepare: ({ thread, limits }) => thread.turn("hi", { ...limits, ...options }),
    run: (_subject, turn) => read(turn),
    undoMs: INTERRUPT_MS,
  };
}

const CALLS: readonly Step[] = [
  call(
    "Codex.threadStart",
    "thread/start",
    OPENED,
    ({ codex, limits }) => codex.threadStart(limits),
  ),
  call(
    "Codex.threadResume",
    "thread/resume",
    OPENED,
    ({ codex, limits }) => codex.threadResume("thread-2", limits),
  ),
  call(
    "Codex.threadFork",
    "thread/fork",
    OPENED,
    ({ codex, limits }) => codex.threadFork(THREAD, limits),
  ),
  call("Codex.threadList", "thread/list", PAGE, ({ codex, limits }) => codex.threadList(limits)),
  call("Codex.threads", "thread/list", PAGE, ({ codex, limits }) => all(codex.threads(limits))),
  call("Mcp.list", "mcpServerStatus/list", PAGE, ({ codex, limits }) => codex.mcp.list(limits)),
  call(
    "Mcp.callTool",
    "mcpServer/tool/call",
    { content: [] },
    ({ codex, limits }) =>
      codex.mcp.callTool({ threadId: THREAD, server: "s", tool: "t", ...limits }),
  ),
  call(
    "Mcp.readResource",
    "mcpServer/resource/read",
    { contents: [] },
    ({ codex, limits }) => codex.mcp.readResource({ server: "s", uri: "u:x", ...limits }),
  ),
  call("Mcp.login", "mcpServer/oauth/login", {
    authorizationUrl: "https://auth.example/x",
    loginId: "login-2",
  }, ({ codex, limits }) => codex.mcp.login("s", limits)),
  call(
    "Mcp.reload",
    "config/mcpServer/reload",
    {},
    ({ codex, limits }) => codex.mcp.reload(limits),
  ),
  call("Skills.list", "skills/list", SKILLS, ({ codex, limits }) => codex.skills.list(limits)),
  call("Skills.get", "skills/list", SKILLS, ({ codex, limits }) => codex.skills.get("x", limits)),
  call(
    "Skills.enable",
    "skills/config/write",
    { effectiveEnabled: true },
    ({ codex, limits }) => codex.skills.enable("x", limits),
  ),
  call(
    "Skills.disable",
    "skills/config/write",
    { effectiveEnabled: false },
    ({ codex, limits }) => codex.skills.disable("x", limits),
  ),
  call(
    "Skills.setExtraRoots",
    "skills/extraRoots/set",
    {},
    ({ codex, limits }) => codex.skills.setExtraRoots(["/a"], limits),
  ),
  call(
    "Search.threads",
    "thread/search/stream",
    PAGE,
    ({ codex, limits }) => all(codex.search.threads("x", limits)),
  ),
  call(
    "Search.files",
    "fuzzyFileSearch",
    { files: [] },
    ({ codex, limits }) => all(codex.search.files("x", { roots: ["/a"], ...limits })),
  ),
  call(
    "ServerConfig.read",
    "config/read",
    { config: {}, origins: {}, layers: null },
    ({ codex, limits }) => codex.config.read(limits),
  ),
  call(
    "ServerConfig.write",
    "config/batchWrite",
    { status: "ok", version: "1", filePath: "/config.toml", overriddenMetadata: null },
    ({ codex, limits }) => codex.config.write({ model: "a" }, limits),
  ),
  call(
    "ServerConfig.requirements",
    "configRequirements/read",
    { supportsIndependentSpeedModes: null, requirements: null },
    ({ codex, limits }) => codex.config.requirements(limits),
  ),
  call(
    "ServerConfig.permissionProfiles",
    "permissionProfile/list",
    PAGE,
    ({ codex, limits }) => codex.config.permissionProfiles(limits),
  ),
  call(
    "Codex.loadedThreads",
    "thread/loaded/list",
    PAGE,
    ({ codex, limits }) => codex.loadedThreads(limits),
  ),
  call(
    "Codex.threadArchive",
    "thread/archive",
    {},
    ({ codex, limits }) => codex.threadArchive("thread-2", limits),
  ),
  call("Codex.threadUnarchive", "thread/unarchive", HEALTHY["thread/unarchive"], (
    { codex, limits },
  ) => codex.threadUnarchive("thread-2", limits)),
  call(
    "Codex.threadUnarchive and resume",
    "thread/resume",
    OPENED,
    ({ codex, limits }) => codex.threadUnarchive("thread-2", limits),
  ),
  call(
    "Codex.threadDelete",
    "thread/delete",
    {},
    ({ codex, limits }) => codex.threadDelete("thread-2", limits),
  ),
  call("Codex.models", "model/list", PAGE, ({ codex, limits }) => codex.models(limits)),
  call("Codex.account", "account/read", { account: null, requiresOpenaiAuth: false }, (
    { codex, limits },
  ) => codex.account(limits)),
  call(
    "Codex.loginApiKey",
    "account/login/start",
    { type: "apiKey" },
    ({ codex, limits }) => codex.loginApiKey("sk-test", limits),
  ),
  call(
    "Codex.loginChatgpt",
    "account/login/start",
    CHATGPT,
    ({ codex, limits }) => codex.loginChatgpt(limits),
  ),
  call(
    "Codex.loginChatgptDeviceCode",
    "account/login/start",
    DEVICE,
    ({ codex, limits }) => codex.loginChatgptDeviceCode(limits),
  ),
  call("Codex.loginChatgptTokens", "account/login/start", { type: "chatgptAuthTokens" }, (
    { codex, limits },
  ) => codex.loginChatgptTokens({ accessToken: "a", chatgptAccountId: "b", ...limits })),
  call("Codex.logout", "account/logout", {}, ({ codex, limits }) => codex.logout(limits)),
  call(
    "Codex.rateLimits",
    "account/rateLimits/read",
    { rateLimits: {} },
    ({ codex, limits }) => codex.rateLimits(limits),
  ),
  call(
    "Codex.watchRateLimits",
    "account/rateLimits/read",
    { rateLimits: {} },
    async ({ codex, limits }) => await (await codex.watchRateLimits(limits)).return(),
  ),
  call(
    "Codex.usage",
    "account/usage/read",
    { summary: {} },
    ({ codex, limits }) => codex.usage(limits),
  ),
  call(
    "Codex.request",
    "config/read",
    { config: {} },
    ({ codex, limits }) => codex.request("config/read", {} as never, limits),
  ),
  call(
    "Thread.read",
    "thread/read",
    HEALTHY["thread/read"],
    ({ thread, limits }) => thread.read({ ...limits, includeTurns: true }),
  ),
  call(
    "Thread.turns",
    "thread/turns/list",
    PAGE,
    ({ thread, limits }) => all(thread.turns(limits)),
  ),
  call(
    "Thread.items",
    "thread/items/list",
    PAGE,
    ({ thread, limits }) => all(thread.items(limits)),
  ),
  call(
    "Thread.setName",
    "thread/name/set",
    {},
    ({ thread, limits }) => thread.setName("name", limits),
  ),
  call(
    "Thread.set",
    "thread/settings/update",
    {},
    ({ thread, limits }) => thread.set({ model: "m" }, limits),
  ),
  call(
    "Thread.backgroundTerminals",
    "thread/backgroundTerminals/list",
    PAGE,
    ({ thread, limits }) => thread.backgroundTerminals(limits),
  ),
  call(
    "Thread.stopBackgroundTerminals",
    "thread/backgroundTerminals/clean",
    {},
    ({ thread, limits }) => thread.stopBackgroundTerminals(limits),
  ),
  call(
    "Thread.revert",
    "thread/revert",
    {},
    ({ thread, limits }) => thread.revert("turn-0", limits),
  ),
  call("Goal.get", "thread/goal/get", GOAL, ({ thread, limits }) => thread.goal.get(limits)),
  call(
    "Goal.set",
    "thread/goal/set",
    GOAL,
    ({ thread, limits }) => thread.goal.set("make it so", limits),
  ),
  call("Goal.pause", "thread/goal/set", GOAL, ({ thread, limits }) => thread.goal.pause(limits)),
  call(
    "Goal.clear",
    "thread/goal/clear",
    { cleared: true },
    ({ thread, limits }) => thread.goal.clear(limits),
  ),
  call(
    "FileSystem.read",
    "fs/readFile",
    { dataBase64: "aGk=" },
    ({ codex, limits }) => codex.fs.read(FILE, limits),
  ),
  call(
    "FileSystem.readText",
    "fs/readFile",
    { dataBase64: "aGk=" },
    ({ codex, limits }) => codex.fs.readText(FILE, limits),
  ),
  call(
    "FileSystem.write",
    "fs/writeFile",
    {},
    ({ codex, limits }) => codex.fs.write(FILE, new Uint8Array(3), limits),
  ),
  call(
    "FileSystem.writeText",
    "fs/writeFile",
    {},
    ({ codex, limits }) => codex.fs.writeText(FILE, "hi", limits),
  ),
  call(
    "FileSystem.list",
    "fs/readDirectory",
    { entries: [] },
    ({ codex, limits }) => codex.fs.list(FILE, limits),
  ),
  call("FileSystem.stat", "fs/getMetadata", { isFile: true, isDirectory: false }, (
    { codex, limits },
  ) => codex.fs.stat(FILE, limits)),
  call(
    "FileSystem.mkdir",
    "fs/createDirectory",
    {},
    ({ codex, limits }) => codex.fs.mkdir(FILE, limits),
  ),
  call(
    "FileSystem.copy",
    "fs/copy",
    {},
    ({ codex, limits }) => codex.fs.copy(FILE, `${FILE}2`, limits),
  ),
  call("FileSystem.remove", "fs/remove", {}, ({ codex, limits }) => codex.fs.remove(FILE, limits)),
  call(
    "FileSystem.watch",
    "fs/watch",
    { path: FILE },
    ({ codex, limits }) => codex.fs.watch(FILE, limits),
  ),
];

/** Starts a goal whose first turn runs. */
async function goalOf({ thread, server }: Subject, limits: object): Promise<TurnHandle> {
  const starting = thread.turn("make it so", { ...limits, goal: true });
  await server.nextRequest("thread/goal/set");
  server.sendBatch([started(TURN)]);
  return await starting;
}

const TURNS: readonly Step[] = [
  {
    name: "Thread.run",
    method: "turn/start",
    reply: HEALTHY["turn/start"],
    events: TURN_EVENTS,
    run: ({ thread, limits }) => thread.run([text("hi")], limits),
  },
  {
    name: "Thread.run with an output",
    method: "turn/start",
    reply: HEALTHY["turn/start"],
    events: JSON_EVENTS,
    run: ({ thread, limits }) => thread.run("hi", { ...limits, output: SCHEMA as never }),
  },
  {
    name: "Thread.run with a goal",
    method: "thread/goal/set",
    reply: GOAL,
    events: [
      ...TURN_EVENTS,
      notification("thread/goal/updated", {
        threadId: THREAD,
        turnId: null,
        goal: fakeGoal({ status: "complete" }),
      }),
    ],
    run: ({ thread, limits }) => thread.run("make it so", { ...limits, goal: true }),
  },
  {
    name: "Thread.run queued",
    events: [ENDED],
    prepare: ({ thread }) => thread.turn("first"),
    run: ({ thread, limits }) => thread.run("hi", { ...limits, whenBusy: "queue" }),
  },
  call(
    "Thread.turn",
    "turn/start",
    HEALTHY["turn/start"],
    ({ thread, limits }) => thread.turn("hi", limits),
  ),
  call(
    "Thread.review",
    "review/start",
    HEALTHY["review/start"],
    ({ thread, limits }) => thread.review({ type: "uncommittedChanges" }, limits),
  ),
  {
    name: "Thread.compact",
    method: "thread/compact/start",
    reply: {},
    events: COMPACTED,
    run: ({ thread, limits }) => thread.compact(limits),
  },
  {
    name: "Thread.close",
    method: "thread/unsubscribe",
    reply: HEALTHY["thread/unsubscribe"],
    run: ({ thread }) => thread.close(),
    undoMs: 4_000, // it has no limit of its own
  },
  {
    name: "Thread.close with a turn",
    method: "turn/interrupt",
    reply: {},
    events: [completed("interrupted")],
    prepare: ({ thread }) => thread.turn("hi"),
    run: ({ thread }) => thread.close(),
    undoMs: 5_000,
  },
  {
    name: "Thread.close with a goal",
    method: "thread/goal/set",
    reply: GOAL,
    prepare: (subject) => goalOf(subject, {}),
    run: ({ thread }) => thread.close(),
    undoMs: 6_000,
  },
  {
    name: "Thread.compact until its end",
    events: [completed("completed", {}, "compact-1")],
    prepare: ({ server }) => {
      server.on("thread/compact/start", (_params, request) => {
        request.reply({});
        server.sendBatch(COMPACTED.slice(0, -2));
        return new Promise(() => {});
      });
    },
    run: ({ thread, limits }) => thread.compact(limits),
    undoMs: INTERRUPT_MS,
  },
  {
    name: "TurnHandle.run of a review",
    events: [ENDED],
    prepare: ({ thread, limits }) => thread.review({ type: "uncommittedChanges" }, limits),
    run: (_subject, turn) => (turn as TurnHandle).run(),
    undoMs: INTERRUPT_MS,
  },
  {
    name: "TurnHandle.run of a goal",
    events: [
      ENDED,
      notification("thread/goal/updated", {
        threadId: THREAD,
        turnId: null,
        goal: fakeGoal({ status: "complete" }),
      }),
    ],
    prepare: (subject) => goalOf(subject, subject.limits),
    run: (_subject, turn) => (turn as TurnHandle).run(),
    undoMs: INTERRUPT_MS,
  },
  {
    name: "TurnHandle.stream left early",
    method: "turn/interrupt",
    reply: {},
    events: [completed("interrupted")],
    prepare: ({ thread }) => thread.turn("hi"),
    run: (_subject, turn) => (turn as TurnHandle).stream().return(),
    undoMs: 4_000, // it has no limit of its own
  },
  reader("TurnHandle.run", (turn) => turn.run()),
  reader("TurnHandle.stream", (turn) => all(turn.stream())),
  reader("TurnHandle.textStream", (turn) => all(turn.textStream())),
  reader("TurnHandle.items", (turn) => all(turn.items())),
  reader("TurnHandle.commands", (turn) => all(turn.commands())),
  reader("TurnHandle.fileChanges", (turn) => all(turn.fileChanges())),
  reader("TurnHandle.reasoning", (turn) => all(turn.reasoning())),
  reader("TurnHandle.mcpCalls", (turn) => all(turn.mcpCalls())),
  reader("TurnHandle.plans", (turn) => all(turn.plans())),
  reader("TurnHandle.diffs", (turn) => all(turn.diffs())),
  reader("TurnHandle.subAgents", (turn) => all(turn.subAgents())),
  reader("TurnHandle.requests", (turn) => all(turn.requests())),
  reader("TypedTurnHandle.run", (turn) => turn.run(), { output: SCHEMA }),
  {
    name: "TurnHandle.steer",
    method: "turn/steer",
    reply: {},
    prepare: ({ thread }) => thread.turn("hi"),
    run: ({ limits }, turn) => (turn as TurnHandle).steer("more", limits),
  },
  {
    name: "TurnHandle.set",
    method: "turn/settings/update",
    reply: { status: "applied" },
    prepare: ({ thread }) => thread.turn("hi"),
    run: ({ limits }, turn) => (turn as TurnHandle).set({ model: "m" }, limits),
  },
  {
    name: "TurnHandle.interrupt",
    method: "turn/interrupt",
    reply: {},
    events: [completed("interrupted")],
    prepare: async ({ thread, server, codex }) => {
      const turn = await thread.turn("hi");
      server.sendBatch([started()]);
      await codex.request("thread/read", { threadId: THREAD });
      return turn;
    },
    run: ({ limits }, turn) => (turn as TurnHandle).interrupt(limits),
    isMoot: true,
  },
  {
    name: "SubAgent.read",
    method: "thread/read",
    reply: HEALTHY["thread/read"],
    prepare: async ({ thread, server }) => {
      const agents = thread.subAgents();
      const found = agents.next();
      server.sendBatch([...spawned("agent-1"), begun("agent-1")]);
      const { value } = await found;
      await agents.return();
      return value;
    },
    run: ({ limits }, agent) =>
      (agent as { read(options: CallOptions): Promise<unknown> }).read(limits),
  },
] as readonly Step[];

const OPERATIONS: readonly Step[] = [
  {
    name: "ExecProcess.output",
    method: "command/exec",
    reply: EXEC,
    run: ({ codex, limits }) => codex.exec(["true"], limits).output(),
    undoMs: 10_000,
  },
  {
    name: "ExecProcess.kill",
    method: "command/exec/terminate",
    reply: {},
    prepare: ({ codex, server }) => {
      server.on("command/exec", () => new Promise(() => {}));
      return codex.exec(["true"]);
    },
    events: [{ id: 3, result: KILLED }], // the reply to the third request, which runs the command
    run: ({ limits }, process) => (process as ReturnType<Codex["exec"]>).kill(limits),
    isMoot: true,
  },
  {
    name: "ExecProcess.resize",
    method: "command/exec/resize",
    reply: {},
    prepare: ({ codex, server }) => {
      server.on("command/exec", () => new Promise(() => {}));
      return codex.exec(["true"], { tty: true });
    },
    run: ({ limits }, process) =>
      (process as ReturnType<Codex["exec"]>).resize({ rows: 3, cols: 4 }, limits),
    isMoot: true,
  },
  {
    name: "FsWatch.next",
    events: [notification("fs/changed", { watchId: "watch-1", changedPaths: [FILE] })],
    prepare: ({ codex, limits }) => codex.fs.watch(FILE, { signal: limits.signal }),
    run: (_subject, watch) => all(watch as AsyncIterable<unknown>),
    isEndless: true,
  },
  {
    name: "FsWatch.return",
    method: "fs/unwatch",
    reply: {},
    prepare: ({ codex }) => codex.fs.watch(FILE),
    run: (_subject, watch) => (watch as AsyncGenerator).return(undefined),
    undoMs: 4_000, // it has no limit of its own
  },
  {
    name: "LoginHandle.wait",
    events: [
      notification("account/login/completed", { loginId: "login-1", success: true, error: null }),
    ],
    prepare: ({ codex }) => codex.loginChatgpt(),
    run: ({ limits }, login) =>
      (login as { wait(options: CallOptions): Promise<unknown> }).wait(limits),
    undoMs: 5_000,
  },
  {
    name: "LoginHandle.dispose",
    method: "account/login/cancel",
    reply: HEALTHY["account/login/cancel"],
    prepare: ({ codex }) => codex.loginChatgpt(),
    run: async (_subject, login) => await (login as AsyncDisposable)[Symbol.asyncDispose](),
    undoMs: 4_000, // it has no limit of its own
  },
  {
    name: "ExecProcess.dispose",
    method: "command/exec/terminate",
    reply: {},
    events: [{ id: 3, result: KILLED }],
    prepare: ({ codex, server }) => {
      server.on("command/exec", () => new Promise(() => {}));
      return codex.exec(["true"]);
    },
    run: async (_subject, process) => await (process as AsyncDisposable)[Symbol.asyncDispose](),
    undoMs: 9_000, // it has no limit of its own
  },
  {
    name: "LoginHandle.cancel",
    method: "account/login/cancel",
    reply: HEALTHY["account/login/cancel"],
    prepare: ({ codex }) => codex.loginChatgpt(),
    run: ({ limits }, login) =>
      (login as { cancel(options: CallOptions): Promise<unknown> }).cancel(limits),
  },
];

const STREAMS: readonly Step[] = ([
  ["Codex.notifications", ({ codex, limits: { signal } }) => codex.notifications({ signal })],
  ["Codex.requests", ({ codex, limits: { signal } }) => codex.requests({ signal })],
  ["Thread.events", ({ thread, limits: { signal } }) => thread.events({ signal })],
  ["Thread.requests", ({ thread, limits: { signal } }) => thread.requests({ signal })],
  ["Thread.subAgents", ({ thread }) => thread.subAgents()],
] as [string, (subject: Subject) => AsyncIterable<unknown>][]).map(([name, open]) => ({
  name,
  events: [notification("thread/name/updated", { threadId: THREAD, threadName: "x" })],
  run: (subject: Subject) => all(open(subject)),
  isEndless: true,
}));

export const STEPS: readonly Step[] = [...CALLS, ...TURNS, ...OPERATIONS, ...STREAMS];

/** The other public methods: why the matrix has no row for them. */
export const WITHOUT_ROW: Readonly<Record<string, string>> = {
  "Mcp.add": "two requests that ServerConfig.write and read have rows for",
  "Mcp.remove": "two requests that ServerConfig.write and read have rows for",
  "Codex.connect": "the start has tests of its own: tests/protocol/open_test.ts",
  "Codex.close": "every cell ends with it",
  "Codex.exec": "returns at once: see ExecProcess.output",
  "Codex.on": "waits for nothing",
  "Codex.handle": "waits for nothing",
  "Codex.openRequests": "waits for nothing",
  "Thread.activeTurn": "waits for nothing",
  "Thread.handle": "waits for nothing",
  "Thread.openRequests": "waits for nothing",
  "TurnHandle.handle": "waits for nothing",
  "TurnHandle.partialResult": "waits for nothing",
};
