/** Items of a turn as the caller sees them: live, and typed by kind. */
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
 * The protocol's item of one kind.
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
 * The state of an item. `"interrupted"` means that its turn ended before its completion was reported, and `"background"`
 * that it is a command that runs on although its turn has completed.
 *
 * @example
 * ```ts
 * import type { ItemState } from "@codex-app-server/sdk/types";
 *
 * const isOver = (state: ItemState): boolean => state !== "inProgress";
 * ```
 */
export type ItemState = "inProgress" | "completed" | "interrupted" | "background";

/**
 * The members that every item view has. A view changes as the server reports on the item.
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
  /** The kind; kinds that this version of the SDK does not know are passed through. */
  readonly type: Type;
  /** The id, unique in its turn. */
  readonly id: string;
  /** The thread. */
  readonly threadId: string;
  /** The turn. */
  readonly turnId: string;
  /**
   * The item so far, including streamed text, output and changes; once completed, the server's own object. A new object
   * after every change.
   */
  readonly item: ItemOf<Type>;
  /** The state of the item. */
  readonly state: ItemState;
  /** The verdict of the reviewing agent with `approvalMode: "autoReview"`; `null` before, and if it was not asked. */
  readonly review: GuardianApprovalReview | null;
  /** Fulfils with the item when it is completed or interrupted; never rejects. */
  readonly done: Promise<ItemOf<Type>>;
  /**
   * Yields the current item, then the item after each change, and finally the ended item. A slow reader skips intermediate
   * states.
   */
  updates(): AsyncGenerator<ItemOf<Type>, void, undefined>;
}

/**
 * The view of what the model writes: a message, a plan, or its reasoning.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { TextViewExtras } from "@codex-app-server/sdk/types";
 *
 * async function print(view: TextViewExtras): Promise<void> {
 *   for await (const piece of view.textStream()) console.log(printable(piece));
 * }
 * ```
 */
export interface TextViewExtras {
  /**
   * Yields the text from its beginning as it is streamed, until the item ends; for reasoning, the summary, with a blank
   * line between its parts. A slow reader gets what it missed in one piece.
   */
  textStream(): AsyncGenerator<string, void, undefined>;
}

/**
 * The view of a command.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { CommandViewExtras } from "@codex-app-server/sdk/types";
 *
 * async function print(view: CommandViewExtras): Promise<void> {
 *   for await (const chunk of view.output) console.log(printable(chunk));
 *   console.log("exit code", view.exitCode);
 * }
 * ```
 */
export interface CommandViewExtras {
  /**
   * The output from its beginning as it is streamed, until the command ends; each loop over it starts from the beginning.
   * The server may not stream the first part: `item.aggregatedOutput` of the completed item is the whole output.
   */
  readonly output: AsyncIterable<string>;
  /** What has been written to the command's stdin so far. */
  readonly stdin: string;
  /** The exit code; `null` before the end, and if the command did not run. */
  readonly exitCode: number | null;
}

/**
 * The view of a file change; `item.changes` has the diffs so far.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { FileChangeViewExtras } from "@codex-app-server/sdk/types";
 *
 * async function print(view: FileChangeViewExtras): Promise<void> {
 *   for await (const chunk of view.output) console.log(printable(chunk));
 * }
 * ```
 */
export interface FileChangeViewExtras {
  /** The output of the patch as it is streamed; each loop over it starts from the beginning. */
  readonly output: AsyncIterable<string>;
}

/**
 * The view of a call of a tool, yours or an MCP server's.
 *
 * @example
 * ```ts
 * import type { ToolCallViewExtras } from "@codex-app-server/sdk/types";
 *
 * const line = ({ progress }: ToolCallViewExtras): string => progress ?? "waiting";
 * ```
 */
export interface ToolCallViewExtras {
  /** The last message from `progress()` of your tool, or from the MCP server; `null` before the first. */
  readonly progress: string | null;
}

/**
 * The additional members of the views of some kinds.
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
  readonly mcpToolCall: ToolCallViewExtras;
  /** A call of your tool. */
  readonly dynamicToolCall: ToolCallViewExtras;
}

/**
 * A live item of a turn; narrow it by `type`.
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
