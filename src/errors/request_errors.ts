/** Errors of answering what the server asks. */
import { CodexError } from "./codex_error.ts";

/**
 * The request needs no answer any more: it was answered before, here or elsewhere, or the server, the end of its turn or
 * of the connection took it back. Nothing was sent.
 *
 * @example
 * ```ts
 * import { type CommandApproval, RequestSettledError } from "@codex-app-server/sdk";
 *
 * function onClick(approval: CommandApproval): string {
 *   try {
 *     approval.approve();
 *     return "approved";
 *   } catch (error) {
 *     if (error instanceof RequestSettledError) return `too late: ${error.state}`;
 *     throw error;
 *   }
 * }
 * ```
 */
export class RequestSettledError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "RequestSettledError";
  /** The method of the request. */
  readonly method: string;
  /** The id of the request, as the server chose it. */
  readonly id: string | number;
  /** How the request was settled. */
  readonly state: "answered" | "withdrawn";

  /** Makes the error for a request and how it was settled. */
  constructor(method: string, id: string | number, state: "answered" | "withdrawn") {
    const how = state === "answered"
      ? "it was answered already"
      : "it was taken back: by the server, or as its turn or the connection ended";
    super(`Cannot answer "${method}" (id ${JSON.stringify(id)}): ${how}`, {
      code: "request_settled",
    });
    this.method = method;
    this.id = id;
    this.state = state;
  }
}

/**
 * The decision is none of those that the server offered for the request. Nothing was sent, and the request is still open.
 *
 * @example
 * ```ts
 * import { type CommandApproval, DecisionNotOfferedError } from "@codex-app-server/sdk";
 *
 * function approveForGood(approval: CommandApproval): void {
 *   try {
 *     approval.approveForSession();
 *   } catch (error) {
 *     if (!(error instanceof DecisionNotOfferedError)) throw error;
 *     approval.approve();
 *   }
 * }
 * ```
 */
export class DecisionNotOfferedError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "DecisionNotOfferedError";
  /** The method of the request. */
  readonly method: string;
  /** The decision that was given. */
  readonly decision: unknown;
  /** The decisions that would do. */
  readonly availableDecisions: readonly unknown[];

  /** Makes the error from a decision and those that were offered. */
  constructor(method: string, decision: unknown, availableDecisions: readonly unknown[]) {
    const offered = availableDecisions.map((offer) => JSON.stringify(offer)).join(", ");
    super(
      `Cannot answer "${method}" with ${JSON.stringify(decision)}: offered are ${offered}`,
      { code: "decision_not_offered" },
    );
    this.method = method;
    this.decision = decision;
    this.availableDecisions = availableDecisions;
  }
}

/**
 * The server cannot be given tools: it is too old for them, or `experimentalApi` is off. No thread was started.
 *
 * @example
 * ```ts
 * import { type Codex, type Thread, type ThreadTool, ToolsNotSupportedError } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex, tools: readonly ThreadTool[]): Promise<Thread> {
 *   try {
 *     return await codex.threadStart({ tools });
 *   } catch (error) {
 *     if (error instanceof ToolsNotSupportedError) return await codex.threadStart(); // do without
 *     throw error;
 *   }
 * }
 * ```
 */
export class ToolsNotSupportedError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "ToolsNotSupportedError";

  /** Makes the error with the reason, and what the server said, if it was asked. */
  constructor(why: string, options: { readonly cause?: unknown } = {}) {
    super(`Cannot give the thread tools: ${why}`, { code: "tools_not_supported", ...options });
  }
}

/**
 * A tool took longer than its `timeoutMs`: the reason of the signal that its `run` was given, and what `onDiagnostic`
 * is told. The call failed; the turn goes on.
 *
 * @example
 * ```ts
 * import { type Diagnostic, ToolTimeoutError } from "@codex-app-server/sdk";
 *
 * function slowTool(event: Diagnostic): string | undefined {
 *   if (event.kind !== "callbackError" || !(event.error instanceof ToolTimeoutError)) return undefined;
 *   return event.error.tool;
 * }
 * ```
 */
export class ToolTimeoutError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "ToolTimeoutError";
  /** The name of the tool. */
  readonly tool: string;
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Makes the error for a tool and its limit in milliseconds. */
  constructor(tool: string, timeoutMs: number) {
    super(`Cannot wait longer for the tool "${tool}": it took more than ${timeoutMs} ms`, {
      code: "tool_timeout",
    });
    this.tool = tool;
    this.timeoutMs = timeoutMs;
  }
}
