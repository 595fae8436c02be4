/** Undoes what the server did after the caller gave the request up. */
import type { ClientMethod, ClientResult } from "../generated/client_requests.ts";
import type { ClientContext } from "./client_context.ts";

/** Milliseconds for the reply to an undoing request. */
const UNDO_MS = 5_000;

/** The ids that the replies hold, as far as they can be trusted to. */
interface LateResult {
  readonly thread?: { readonly id?: unknown };
  readonly turn?: { readonly id?: unknown };
  readonly reviewThreadId?: unknown;
}

/**
 * Gives what to do with the late reply of a request that opens a thread or starts a turn: unsubscribe from the thread,
 * interrupt the turn; `undefined` for the requests that leave nothing behind.
 */
export function undoLate<M extends ClientMethod>(
  context: ClientContext,
  method: M,
  params: unknown,
): ((result: ClientResult<M>) => void) | undefined {
  switch (method) {
    case "thread/start":
    case "thread/resume":
    case "thread/fork":
      return (result) => unsubscribe(context, (result as LateResult | null)?.thread?.id);
    case "turn/start":
    case "review/start":
      return (result) => {
        const { turn, reviewThreadId } = (result ?? {}) as LateResult;
        const { threadId } = (params ?? {}) as { readonly threadId?: unknown };
        interrupt(context, reviewThreadId ?? threadId, turn?.id);
      };
    default:
      return undefined;
  }
}

function unsubscribe(context: ClientContext, threadId: unknown): void {
  if (typeof threadId !== "string") return;
  context.request("thread/unsubscribe", { threadId }, { timeoutMs: UNDO_MS }).catch(() => {});
}

function interrupt(context: ClientContext, threadId: unknown, turnId: unknown): void {
  if (typeof threadId !== "string" || typeof turnId !== "string") return;
  context.request("turn/interrupt", { threadId, turnId }, { timeoutMs: UNDO_MS }).catch(() => {});
}
