/** Compacts the context of a thread. */
import { TurnTimeoutError } from "../../errors/turn_errors.ts";
import { ThreadClosedError } from "../../errors/thread_errors.ts";
import { abortable } from "../../util/abortable.ts";
import { now } from "../../util/clock.ts";
import { deferred } from "../../util/deferred.ts";
import { checkLimitMs, startTimer, timeLeft } from "../../util/timer.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import { checkCallOptions } from "../check_call_options.ts";
import type { ClientContext } from "../client_context.ts";
import type { EventStream } from "../events/event_stream.ts";
import { requestLoaded } from "./thread_reopen.ts";
import type { ThreadState } from "./thread_state.ts";
import { TurnHandle } from "../turns/turn_handle.ts";
import { watchTurn } from "../turns/turn_limits.ts";
import { takePlace } from "../turns/turn_place.ts";
import type { TurnResult } from "../turns/turn_result.ts";

/** Milliseconds for the reply to the interrupt of a compaction that was given up. */
const UNDO_MS = 5_000;

/**
 * Options of {@linkcode Thread.compact}.
 *
 * @example
 * ```ts
 * import type { CompactOptions } from "@codex-app-server/sdk";
 *
 * const options: CompactOptions = { timeoutMs: 120_000 };
 * ```
 */
export interface CompactOptions {
  /** Interrupts the compaction, and then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole compaction; on expiry it is interrupted and rejects with `TurnTimeoutError`; 0 is no limit. */
  readonly timeoutMs?: number | undefined;
}

/** Compacts the context of a thread, and waits for the end of the turn that does it. */
export async function compactThread(
  context: ClientContext,
  state: ThreadState,
  options: CompactOptions,
): Promise<TurnResult> {
  checkCallOptions(options);
  const { signal: given, timeoutMs = 0 } = options;
  checkLimitMs("timeoutMs", timeoutMs);
  given?.throwIfAborted();
  state.assertUsable();
  context.assertOpen();
  const timeUp = new AbortController();
  const stopTimer = startTimer(timeoutMs, () => timeUp.abort(new TurnTimeoutError(timeoutMs)));
  const signal = given === undefined ? timeUp.signal : AbortSignal.any([given, timeUp.signal]);
  const limits = { timeoutMs, idleTimeoutMs: undefined, startedAt: now() };
  const leftMs = timeLeft(timeoutMs, limits.startedAt);
  try {
    // The server would end a running turn for it.
    await takePlace(context, state.id, { whenBusy: "reject", signal, timeoutMs, leftMs });
    const begin = (): Promise<ActiveTurn> => startCompaction(context, state, signal);
    const turn =
      await (context.tracing?.turn({ threadId: state.id, kind: "compaction" }, begin) ?? begin());
    const handle = new TurnHandle(turn, context);
    watchTurn(context, { turn, handle }, { ...limits, signal: given });
    turn.log.keepNothing(); // nobody can read these events
    return await handle.run();
  } finally {
    stopTimer();
  }
}

/** The reply names no turn: the turn is the one that compacts. */
async function startCompaction(
  context: ClientContext,
  state: ThreadState,
  signal: AbortSignal,
): Promise<ActiveTurn> {
  const { router, givenUp } = context;
  const { id: threadId } = state;
  const undone = deferred<void>();
  const undo = (): void => undone.resolve(interruptAny(context, threadId));
  const keepApart = (): void => givenUp.add(threadId, undone.promise);
  const giveUp = (): void => {
    keepApart();
    undo();
  };
  const methods = ["turn/started", "item/started", "turn/completed"] as const;
  const events = state.events.open({ methods });
  const found = compactionIn(events);
  found.catch(() => {}); // told below, unless the request fails first
  try {
    await requestLoaded(context, "thread/compact/start", { threadId }, {
      signal,
      onGivenUp: keepApart,
      onLateResult: undo,
      onLateError: () => undone.resolve(),
    });
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    const turnId = await abortable(found, signal);
    if (turnId === undefined) {
      context.assertOpen();
      throw new ThreadClosedError(threadId, "it was closed");
    }
    return router.claim(threadId, turnId);
  } catch (error) {
    router.abandon(threadId);
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
    await events.return();
  }
}

/** Interrupts whatever turn the thread runs: the server takes an empty id for that. */
async function interruptAny(context: ClientContext, threadId: string): Promise<void> {
  const limits = { timeoutMs: UNDO_MS };
  await context.request("turn/interrupt", { threadId, turnId: "" }, limits).catch(() => {});
}

/** Finds the turn that compacts, by its item or, where it ended before that, by its whole life. */
async function compactionIn(events: EventStream): Promise<string | undefined> {
  const started = new Set<string>();
  for await (const { method, params } of events) {
    // Whatever is missing there, another event will tell.
    if (method === "turn/started" && params.turn) started.add(params.turn.id);
    else if (method === "item/started" && params.item?.type === "contextCompaction") {
      return params.turnId;
    } else if (method === "turn/completed" && started.has(params.turn?.id)) return params.turn.id;
  }
  return undefined;
}
