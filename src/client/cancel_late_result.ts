/** Cancels what the server did for a request that the caller had abandoned. */
import type { ClientMethod, ClientResult } from "../generated/client_requests.ts";
import { waitAtMost } from "../util/timer.ts";
import type { ClientContext } from "./client_context.ts";
import { interruptAny, interruptTurn } from "./turn_interrupt.ts";

/** Milliseconds for the reply to a request that cancels, and again for its effect. */
const CANCEL_MS = 5_000;

/** The ids in the replies; a reply may lack any of them. */
interface LateResult {
  readonly thread?: { readonly id?: unknown };
  readonly turn?: { readonly id?: unknown };
  readonly reviewThreadId?: unknown;
  readonly loginId?: unknown;
}

/**
 * Returns what to do with the late result of a request that opens a thread or starts a turn or a login: unsubscribe from
 * the thread, interrupt the turn, cancel the login; `undefined` for the requests that leave nothing behind. What is
 * returned fulfils when that is done, and never rejects.
 */
export function cancelLateResult<M extends ClientMethod>(
  context: ClientContext,
  method: M,
  params: unknown,
): ((result: ClientResult<M> | null) => Promise<void>) | undefined {
  const { threadId } = (params ?? {}) as { readonly threadId?: unknown };
  const read = (result: unknown): LateResult => (result ?? {}) as LateResult;
  switch (method) {
    case "thread/start":
    case "thread/resume":
    case "thread/fork":
      return (result) => unsubscribe(context, read(result).thread?.id);
    case "turn/start":
    case "review/start":
      return (result) => {
        const { turn, reviewThreadId = threadId } = read(result);
        return cancelTurn(context, reviewThreadId ?? threadId, turn?.id, method === "review/start");
      };
    case "account/login/start":
      return (result) => cancelLogin(context, read(result).loginId);
    case "thread/compact/start":
      // The compaction has ended every other turn of the thread.
      return async () => {
        if (typeof threadId === "string") await interruptAny(context, threadId);
      };
    default:
      return undefined;
  }
}

async function unsubscribe(context: ClientContext, threadId: unknown): Promise<void> {
  // The subscription is the client's, not the request's: a handle may need it.
  if (typeof threadId !== "string" || context.sessions.get(threadId)?.isNeeded) return;
  await context.request("thread/unsubscribe", { threadId }, { timeoutMs: CANCEL_MS })
    .catch(() => {});
}

/** Interrupts a turn that nobody wants and waits for its end, within a time limit. Never rejects. */
export async function cancelTurn(
  context: ClientContext,
  threadId: unknown,
  turnId: unknown,
  isReview: boolean,
): Promise<void> {
  if (typeof threadId !== "string" || typeof turnId !== "string") return;
  const session = context.sessions.of(threadId);
  // A known id is not that of this start, and a turn that has ended needs no interrupt.
  if (session.isOurs(turnId) || session.hasEnded(turnId)) return context.sessions.settled(session);
  session.reserve();
  const turn = session.adopt(turnId);
  turn.isReview = isReview;
  context.sessions.abandoned.add(turnId); // its requests are declined from now on
  try {
    await interruptTurn(context, turn, CANCEL_MS);
    await waitAtMost(turn.outcome, CANCEL_MS);
  } catch {
    // It has ended already, or the connection has.
  }
  turn.lose(new DOMException("The start of this turn was given up", "AbortError"));
}

async function cancelLogin(context: ClientContext, loginId: unknown): Promise<void> {
  if (typeof loginId !== "string") return;
  await context.request("account/login/cancel", { loginId }, { timeoutMs: CANCEL_MS })
    .catch(() => {});
}
