/** Starts a turn of any kind, and watches over it until it ends. */
import {
  TurnActiveError,
  TurnIdleTimeoutError,
  TurnTimeoutError,
} from "../../errors/turn_errors.ts";
import { Deadline } from "../../util/deadline.ts";
import { deferred } from "../../util/deferred.ts";
import { cancelLateResult } from "../cancel_late_result.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { GoalTurn } from "../goals/goal_turn.ts";
import { requestLoaded } from "../threads/thread_reopen.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { TurnHandle } from "./turn_handle.ts";
import { IdleLimit, type TurnLimits } from "./turn_limits.ts";
import { reservePlace, type WhenBusy } from "./turn_place.ts";
import { TurnRecovery } from "./turn_recovery.ts";

/** What one kind of start adds to the steps that all of them have. */
export interface TurnLaunch {
  readonly kind: "turn" | "review" | "compaction" | "goal";
  readonly limits: TurnLimits;
  readonly whenBusy: WhenBusy;
  /** The model that the caller asked for. */
  readonly model?: unknown;
  /** The goal that the turn is started for. */
  readonly goal?: GoalTurn | undefined;
  /** The client as the handle uses it, if not the context itself. */
  readonly handleContext?: ClientContext | undefined;
  /** Sends what starts the turn, in the place that was reserved for it; releases the place when it fails. */
  readonly start: (deadline: Deadline) => Promise<ActiveTurn>;
  /** Gives the input to the running turn instead; `undefined` if that ended first. Only for `whenBusy: "steer"`. */
  readonly steer?: (deadline: Deadline) => Promise<ActiveTurn | undefined>;
  /** Called when the turn has started. */
  readonly onStarted?: (turn: ActiveTurn) => void;
}

/** A turn that has begun, and who began it. */
export interface LaunchedTurn {
  readonly handle: TurnHandle;
  readonly turn: ActiveTurn;
  /** `false` if the input went to a turn that was already running. */
  readonly isOwn: boolean;
  /** Ends with an own turn; the caller has to end that of a turn which was only steered. */
  readonly deadline: Deadline;
}

/**
 * Waits for the thread to be free, starts the turn and watches over it.
 *
 * @throws {TurnActiveError} if the thread is busy and `whenBusy` is `"reject"`; nothing is sent then
 * @throws {TurnTimeoutError} if `timeoutMs` is over first; `signal.reason` if the signal fires first
 */
export async function launchTurn(
  context: ClientContext,
  threadId: string,
  launch: TurnLaunch,
): Promise<LaunchedTurn> {
  const { kind, model, goal, limits, whenBusy, handleContext = context } = launch;
  const { signal, timeoutMs = 0, idleTimeoutMs = 0 } = limits;
  signal?.throwIfAborted();
  context.connection.assertOpen();
  const deadline = new Deadline({
    signal,
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    timeoutError: (ms) => new TurnTimeoutError(ms),
  });
  try {
    while (!await reservePlace(context, threadId, whenBusy, deadline)) {
      const turn = await launch.steer?.(deadline);
      if (turn === undefined) continue;
      return { turn, handle: new TurnHandle(turn, context), isOwn: false, deadline };
    }
    const start = (): Promise<ActiveTurn> => launch.start(deadline);
    const turn = await (context.tracing?.turn({ threadId, kind, model, goal }, start) ?? start());
    launch.onStarted?.(turn);
    const handle = new TurnHandle(turn, handleContext);
    watchTurn(context, { turn, handle }, { deadline, idleTimeoutMs });
    return { turn, handle, isOwn: true, deadline };
  } catch (error) {
    deadline.end();
    throw error;
  }
}

/** Ends a turn when its deadline is over or its thread is silent for too long, and recovers it if its end gets lost. */
export function watchTurn(
  context: ClientContext,
  { turn, handle }: { readonly turn: ActiveTurn; readonly handle: TurnHandle },
  { deadline, idleTimeoutMs = 0 }: {
    readonly deadline?: Deadline;
    readonly idleTimeoutMs?: number;
  } = {},
): void {
  turn.handlers.turn = handle;
  const giveUp = (reason: unknown): void => {
    turn.stop(reason);
    handle.interrupt().catch(() => {}).finally(() => turn.lose(reason));
  };
  const onAbort = (): void => giveUp(deadline?.signal.reason);
  const recovery = new TurnRecovery(context, turn);
  const idle = idleTimeoutMs === 0 ? undefined : new IdleLimit({
    limitMs: idleTimeoutMs,
    isPaused: () => isAsked(context, turn.threadId),
    onExpired: () => giveUp(new TurnIdleTimeoutError(idleTimeoutMs)),
  });
  turn.watch({
    heard: idle && (() => idle.heard()),
    threadStatus: (type) => recovery.threadStatus(type),
  });
  deadline?.signal.addEventListener("abort", onAbort, { once: true });
  void turn.outcome.then((outcome) => {
    context.sessions.get(turn.threadId)?.withdraw(
      "The turn has ended",
      (request) => request.turnId !== undefined && request.turnScope === turn.handlers,
    );
    turn.handlers.close(outcome.kind === "lost" ? outcome.error : undefined);
    deadline?.end();
    idle?.stop();
    recovery.stop();
  });
  if (deadline?.signal.aborted) onAbort();
}

/** Whether somebody is being asked about the thread or one of its sub-agents'. */
function isAsked({ sessions }: ClientContext, threadId: string): boolean {
  return sessions.agents.family(threadId).some((id) => (sessions.get(id)?.requests.size ?? 0) > 0);
}

/** The requests that start a turn and name it in their reply, with their params. */
export type TurnStartRequest = {
  readonly [M in "turn/start" | "review/start"]: {
    readonly method: M;
    readonly params: Parameters<typeof requestLoaded<M>>[2];
  };
}["turn/start" | "review/start"];

/** What their replies hold. */
interface StartReply {
  readonly turn?: { readonly id: string };
  /** Where a review runs. */
  readonly reviewThreadId?: string;
}

/**
 * Sends a start whose place is reserved, and adopts the turn that the server names with everything that has come for it.
 * `onAdopted` is called at once, before anything that waits for the turn goes on.
 *
 * @throws {TurnActiveError} if the server names a turn that is already known: it took the input into that one
 * @throws {InternalRpcError} if the reply names no turn
 */
export async function sendStart(
  context: ClientContext,
  { method, params }: TurnStartRequest,
  deadline: Deadline,
  onAdopted: (turn: ActiveTurn) => void,
): Promise<ActiveTurn> {
  const { sessions } = context;
  const { threadId } = params;
  const cancelled = deferred<void>();
  const cancel = cancelLateResult(context, method, params);
  try {
    const reply: StartReply = await requestLoaded(context, method, params as never, {
      ...deadline.limits,
      onLateResult: (late) => cancelled.resolve(cancel?.(late)),
      onLateError: () => cancelled.resolve(),
      onAbandoned: () => sessions.of(threadId).abandonStart(cancelled.promise),
    });
    checkReply(method, reply, "turn.id");
    const turnId = reply.turn?.id as string;
    const runsOn = reply.reviewThreadId ?? threadId;
    const session = sessions.of(runsOn);
    if (session.isKnown(turnId)) {
      sessions.settled(session);
      throw new TurnActiveError(threadId);
    }
    if (runsOn !== threadId) {
      session.reserve();
      sessions.get(threadId)?.release();
    }
    const turn = session.adopt(turnId);
    turn.isReview = method === "review/start";
    onAdopted(turn);
    return turn;
  } catch (error) {
    sessions.get(threadId)?.release();
    throw error;
  }
}
