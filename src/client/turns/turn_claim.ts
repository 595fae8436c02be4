/** Sends what starts a turn, and claims the turn that the server names. */
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import { TurnActiveError, TurnTimeoutError } from "../../errors/turn_errors.ts";
import { deferred } from "../../util/deferred.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { requestLoaded } from "../threads/thread_reopen.ts";
import { interruptTurn } from "./turn_interrupt.ts";

/** Milliseconds for the reply to the interrupt of a start that was given up, and again for its effect. */
const UNDO_MS = 5_000;

/** The requests that start a turn, with their params. */
export type TurnStartRequest = {
  readonly [M in "turn/start" | "review/start"]: {
    readonly method: M;
    readonly params: Parameters<typeof requestLoaded<M>>[2];
  };
}["turn/start" | "review/start"];

/** What the replies to them tell. */
interface StartReply {
  readonly turn?: { readonly id: string };
  /** Where a review runs. */
  readonly reviewThreadId?: string;
}

/** How long the start may take. */
export interface ClaimLimits {
  readonly signal: AbortSignal | undefined;
  /** The limit of the caller, for the error; 0 is none. */
  readonly timeoutMs: number;
  /** What is left of it; 0 is no limit. */
  readonly leftMs: number;
  /** Told of the turn at once, before anything that waits for its claim goes on. */
  readonly onClaim?: ((turn: ActiveTurn) => void) | undefined;
}

/**
 * Sends a start whose place was taken, and gives the turn that the server names with everything that has come for it.
 *
 * @throws {TurnActiveError} when the server names a turn that is known already: it took the input into that one
 * @throws {TurnTimeoutError} when the time is over before the server has replied
 * @throws {InternalRpcError} when the reply names no turn
 */
export async function claimTurn(
  context: ClientContext,
  start: TurnStartRequest,
  { signal, timeoutMs, leftMs, onClaim }: ClaimLimits,
): Promise<ActiveTurn> {
  const { router, givenUp } = context;
  const { threadId } = start.params;
  const undone = deferred<void>();
  try {
    const reply: StartReply = await requestLoaded(context, start.method, start.params as never, {
      signal,
      timeoutMs: leftMs === 0 ? undefined : leftMs,
      onLateResult: (late: StartReply | null) => undone.resolve(undo(context, start, late)),
      onLateError: () => undone.resolve(),
      onGivenUp: () => givenUp.add(threadId, undone.promise),
    });
    const turn = claim(context, start, reply);
    onClaim?.(turn);
    return turn;
  } catch (error) {
    router.abandon(threadId);
    const timedOut = error instanceof RequestTimeoutError;
    throw timedOut && timeoutMs > 0 ? new TurnTimeoutError(timeoutMs) : error;
  }
}

function claim(
  { router }: ClientContext,
  { method, params: { threadId } }: TurnStartRequest,
  reply: StartReply,
): ActiveTurn {
  checkReply(method, reply, "turn.id");
  const id = reply.turn?.id as string;
  const reviewThreadId = reply.reviewThreadId ?? threadId;
  if (router.isKnown(reviewThreadId, id)) throw new TurnActiveError(threadId);
  if (reviewThreadId !== threadId) {
    router.expect(reviewThreadId);
    router.abandon(threadId);
  }
  const turn = router.claim(reviewThreadId, id);
  turn.isReview = method === "review/start";
  return turn;
}

/** The caller gave the start up, and the server started the turn after all: ends it. */
async function undo(
  context: ClientContext,
  { method, params }: TurnStartRequest,
  late: StartReply | null,
): Promise<void> {
  const { threadId, id } = {
    threadId: late?.reviewThreadId ?? params.threadId,
    id: late?.turn?.id,
  };
  const { router } = context;
  // An id that is known already is no turn of this start, and one that has ended needs no end.
  if (typeof id !== "string" || router.isOurs(threadId, id) || router.others.hasEnded(id)) return;
  router.expect(threadId);
  const turn = router.claim(threadId, id);
  turn.isReview = method === "review/start";
  try {
    await interruptTurn(context, turn, UNDO_MS);
    await waitAtMost(turn.outcome, UNDO_MS);
  } catch {
    // It has ended already, or the connection has.
  }
  turn.lose(new DOMException("The start of this turn was given up", "AbortError"));
}
