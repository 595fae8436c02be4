/** The commands that a thread runs in the background. */
import type { ThreadBackgroundTerminal } from "../../generated/types.ts";
import type { CallOptions } from "../call_options.ts";
import { checkField, checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkCallOptions } from "../option_names.ts";
import { entriesOf } from "../pages.ts";
import { requestLoaded } from "../thread_reopen.ts";
import type { ThreadState } from "./thread_state.ts";

/**
 * A command that runs in the background of a thread: it outlives the tool call that started it, and the turn.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 *
 * async function stopServers(thread: Thread): Promise<void> {
 *   for (const terminal of await thread.backgroundTerminals()) {
 *     if (terminal.command.includes("serve")) await terminal.stop();
 *   }
 * }
 * ```
 */
export interface BackgroundTerminal extends Readonly<ThreadBackgroundTerminal> {
  /**
   * Ends the command (`thread/backgroundTerminals/terminate`); returns `false` if it had ended already.
   *
   * @throws {ThreadClosedError} if the handle of the thread is closed or the thread is gone
   * @throws {RequestTimeoutError} if no reply arrives within `timeoutMs`; `signal.reason` if the signal fires
   */
  stop(options?: CallOptions): Promise<boolean>;
}

/** Lists the commands that run in the background. */
export async function listTerminals(
  context: ClientContext,
  state: ThreadState,
  options: CallOptions,
): Promise<BackgroundTerminal[]> {
  checkCallOptions("backgroundTerminals()", options);
  const { id: threadId } = state;
  const method = "thread/backgroundTerminals/list";
  const { onDiagnostic } = context.connection;
  const entries = entriesOf((cursor) => {
    const params = { threadId, ...(cursor === undefined ? {} : { cursor }) };
    return requestLoaded(context, method, params, options);
  }, { method, onDiagnostic });
  const terminals: BackgroundTerminal[] = [];
  for await (const terminal of entries) {
    const { processId } = terminal;
    const stop: BackgroundTerminal["stop"] = (limits = {}) =>
      stopTerminal(context, threadId, processId, limits);
    terminals.push({ ...terminal, stop });
  }
  return terminals;
}

async function stopTerminal(
  context: ClientContext,
  threadId: string,
  processId: string,
  options: CallOptions,
): Promise<boolean> {
  checkCallOptions("stop()", options);
  const method = "thread/backgroundTerminals/terminate";
  const reply = await requestLoaded(context, method, { threadId, processId }, options);
  checkField(method, reply, "terminated", (value) => typeof value === "boolean");
  return reply.terminated;
}

/** Ends all commands that run in the background. */
export async function stopTerminals(
  context: ClientContext,
  state: ThreadState,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("stopBackgroundTerminals()", options);
  const method = "thread/backgroundTerminals/clean";
  checkObject(method, await requestLoaded(context, method, { threadId: state.id }, options));
}
