/** Undoes what the server did after the caller gave the request up. */
import type { ClientMethod, ClientResult } from "../generated/client_requests.ts";
import type { ClientContext } from "./client_context.ts";
import { interruptTurn } from "./turns/turn_interrupt.ts";

/** Milliseconds for the reply to an undoing request. */
const UNDO_MS = 5_000;

/** The ids that the replies hold, as far as they can be trusted to. */
interface LateResult {
  readonly thread?: { readonly id?: unknown };
  readonly turn?: { readonly id?: unknown };
  readonly reviewThreadId?: unknown;
  readonly loginId?: unknown;
}

/**
 * Gives what to do with the late reply of a request that opens a thread or starts a turn or a login: unsubscribe from the
 * thread, interrupt the turn, cancel the login; `undefined` for the requests that leave nothing behind.
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
        const isReview = method === "review/start";
        interrupt(context, reviewThreadId ?? threadId, turn?.id, isReview);
      };
    case "account/login/start":
      return (result) => cancelLogin(context, (result as LateResult | null)?.loginId);
    case "thread/compact/start":
      // An empty id means whatever turn the thread runs, and the compaction has ended every other.
      return () => interruptAny(context, (params as { threadId?: unknown } | null)?.threadId);
    default:
      return undefined;
  }
}

function unsubscribe(context: ClientContext, threadId: unknown): void {
  // The subscription is the client's, not the request's: a handle may need it.
  if (typeof threadId !== "string" || context.threads.isWanted(threadId)) return;
  context.request("thread/unsubscribe", { threadId }, { timeoutMs: UNDO_MS }).catch(() => {});
}

function interrupt(
  context: ClientContext,
  threadId: unknown,
  turnId: unknown,
  isReview = false,
): void {
  if (typeof threadId !== "string" || typeof turnId !== "string") return;
  const { router } = context;
  if (router.isOurs(threadId, turnId) || router.others.hasEnded(turnId)) return;
  router.expect(threadId); // its beginning has to be seen: only from then on it can be interrupted
  const turn = router.claim(threadId, turnId);
  turn.isReview = isReview;
  const reason = new DOMException("The start of this turn was given up", "AbortError");
  interruptTurn(context, turn, UNDO_MS).catch(() => {}).finally(() => turn.lose(reason));
}

function interruptAny(context: ClientContext, threadId: unknown): void {
  if (typeof threadId !== "string") return;
  context.request("turn/interrupt", { threadId, turnId: "" }, { timeoutMs: UNDO_MS }).catch(
    () => {},
  );
}

function cancelLogin(context: ClientContext, loginId: unknown): void {
  if (typeof loginId !== "string") return;
  context.request("account/login/cancel", { loginId }, { timeoutMs: UNDO_MS }).catch(() => {});
}
