/** Errors of answering server requests, including tool calls. */
import { CodexError } from "./codex_error.ts";

/**
 * The request no longer needs an answer: it was already answered, here or elsewhere, or withdrawn by the server, the
 * end of its turn or the end of the connection. Nothing was sent.
 *
 * @example
 * ```ts
 * import type { CommandApproval } from "@codex-app-server/sdk";
 * import { RequestSettledError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "RequestSettledError";
  /** The method of the request. */
  readonly method: string;
  /** The id of the request, chosen by the server. */
  readonly id: string | number;
  /** How the request was settled. */
  readonly state: "answered" | "withdrawn";

  /** Creates the error for a request and how it was settled. */
  constructor(method: string, id: string | number, state: "answered" | "withdrawn") {
    const how = state === "answered"
      ? "it was already answered"
      : "it was withdrawn by the server, the end of its turn or the end of the connection";
    super(`Cannot answer "${method}" (id ${JSON.stringify(id)}): ${how}`, {
      code: "request_settled",
    });
    this.method = method;
    this.id = id;
    this.state = state;
  }
}

/**
 * The decision is not among those that the server offered. Nothing was sent, and the request is still open.
 *
 * @example
 * ```ts
 * import type { CommandApproval } from "@codex-app-server/sdk";
 * import { DecisionNotOfferedError } from "@codex-app-server/sdk/errors";
 *
 * function approveForLonger(approval: CommandApproval): void {
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
  /** The class name. */
  override readonly name: string = "DecisionNotOfferedError";
  /** The method of the request. */
  readonly method: string;
  /** The rejected decision. */
  readonly decision: unknown;
  /** The decisions that the server offered. */
  readonly availableDecisions: readonly unknown[];

  /** Creates the error from a decision and the offered ones. */
  constructor(method: string, decision: unknown, availableDecisions: readonly unknown[]) {
    const offered = availableDecisions.map((offer) => JSON.stringify(offer)).join(", ");
    super(
      `Cannot answer "${method}" with ${JSON.stringify(decision)}: the server offers ${offered}`,
      { code: "decision_not_offered" },
    );
    this.method = method;
    this.decision = decision;
    this.availableDecisions = availableDecisions;
  }
}

/**
 * The server does not accept tools: it is too old, or `experimentalApi` is off. No thread was started.
 *
 * @example
 * ```ts
 * import type { Codex, Thread, ThreadTool } from "@codex-app-server/sdk";
 * import { ToolsNotSupportedError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "ToolsNotSupportedError";

  /** Creates the error from the reason, and the server's error if there was one. */
  constructor(why: string, options: { readonly cause?: unknown } = {}) {
    super(`Cannot give tools to the thread: ${why}`, { code: "tools_not_supported", ...options });
  }
}

/**
 * A tool exceeded its `timeoutMs`. It is the abort reason of the signal passed to `run` and is reported to
 * `onDiagnostic`. The call fails; the turn continues.
 *
 * @example
 * ```ts
 * import type { Diagnostic } from "@codex-app-server/sdk";
 * import { ToolTimeoutError } from "@codex-app-server/sdk/errors";
 *
 * function slowTool(event: Diagnostic): string | undefined {
 *   if (event.kind !== "callbackError" || !(event.error instanceof ToolTimeoutError)) return undefined;
 *   return event.error.tool;
 * }
 * ```
 */
export class ToolTimeoutError extends CodexError {
  /** The class name. */
  override readonly name: string = "ToolTimeoutError";
  /** The name of the tool. */
  readonly tool: string;
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for a tool and its limit in milliseconds. */
  constructor(tool: string, timeoutMs: number) {
    super(`Cannot finish the tool "${tool}": it took longer than ${timeoutMs} ms`, {
      code: "tool_timeout",
    });
    this.tool = tool;
    this.timeoutMs = timeoutMs;
  }
}
