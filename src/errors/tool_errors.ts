/** Errors of the caller's own tools. */
import { CodexError } from "./codex_error.ts";

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
