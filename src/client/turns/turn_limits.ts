/** What ends a turn beside its own end: the caller's limits, and a thread that runs no more. */
import { TurnIdleTimeoutError, TurnTimeoutError } from "../../errors/turn_errors.ts";
import { checkLimitMs, startTimer, timeLeft } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import { IdleLimit } from "./idle_limit.ts";
import type { TurnHandle } from "./turn_handle.ts";
import { TurnRecovery } from "./turn_recovery.ts";

/**
 * The limits of a turn as the caller gives them.
 *
 * @example
 * ```ts
 * import type { TurnLimits } from "@codex-app-server/sdk";
 *
 * const limits: TurnLimits = { timeoutMs: 600_000, idleTimeoutMs: 60_000 };
 * ```
 */
export interface TurnLimits {
  /** Interrupts the turn; everything that waits for it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole turn, a wait for its place included; on expiry it is interrupted and rejects with
   * `TurnTimeoutError`; 0 is no limit.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds that the turn's thread may be silent; on expiry the turn is interrupted and rejects with
   * `TurnIdleTimeoutError`; 0 is no limit. The time in which a request of the server waits for its answer, as an approval
   * does, does not count.
   */
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * Checks the limits.
 *
 * @throws {RangeError} when one is no number of milliseconds from 0 up
 */
export function checkTurnLimits({ timeoutMs, idleTimeoutMs }: TurnLimits): void {
  checkLimitMs("timeoutMs", timeoutMs);
  checkLimitMs("idleTimeoutMs", idleTimeoutMs);
}

/** Watches over a turn until it ends; `startedAt` is when the caller asked for it, by the clock. */
export function watchTurn(
  context: ClientContext,
  { turn, handle }: { readonly turn: ActiveTurn; readonly handle: TurnHandle },
  limits: TurnLimits & { readonly startedAt: number },
): void {
  const { signal, timeoutMs = 0, idleTimeoutMs = 0, startedAt } = limits;
  turn.handlers.turn = handle;
  const giveUp = (reason: unknown): void => {
    turn.stop(reason);
    handle.interrupt().catch(() => {}).finally(() => turn.lose(reason));
  };
  const onAbort = (): void => giveUp(signal?.reason);
  const leftMs = timeLeft(timeoutMs, startedAt);
  const stopTimer = startTimer(leftMs(), () => giveUp(new TurnTimeoutError(timeoutMs)));
  const recovery = new TurnRecovery(context, turn);
  const idle = idleTimeoutMs === 0 ? undefined : new IdleLimit({
    limitMs: idleTimeoutMs,
    isPaused: () => context.agents.family(turn.threadId).some((id) => context.requests.has(id)),
    onExpired: () => giveUp(new TurnIdleTimeoutError(idleTimeoutMs)),
  });
  turn.watch({
    heard: idle && (() => idle.heard()),
    threadStatus: (type) => recovery.threadStatus(type),
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  void turn.outcome.then((outcome) => {
    context.requests.endTurn(turn.handlers);
    turn.handlers.close(outcome.kind === "lost" ? outcome.error : undefined);
    stopTimer();
    idle?.stop();
    recovery.stop();
    signal?.removeEventListener("abort", onAbort);
  });
  if (signal?.aborted) onAbort();
}
