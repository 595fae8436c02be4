/** What the gateway sends to a page: plain data, the protocol's own items, and patches of them. */
import type {
  FileUpdateChange,
  GuardianApprovalReview,
  JsonValue,
  RequestPermissionProfile,
  ThreadItem,
  ThreadTokenUsage,
  ToolRequestUserInputQuestion,
  TurnPlanStep,
  TurnStatus,
} from "../generated/types.ts";
import type { ItemState } from "../client/items/item_view.ts";
import type { UserRequestKind } from "../client/requests/request_kinds.ts";

/**
 * A thread, as a page sees it.
 *
 * @example
 * ```ts
 * import type { ThreadData } from "@codex-app-server/sdk/gateway/client";
 *
 * const title = ({ name, preview }: ThreadData): string => name ?? (preview || "New thread");
 * ```
 */
export interface ThreadData {
  /** The id of the thread. */
  readonly id: string;
  /** The name; `null` without one. */
  readonly name: string | null;
  /** The beginning of the first message; `""` before it. */
  readonly preview: string;
  /** The status: `"idle"`, `"active"`, `"notLoaded"` or `"systemError"`. */
  readonly status: string;
  /** The model; `null` if unknown. */
  readonly model: string | null;
  /** The name of the workspace that the thread works in; `null` if it has none of the user's. */
  readonly workspace: string | null;
  /** When the thread was created, in seconds since 1970; `null` if it is not stored yet. */
  readonly createdAt: number | null;
  /** When the thread last changed, in seconds since 1970; `null` if it is not stored yet. */
  readonly updatedAt: number | null;
  /** The thread whose agent has started this one, which can then only be read; `null` if a person has started it. */
  readonly parentThreadId: string | null;
}

/**
 * A turn without its items.
 *
 * @example
 * ```ts
 * import type { TurnHead } from "@codex-app-server/sdk/gateway/client";
 *
 * const note = ({ status, error }: TurnHead): string => error?.message ?? status;
 * ```
 */
export interface TurnHead {
  /** The id of the turn. */
  readonly id: string;
  /** The status. */
  readonly status: TurnStatus;
  /** Why the turn failed; `null` if it did not. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Why the model is being asked again, and for how many times by now; `null` while it answers. */
  readonly retry: {
    readonly code: string;
    readonly message: string;
    readonly attempt: number;
  } | null;
  /** The latest plan; `null` without one. */
  readonly plan: {
    readonly explanation: string | null;
    readonly steps: readonly TurnPlanStep[];
  } | null;
  /** The unified diff of all file changes; `null` without any, and for turns read from the history. */
  readonly diff: string | null;
  /** The token usage as last reported; `null` before, and for turns read from the history. */
  readonly usage: ThreadTokenUsage | null;
  /** When the turn started, in seconds since 1970. */
  readonly startedAt: number | null;
  /** When the turn ended, in seconds since 1970; `null` while it runs. */
  readonly completedAt: number | null;
}

/**
 * A turn with its items.
 *
 * @example
 * ```ts
 * import type { TurnData } from "@codex-app-server/sdk/gateway/client";
 *
 * const commands = ({ items }: TurnData): number =>
 *   items.filter(({ item }) => item.type === "commandExecution").length;
 * ```
 */
export interface TurnData extends TurnHead {
  /** The items, in the order in which they started. */
  readonly items: readonly ItemData[];
}

/**
 * An item: the data of an item view.
 *
 * @example
 * ```ts
 * import type { ItemData } from "@codex-app-server/sdk/gateway/client";
 *
 * const isRunning = ({ state }: ItemData): boolean => state === "inProgress";
 * ```
 */
export interface ItemData {
  /** The number by which pieces and changes name the item; 0 for items of the history, which do not change. */
  readonly key: number;
  /** The state of the item. */
  readonly state: ItemState;
  /** The protocol's item, with what was streamed of it so far. Its text is the agent's: never insert it as HTML. */
  readonly item: ThreadItem;
  /** The verdict of the reviewing agent; `null` without one. */
  readonly review: GuardianApprovalReview | null;
  /** The last progress message of a tool; `null` without one. */
  readonly progress: string | null;
  /** The output of a patch so far. */
  readonly output: string;
  /** What was written to the stdin of a command so far. */
  readonly stdin: string;
}

/**
 * A decision about an approval, as a page sends it.
 *
 * @example
 * ```ts
 * import type { Decision } from "@codex-app-server/sdk/gateway/client";
 *
 * const labels: Record<Decision, string> = {
 *   accept: "Run once",
 *   acceptForSession: "Allow in this thread",
 *   acceptWithRule: "Always allow",
 *   acceptAlways: "Always allow",
 *   decline: "Decline",
 *   cancel: "Stop",
 * };
 * ```
 */
export type Decision =
  | "accept"
  | "acceptForSession"
  | "acceptWithRule"
  | "acceptAlways"
  | "decline"
  | "cancel";

/**
 * An open request: what a person decides about, or answers.
 *
 * @example
 * ```ts
 * import type { LiveThread, RequestData } from "@codex-app-server/sdk/gateway/client";
 *
 * async function refuse(thread: LiveThread, { id }: RequestData): Promise<void> {
 *   await thread.answer(id, { decision: "decline" });
 * }
 * ```
 */
export interface RequestData {
  /** The id of the request, which no later request repeats. */
  readonly id: string;
  /** The kind of request. */
  readonly kind: UserRequestKind;
  /** The thread, which may be one of a sub-agent. */
  readonly threadId: string;
  /** The turn; `null` outside of turns. */
  readonly turnId: string | null;
  /** The item that the request is about; `null` if it names none. */
  readonly itemId: string | null;
  /** When the request arrived, in milliseconds since 1970. */
  readonly openedAt: number;
  /** The decisions that the page may take; empty for questions, which are answered with `answers`. */
  readonly decisions: readonly Decision[];
  /** The reason or question, in the words of the agent or the server. */
  readonly reason: string | null;
  /** The whole command line, including the shell. */
  readonly command?: string | null;
  /** The script that the shell runs; `null` if the command is more than a plain call of a shell. */
  readonly script?: string | null;
  /** The working directory. */
  readonly cwd?: string | null;
  /** The command prefix that `"acceptWithRule"` allows from now on. */
  readonly proposedRule?: readonly string[] | null;
  /** The file changes with their diffs; `null` if they are unknown. */
  readonly changes?: readonly FileUpdateChange[] | null;
  /** Every path that the changes touch, with links resolved; `null` if not all are known. */
  readonly paths?: readonly string[] | null;
  /** The directory that the agent wants to write to from now on. */
  readonly grantRoot?: string | null;
  /** The permissions that the agent asks for. */
  readonly permissions?: RequestPermissionProfile;
  /** The MCP server that asks. */
  readonly serverName?: string;
  /** The MCP tool. */
  readonly toolName?: string;
  /** The arguments of the MCP tool. */
  readonly arguments?: JsonValue;
  /** The questions of the agent. */
  readonly questions?: readonly ToolRequestUserInputQuestion[];
  /** The JSON Schema of a form; `null` without one. */
  readonly requestedSchema?: JsonValue | null;
  /** A URL to open; `null` without one. */
  readonly url?: string | null;
}

/**
 * The state of a thread: what a page needs to show it.
 *
 * @example
 * ```ts
 * import type { ThreadSnapshot } from "@codex-app-server/sdk/gateway";
 *
 * const isIdle = ({ turns }: ThreadSnapshot): boolean => turns.at(-1)?.status !== "inProgress";
 * ```
 */
export interface ThreadSnapshot {
  /** The kind of event. */
  readonly type: "snapshot";
  /** The thread. */
  readonly thread: ThreadData;
  /** The last turns, oldest first; the running one is the last. */
  readonly turns: readonly TurnData[];
  /** Whether there are turns before these, to be read page by page. */
  readonly hasOlder: boolean;
  /** The open requests, oldest first. */
  readonly requests: readonly RequestData[];
}

/**
 * A piece of text to append: the key of the item, the text, and where it belongs unless that is the item's own text (of
 * a message or a plan) or output (of a command): `"summary/0"`, `"content/0"`, `"output"`, `"stdin"`.
 *
 * @example
 * ```ts
 * import type { Piece } from "@codex-app-server/sdk/gateway";
 *
 * const lengthOf = ([, text]: Piece): number => text.length;
 * ```
 */
export type Piece = readonly [key: number, text: string, path?: string];

/**
 * An event of a thread.
 *
 * @example
 * ```ts
 * import type { ThreadEvent } from "@codex-app-server/sdk/gateway";
 *
 * const parse = (data: string): ThreadEvent => JSON.parse(data);
 * ```
 */
export type ThreadEvent =
  | ThreadSnapshot
  | Piece
  | { readonly type: "thread"; readonly thread: Partial<ThreadData> }
  | ({ readonly type: "turn"; readonly id: string } & Partial<TurnHead>)
  | ({ readonly type: "item"; readonly turnId: string } & ItemData)
  | {
    readonly type: "change";
    readonly key: number;
    /** The fields of the item to replace. */
    readonly set?: { readonly [field in string]?: unknown };
    readonly state?: ItemState;
    readonly review?: GuardianApprovalReview | null;
    readonly progress?: string | null;
  }
  | { readonly type: "request"; readonly request: RequestData }
  | { readonly type: "answered"; readonly id: string; readonly state: "answered" | "withdrawn" }
  | { readonly type: "end"; readonly code: string; readonly message: string };

/**
 * The body of every response that is not a success.
 *
 * @example
 * ```ts
 * import type { ErrorBody } from "@codex-app-server/sdk/gateway";
 *
 * async function codeOf(response: Response): Promise<string> {
 *   return (await response.json() as ErrorBody).error.code;
 * }
 * ```
 */
export interface ErrorBody {
  /** What went wrong. */
  readonly error: {
    /** A stable code, such as `"turn_active"`. */
    readonly code: string;
    /** A sentence for developers. It contains nothing of the server. */
    readonly message: string;
  };
}

/**
 * One page of a list.
 *
 * @example
 * ```ts
 * import type { PageData, ThreadData } from "@codex-app-server/sdk/gateway/client";
 *
 * const isLast = ({ nextCursor }: PageData<ThreadData>): boolean => nextCursor === null;
 * ```
 */
export interface PageData<Entry> {
  /** The entries. */
  readonly data: readonly Entry[];
  /** The start of the next page; `null` at the end. */
  readonly nextCursor: string | null;
}

/**
 * A model to choose.
 *
 * @example
 * ```ts
 * import type { ModelData } from "@codex-app-server/sdk/gateway/client";
 *
 * const usual = (models: readonly ModelData[]): string | undefined =>
 *   models.find(({ isDefault }) => isDefault)?.id;
 * ```
 */
export interface ModelData {
  /** The id, for the option `model`. */
  readonly id: string;
  /** The name to show. */
  readonly name: string;
  /** A sentence about the model. */
  readonly description: string;
  /** Whether the server uses it by default. */
  readonly isDefault: boolean;
  /** The reasoning efforts to choose from. */
  readonly efforts: readonly string[];
  /** The effort that the model uses by default. */
  readonly defaultEffort: string;
}

/** The field of an item that pieces without a path extend. */
export const MAIN_FIELD: Readonly<Record<string, string>> = {
  agentMessage: "text",
  plan: "text",
  commandExecution: "aggregatedOutput",
};
