/** Compacts the context of a thread. */
import { ThreadClosedError } from "../../errors/thread_errors.ts";
import type { Deadline } from "../../util/deadline.ts";
import { deferred } from "../../util/deferred.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { checkCallOptions } from "../option_names.ts";
import type { ClientContext } from "../client_context.ts";
import type { EventStream } from "../events/live_stream.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import { interruptAny } from "../turn_interrupt.ts";
import { launchTurn, turnDeadline } from "../turns/turn_launch.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import { requestLoaded } from "../thread_reopen.ts";
import type { ThreadState } from "./thread_state.ts";

/**
 * Options of `Thread.compact()`.
 *
 * @example
 * ```ts
 * import type { CompactOptions } from "@codex-app-server/sdk/types";
 *
 * const options: CompactOptions = { timeoutMs: 120_000 };
 * ```
 */
export interface CompactOptions {
  /**
   * Interrupts the compaction, and then rejects with `signal.reason`, up to 5 seconds later if the server does not answer the
   * interrupt.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole compaction; on expiry it is interrupted and rejects with `TurnTimeoutError`, up to 5 seconds
   * later as for `signal`; 0 means no limit.
   */
  readonly timeoutMs?: number | undefined;
}

/** Compacts the context of a thread and waits until the compaction turn ends. */
export async function compactThread(
  context: ClientContext,
  state: ThreadState,
  options: CompactOptions,
): Promise<TurnResult> {
  checkCallOptions("compact()", options);
  const { signal, timeoutMs } = options;
  checkLimitMs("timeoutMs", timeoutMs);
  state.assertUsable();
  const deadline = turnDeadline({ signal, timeoutMs });
  const { turn, handle } = await launchTurn(context, state.id, {
    kind: "compaction",
    deadline,
    whenBusy: "reject", // the server would end a running turn
    start: () => startCompaction(context, state, deadline),
  });
  turn.log.keepNothing(); // a compaction has no handle to read them by
  return await handle.run();
}

/** Starts a compaction and finds its turn from the notifications, because the reply does not name it. */
async function startCompaction(
  context: ClientContext,
  state: ThreadState,
  deadline: Deadline,
): Promise<ActiveTurn> {
  const { sessions } = context;
  const { id: threadId } = state;
  const { signal } = deadline;
  const cancelled = deferred<void>();
  const cancel = (): void => cancelled.resolve(interruptAny(context, threadId));
  const keepApart = (): void => sessions.of(threadId).abandonStart(cancelled.promise);
  const giveUp = (): void => {
    keepApart();
    cancel();
  };
  const methods = ["turn/started", "item/started", "turn/completed"] as const;
  const events = state.events.open({ methods });
  const found = compactionIn(events);
  found.catch(() => {}); // reported below, unless the request fails first
  try {
    await requestLoaded(context, "thread/compact/start", { threadId }, {
      ...deadline.limits,
      onAbandoned: keepApart,
      onLateResult: cancel,
      onLateError: () => cancelled.resolve(),
    });
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    const turnId = await deadline.race(found);
    if (turnId === undefined) {
      context.connection.assertOpen();
      throw new ThreadClosedError(threadId, "it was closed");
    }
    return sessions.of(threadId).adopt(turnId);
  } catch (error) {
    sessions.get(threadId)?.release();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
    await events.return();
  }
}

/** Finds the compaction turn by its item, or by its start and end if it ended without one. */
async function compactionIn(events: EventStream): Promise<string | undefined> {
  const started = new Set<string>();
  for await (const { method, params } of events) {
    // Any field may be missing; a later event then identifies the turn.
    if (method === "turn/started" && params.turn) started.add(params.turn.id);
    else if (method === "item/started" && params.item?.type === "contextCompaction") {
      return params.turnId;
    } else if (method === "turn/completed" && started.has(params.turn?.id)) return params.turn.id;
  }
  return undefined;
}
