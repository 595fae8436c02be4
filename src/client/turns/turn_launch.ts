/** Starts a turn of any kind and supervises it until it ends. */
import {
  httpStatusOf,
  NotLoggedInError,
  TurnActiveError,
  TurnIdleTimeoutError,
  TurnTimeoutError,
} from "../../errors/turn_errors.ts";
import { Deadline } from "../../util/deadline.ts";
import { deferred } from "../../util/deferred.ts";
import { isLoginMissing } from "../account/account.ts";
import { cancelLateResult } from "../cancel_late_result.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { GoalTurn } from "../goals/goal_turn.ts";
import { requestLoaded } from "../thread_reopen.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { TurnHandle } from "./turn_handle.ts";
import { IdleLimit, type TurnLimits } from "./turn_limits.ts";
import { WorkCounter, type WorkLimits } from "./work_limits.ts";
import { reservePlace, type WhenBusy } from "./turn_place.ts";
import { TurnRecovery } from "./turn_recovery.ts";

/** The parts of a start that differ between the kinds. */
interface LaunchSteps {
  readonly kind: "turn" | "review" | "compaction" | "goal";
  /** The signal and time limit of the turn; ends with it, or when the launch fails. */
  readonly deadline: Deadline;
  readonly idleTimeoutMs?: number | undefined;
  readonly limits?: WorkLimits | undefined;
  /** The model that the caller asked for. */
  readonly model?: unknown;
  /** The goal that the turn pursues. */
  readonly goal?: GoalTurn | undefined;
  /** The context for the handle; defaults to that of the launch. */
  readonly handleContext?: ClientContext | undefined;
  /** Sends the start, for which a place is reserved; releases the place on failure. */
  readonly start: () => Promise<ActiveTurn>;
  /** Called when the turn has started. */
  readonly onStarted?: (turn: ActiveTurn) => void;
}

/** A start, which only with `steer` may add its input to the running turn instead. */
export type TurnLaunch =
  & LaunchSteps
  & (
    | { readonly whenBusy: "reject" | "queue"; readonly steer?: undefined }
    | {
      readonly whenBusy: WhenBusy;
      /** Adds the input to the running turn; `undefined` if that ended first. */
      readonly steer: () => Promise<SteeredTurn | undefined>;
    }
  );

/** The turn that an input was added to. */
export interface SteeredTurn {
  readonly turn: ActiveTurn;
  /** Whether the server started it for the input, as the running one had ended. */
  readonly isNew: boolean;
}

/** A started or steered turn. */
export interface LaunchedTurn {
  readonly handle: TurnHandle;
  readonly turn: ActiveTurn;
  /** `false` if the input went to a turn that was already running. */
  readonly isOwn: boolean;
  /** Ends with the turn if `isOwn`; otherwise the caller must end it. */
  readonly deadline: Deadline;
}

/** Starts the time limit of a turn. */
export function turnDeadline({ signal, timeoutMs = 0 }: TurnLimits): Deadline {
  return new Deadline({
    signal,
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    timeoutError: (ms) => new TurnTimeoutError(ms),
  });
}

/**
 * Waits until the thread is free, then starts the turn and supervises it.
 *
 * @throws {TurnActiveError} if the thread is busy and `whenBusy` is `"reject"`; nothing is sent then
 * @throws {TurnTimeoutError} if `timeoutMs` expires first; `signal.reason` if the signal fires first
 */
export async function launchTurn(
  context: ClientContext,
  threadId: string,
  launch: TurnLaunch,
): Promise<LaunchedTurn> {
  const { kind, model, goal, deadline, whenBusy, handleContext = context } = launch;
  const supervise = (turn: ActiveTurn): LaunchedTurn => {
    launch.onStarted?.(turn);
    const handle = new TurnHandle(turn, handleContext);
    watchTurn(context, { turn, handle, handleContext }, launch);
    return { turn, handle, isOwn: true, deadline };
  };
  try {
    deadline.check();
    context.connection.assertOpen();
    while (!await reservePlace(context, threadId, whenBusy, deadline)) {
      const steered = await launch.steer?.();
      if (steered === undefined) continue;
      const { turn, isNew } = steered;
      if (isNew) return supervise(turn);
      // Another caller started it: leaving a loop over it must not end it.
      const handle = turn.handlers.joinTurn?.() ?? new TurnHandle(turn, context, "detach");
      return { turn, handle, isOwn: false, deadline };
    }
    const { start } = launch;
    return supervise(
      await (context.tracing?.turn({ threadId, kind, model, goal }, start) ?? start()),
    );
  } catch (error) {
    deadline.end();
    throw error;
  }
}

/**
 * Ends a turn when its deadline expires, its thread is silent for too long, it exceeds a limit or it is retried although
 * nobody is logged in; recovers it if its end is lost.
 */
export function watchTurn(
  context: ClientContext,
  { turn, handle, handleContext = context }: {
    readonly turn: ActiveTurn;
    readonly handle: TurnHandle;
    readonly handleContext?: ClientContext;
  },
  { deadline, idleTimeoutMs = 0, limits }: {
    readonly deadline?: Deadline;
    readonly idleTimeoutMs?: number | undefined;
    readonly limits?: WorkLimits | undefined;
  } = {},
): void {
  turn.handlers.turn = handle;
  turn.handlers.joinTurn = () => new TurnHandle(turn, handleContext, "detach");
  const giveUp = (reason: unknown, isCallers = false): void => {
    turn.stop(reason, { isCallers });
    handle.interrupt().catch(() => {}).finally(() => turn.lose(reason));
  };
  const onAbort = (): void => {
    const reason: unknown = deadline?.signal.reason;
    if (deadline?.isExpired !== true) return giveUp(reason, true);
    const { retriedError } = turn;
    giveUp(
      reason instanceof TurnTimeoutError && retriedError !== undefined
        ? new TurnTimeoutError(reason.timeoutMs, { retriedError })
        : reason,
    );
  };
  const recovery = new TurnRecovery(context, turn);
  const idle = idleTimeoutMs === 0 ? undefined : new IdleLimit({
    limitMs: idleTimeoutMs,
    isPaused: () => isAsked(context, turn.threadId),
    onExpired: () =>
      giveUp(new TurnIdleTimeoutError(idleTimeoutMs, { retriedError: turn.retriedError })),
  });
  turn.watch({
    onActivity: idle && (() => idle.recordActivity()),
    threadStatus: (type) => recovery.threadStatus(type),
    retried: async (error) => {
      const { modelProvider } = context.sessions.get(turn.threadId)?.state?.settings ?? {};
      if (turn.isForeign || httpStatusOf(error.codexErrorInfo) !== 401) return;
      if (!await isLoginMissing(context, modelProvider)) return;
      giveUp(new NotLoggedInError(turn.retriedError ?? error));
    },
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
  if (limits !== undefined) turn.observe(new WorkCounter(limits, giveUp));
}

/** Adopts the running turn of another client; its events from now on are kept for its handles. */
export function adoptForeign(context: ClientContext, turn: ActiveTurn): ActiveTurn {
  turn.isForeign = true;
  watchTurn(context, { turn, handle: new TurnHandle(turn, context, "detach") });
  return turn;
}

/** Returns a handle of the turn that a thread runs, whoever started it; its loops leave it running. */
export function runningTurn(context: ClientContext, threadId: string): TurnHandle | undefined {
  const session = context.sessions.get(threadId);
  const { running, owner, foreign } = session ?? {};
  const handlers = running?.handlers ?? owner?.handlers;
  if (handlers !== undefined || session === undefined) return handlers?.joinTurn?.();
  if (foreign === undefined) return undefined;
  // A review's events carry the id of its root turn. So does the turn of a sub-agent, but its events carry its own id.
  const { id, rootId } = session.agent === undefined
    ? foreign
    : { id: foreign.id, rootId: foreign.id };
  session.reserve();
  const turn = session.adopt(rootId);
  if (rootId !== id) {
    turn.isReview = true;
    turn.runAs(id);
  }
  return adoptForeign(context, turn).handlers.joinTurn?.();
}

/** Whether a server request about the thread or one of its sub-agents is pending. */
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

/** The fields of their replies that are used. */
interface StartReply {
  readonly turn?: { readonly id: string };
  /** The thread that a review runs on. */
  readonly reviewThreadId?: string;
}

/**
 * Sends a start whose place is reserved, and adopts the turn that the server names, including its events so far. Calls
 * `onAdopted` synchronously, before any code that waits for the turn continues.
 *
 * @throws {TurnActiveError} if the server names a known turn: it added the input to that one
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
