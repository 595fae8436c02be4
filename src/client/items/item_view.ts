/** Items of a turn as the caller sees them: live, and typed by their kind. */
import type { GuardianApprovalReview, ThreadItem } from "../../generated/types.ts";

/**
 * A kind of item, such as `"agentMessage"` or `"commandExecution"`.
 *
 * @example
 * ```ts
 * import type { ItemType } from "@codex-app-server/sdk";
 *
 * const shown: readonly ItemType[] = ["agentMessage", "commandExecution", "fileChange"];
 * ```
 */
export type ItemType = ThreadItem["type"];

/**
 * The item of one kind, as the protocol has it.
 *
 * @example
 * ```ts
 * import type { ItemOf } from "@codex-app-server/sdk";
 *
 * const failed = ({ exitCode }: ItemOf<"commandExecution">): boolean => (exitCode ?? 0) !== 0;
 * ```
 */
export type ItemOf<Type extends ItemType> = Extract<ThreadItem, { readonly type: Type }>;

/**
 * Where an item is in its life: `"interrupted"` is one whose completion never came before its turn ended.
 *
 * @example
 * ```ts
 * import type { ItemState } from "@codex-app-server/sdk/types";
 *
 * const isOver = (state: ItemState): boolean => state !== "inProgress";
 * ```
 */
export type ItemState = "inProgress" | "completed" | "interrupted";

/**
 * What the view of any item has. It changes as the server tells of the item.
 *
 * @example
 * ```ts
 * import type { ItemType } from "@codex-app-server/sdk";
 * import type { ItemViewBase } from "@codex-app-server/sdk/types";
 *
 * const label = ({ type, state }: ItemViewBase<ItemType>): string => `${type} (${state})`;
 * ```
 */
export interface ItemViewBase<Type extends ItemType> {
  /** The kind; one that this version of the SDK does not know is passed on as it came. */
  readonly type: Type;
  /** The id, unique in its turn. */
  readonly id: string;
  /** The thread. */
  readonly threadId: string;
  /** The turn. */
  readonly turnId: string;
  /**
   * The item as known now, with the text, output and changes that came so far; from the completion on the very item that
   * the server told. A new object after each change.
   */
  readonly item: ItemOf<Type>;
  /** Where the item is in its life. */
  readonly state: ItemState;
  /** What the reviewing agent found, where `approvalMode` is `"autoReview"` and it was asked; `null` before. */
  readonly review: GuardianApprovalReview | null;
  /** Fulfils with the item when it is completed or interrupted; never rejects. */
  readonly done: Promise<ItemOf<Type>>;
  /**
   * Gives the item as it is, again whenever it has changed, and as it is in the end. A slow reader gets the newest state,
   * not each one in between.
   */
  updates(): AsyncGenerator<ItemOf<Type>, void, undefined>;
}

/**
 * The view of what the model writes: a message, a plan, or its reasoning.
 *
 * @example
 * ```ts
 * import type { TextViewExtras } from "@codex-app-server/sdk/types";
 *
 * async function print(view: TextViewExtras): Promise<void> {
 *   for await (const piece of view.textStream()) console.log(piece);
 * }
 * ```
 */
export interface TextViewExtras {
  /**
   * Gives the text from its beginning, as it comes, until the item ends; of reasoning the summary, with a blank line
   * between its parts. A slow reader gets what it missed in one piece.
   */
  textStream(): AsyncGenerator<string, void, undefined>;
}

/**
 * The view of a command.
 *
 * @example
 * ```ts
 * import type { CommandViewExtras } from "@codex-app-server/sdk/types";
 *
 * async function print(view: CommandViewExtras): Promise<void> {
 *   for await (const chunk of view.output) console.log(chunk);
 *   console.log("exit code", view.exitCode);
 * }
 * ```
 */
export interface CommandViewExtras {
  /**
   * The output from its beginning, as it comes, until the command ends; each loop over it starts anew. The server may keep
   * the first output to itself: `item.aggregatedOutput` of the completed item is the whole of it.
   */
  readonly output: AsyncIterable<string>;
  /** What was typed into the command so far. */
  readonly stdin: string;
  /** The exit code; `null` before the end, and where the command did not run. */
  readonly exitCode: number | null;
}

/**
 * The view of a change to files; `item.changes` has the diffs as known now.
 *
 * @example
 * ```ts
 * import type { FileChangeViewExtras } from "@codex-app-server/sdk/types";
 *
 * async function print(view: FileChangeViewExtras): Promise<void> {
 *   for await (const chunk of view.output) console.log(chunk);
 * }
 * ```
 */
export interface FileChangeViewExtras {
  /** What the patching prints, as it comes; each loop over it starts anew. */
  readonly output: AsyncIterable<string>;
}

/**
 * The view of a call of an MCP server's tool.
 *
 * @example
 * ```ts
 * import type { McpCallViewExtras } from "@codex-app-server/sdk/types";
 *
 * const line = ({ progress }: McpCallViewExtras): string => progress ?? "waiting";
 * ```
 */
export interface McpCallViewExtras {
  /** What the server said last of its progress; `null` before. */
  readonly progress: string | null;
}

/**
 * What the views of some kinds have beside {@linkcode ItemViewBase}.
 *
 * @example
 * ```ts
 * import type { ItemViewExtras } from "@codex-app-server/sdk/types";
 *
 * const exitCodeOf = (view: ItemViewExtras["commandExecution"]): number | null => view.exitCode;
 * ```
 */
export interface ItemViewExtras {
  /** A message of the agent. */
  readonly agentMessage: TextViewExtras;
  /** A plan that is written as an item. */
  readonly plan: TextViewExtras;
  /** The reasoning. */
  readonly reasoning: TextViewExtras;
  /** A command. */
  readonly commandExecution: CommandViewExtras;
  /** A change to files. */
  readonly fileChange: FileChangeViewExtras;
  /** A call of an MCP server's tool. */
  readonly mcpToolCall: McpCallViewExtras;
}

/**
 * An item that changes as the server tells of it: narrow it by `type`.
 *
 * @example
 * ```ts
 * import type { ItemView } from "@codex-app-server/sdk";
 *
 * function title(view: ItemView): string {
 *   switch (view.type) {
 *     case "commandExecution":
 *       return `$ ${view.item.command}`;
 *     case "fileChange":
 *       return view.item.changes.map(({ path }) => path).join(", ");
 *     default:
 *       return view.type;
 *   }
 * }
 * ```
 */
export type ItemView<Type extends ItemType = ItemType> = {
  [Each in Type]:
    & ItemViewBase<Each>
    & (Each extends keyof ItemViewExtras ? ItemViewExtras[Each] : unknown);
}[Type];
