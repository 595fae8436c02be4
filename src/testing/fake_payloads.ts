/** Protocol payloads as the real server sends them, for a fake one. */
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import type {
  MessagePhase,
  Thread,
  ThreadItem,
  ThreadStartResponse,
  ThreadStatus,
  Turn,
  TurnError,
  TurnStatus,
} from "../generated/types.ts";
import { PROTOCOL_VERSION } from "../protocol/metadata.ts";
import { notification } from "./fake_messages.ts";
import type { FakeMessage } from "./fake_messages.ts";

/**
 * An agent message item.
 *
 * @example
 * ```ts
 * import type { AgentMessageItem } from "@codex-app-server/sdk/testing";
 *
 * const textOf = (item: AgentMessageItem): string => item.text;
 * ```
 */
export type AgentMessageItem = Extract<ThreadItem, { type: "agentMessage" }>;

/**
 * Creates a thread; `overrides` replaces fields.
 *
 * @example
 * ```ts
 * import { FakeAppServer, fakeThread } from "@codex-app-server/sdk/testing";
 *
 * const stored = [fakeThread("a", { preview: "first" }), fakeThread("b", { ephemeral: true })];
 * const server = new FakeAppServer().on("thread/list", () => ({ data: stored, nextCursor: null }));
 * ```
 */
export function fakeThread(id: string, overrides: Partial<Thread> = {}): Thread {
  return {
    id,
    environments: null,
    extra: null,
    sessionId: id,
    forkedFromId: null,
    attachedToThreadId: null,
    parentThreadId: null,
    preview: "",
    ephemeral: false,
    section: null,
    sectionEnteredAt: null,
    projectId: null,
    historyMode: "paginated",
    modelProvider: "fake",
    model: "fake-model",
    reasoningEffort: null,
    createdAt: 1_800_000_000,
    updatedAt: 1_800_000_000,
    recencyAt: 1_800_000_000,
    status: { type: "idle" },
    path: `/tmp/codex-home/sessions/${id}.jsonl`,
    cwd: "/tmp",
    cliVersion: PROTOCOL_VERSION,
    originator: "codex_app_server_sdk",
    source: "vscode",
    canAcceptDirectInput: true,
    threadSource: null,
    agentNickname: null,
    agentRole: null,
    gitInfo: null,
    name: null,
    daybreakEnabled: null,
    turns: [],
    ...overrides,
  };
}

/**
 * Creates the response to `thread/start`; with the thread's turns, also to `thread/resume` and `thread/fork`.
 *
 * @example
 * ```ts
 * import { FakeAppServer, fakeThreadStart } from "@codex-app-server/sdk/testing";
 *
 * const server = new FakeAppServer()
 *   .on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId), { preview: "hi" }));
 * ```
 */
export function fakeThreadStart(
  id: string,
  overrides: Partial<Thread> = {},
): ThreadStartResponse {
  const thread = fakeThread(id, overrides);
  return {
    thread,
    model: thread.model ?? "fake-model",
    modelProvider: thread.modelProvider,
    serviceTier: null,
    disabledPluginIds: [],
    cwd: thread.cwd,
    runtimeWorkspaceRoots: [thread.cwd],
    instructionSources: [],
    approvalPolicy: "on-request",
    approvalsReviewer: "user",
    sandbox: { type: "readOnly", networkAccess: false },
    activePermissionProfile: null,
    reasoningEffort: null,
    multiAgentMode: "explicitRequestOnly",
  };
}

/**
 * Creates a turn whose times match its status.
 *
 * @example
 * ```ts
 * import { fakeTurn } from "@codex-app-server/sdk/testing";
 *
 * const running = fakeTurn("turn-2");
 * const stopped = fakeTurn("turn-1", "interrupted", { durationMs: 40 });
 * ```
 */
export function fakeTurn(
  id: string,
  status: TurnStatus = "inProgress",
  overrides: Partial<Turn> = {},
): Turn {
  const done = status !== "inProgress";
  return {
    id,
    rootTurnId: id,
    items: [],
    itemsView: "notLoaded",
    status,
    error: null,
    startedAt: 1_800_000_000,
    completedAt: done ? 1_800_000_001 : null,
    durationMs: done ? 1_000 : null,
    ...overrides,
  };
}

/**
 * Creates an agent message; without a phase, like a model that provides none.
 *
 * @example
 * ```ts
 * import { agentMessage } from "@codex-app-server/sdk/testing";
 *
 * const progress = agentMessage("item-1", "Looking at the tests", "commentary");
 * ```
 */
export function agentMessage(
  id: string,
  text: string,
  phase: MessagePhase | null = null,
): AgentMessageItem {
  return {
    type: "agentMessage",
    id,
    text,
    phase,
    moderation: null,
    memoryCitation: null,
    delivery: null,
    questions: null,
  };
}

/**
 * Options of {@linkcode turnEvents}.
 *
 * @example
 * ```ts
 * import { agentMessage, type TurnEventsOptions } from "@codex-app-server/sdk/testing";
 *
 * const short: TurnEventsOptions = {
 *   threadId: "thread-1",
 *   turnId: "turn-1",
 *   items: [agentMessage("item-1", "hello")],
 * };
 * ```
 */
export interface TurnEventsOptions {
  /** The thread of the turn. */
  readonly threadId: string;
  /** The id of the turn. */
  readonly turnId: string;
  /** The items. Each is started and completed; an agent message gets one delta in between. */
  readonly items?: readonly ThreadItem[];
  /**
   * How the turn ends; `"inProgress"` omits the end.
   * @default {"completed"}
   */
  readonly status?: TurnStatus;
  /** The error of a failed turn. */
  readonly error?: TurnError;
}

const TURN_EVENTS: OptionNames<TurnEventsOptions> = {
  threadId: true,
  turnId: true,
  items: true,
  status: true,
  error: true,
};

/**
 * Creates the notifications of a whole turn in the order of the real server: the thread becomes active, the turn
 * starts, its items follow, the thread becomes idle (or `systemError`), the turn completes.
 *
 * @example
 * ```ts
 * import { agentMessage, FakeAppServer, fakeTurn, turnEvents } from "@codex-app-server/sdk/testing";
 *
 * await using server = new FakeAppServer();
 * server.on("turn/start", ({ threadId }, request) => {
 *   request.reply({ turn: fakeTurn("turn-1") });
 *   const items = [agentMessage("item-1", "hello")];
 *   server.sendBatch(turnEvents({ threadId: String(threadId), turnId: "turn-1", items }));
 * });
 * ```
 */
export function turnEvents(options: TurnEventsOptions): FakeMessage[] {
  checkOptionNames("turnEvents()", options, TURN_EVENTS);
  const { threadId, turnId, items = [], status = "completed", error = null } = options;
  const ids = { threadId, turnId };
  const changed = (to: ThreadStatus): FakeMessage =>
    notification("thread/status/changed", { threadId, status: to });
  const begin = [
    changed({ type: "active", activeFlags: [] }),
    notification("turn/started", { threadId, turn: fakeTurn(turnId) }),
    ...items.flatMap((item) => itemEvents(ids, item)),
  ];
  if (status === "inProgress") return begin;
  const last = status === "completed"
    ? items.findLast(({ type }) => type === "agentMessage")
    : undefined;
  const summary: Partial<Turn> = last === undefined ? {} : { items: [last], itemsView: "summary" };
  const turn = fakeTurn(turnId, status, { ...summary, error });
  const failure = error === null
    ? []
    : [notification("error", { error, willRetry: false, ...ids })];
  return [
    ...begin,
    changed({ type: status === "failed" ? "systemError" : "idle" }),
    ...failure,
    notification("turn/completed", { threadId, turn }),
  ];
}

function itemEvents(
  ids: { readonly threadId: string; readonly turnId: string },
  item: ThreadItem,
): FakeMessage[] {
  const completed = notification("item/completed", {
    item,
    ...ids,
    contentTokenCount: null,
    completedAtMs: 0,
  });
  const started = (first: ThreadItem): FakeMessage =>
    notification("item/started", { item: first, ...ids, startedAtMs: 0 });
  if (item.type !== "agentMessage") return [started(item), completed];
  const delta = { ...ids, itemId: item.id, delta: item.text };
  return [
    started({ ...item, text: "" }),
    ...(item.text === "" ? [] : [notification("item/agentMessage/delta", delta)]),
    completed,
  ];
}
