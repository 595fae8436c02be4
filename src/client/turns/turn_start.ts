/** Starts turns: checks, waits for the place, sends, and watches over what the server started. */
import type { TurnStartParams } from "../../generated/types.ts";
import { TurnTimeoutError } from "../../errors/turn_errors.ts";
import { now } from "../../util/clock.ts";
import { timeLeft, waitAtMost } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { checkCallOptions } from "../check_call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { leavesMode, noteNotAsked } from "../requests/handler_not_asked.ts";
import { type RequestHandlerOptions, splitHandlers } from "../requests/request_options.ts";
import { refuseTurnTools } from "../tools/tools_support.ts";
import type { TurnInput } from "../input/input_items.ts";
import { wireInput } from "../input/input_wire.ts";
import { type ApprovalMode, approvalParams, type Sandbox, sandboxPolicy } from "../presets.ts";
import { claimTurn } from "./turn_claim.ts";
import { TurnHandle } from "./turn_handle.ts";
import { checkTurnLimits, type TurnLimits, watchTurn } from "./turn_limits.ts";
import { checkWhenBusy, takePlace, type WhenBusy } from "./turn_place.ts";
import type { TurnResult } from "./turn_result.ts";
import { steerRunning } from "./turn_steer.ts";
import type { GoalOptions } from "../goals/goal_start.ts";
import type { WireOptions } from "../wire_options.ts";

/**
 * Options of a turn; what is left out stays as the thread has it, what is given holds for the turns after it too.
 *
 * @example
 * ```ts
 * import type { Thread, TurnOptions } from "@codex-app-server/sdk";
 *
 * const options: TurnOptions = { effort: "low", sandbox: "readOnly", timeoutMs: 120_000 };
 *
 * async function ask(thread: Thread, question: string): Promise<string | null> {
 *   return (await thread.run(question, options)).finalResponse;
 * }
 * ```
 */
export type TurnOptions =
  & WireOptions<
    Omit<
      TurnStartParams,
      "threadId" | "input" | "approvalPolicy" | "approvalsReviewer" | "sandboxPolicy"
    >
  >
  & {
    /** Who decides about what the sandbox does not allow. */
    readonly approvalMode?: ApprovalMode | null | undefined;
    /** What commands may touch. */
    readonly sandbox?: Sandbox | null | undefined;
    /**
     * What to do when the thread has a turn already: `"reject"`, the default, `"queue"` or `"steer"`. A steer sends the
     * input alone, no setting and no handler, and the limits then end the waiting of this call, not the turn that others started.
     */
    readonly whenBusy?: WhenBusy | undefined;
    /**
     * Makes the input the goal of the thread, in the place of an earlier one, and the turn all turns that the server starts
     * until that has ended (`thread/goal/set`). The settings hold for all of them; what belongs to one turn, as a schema
     * of the output does, cannot be given. `false` when left out.
     */
    readonly goal?: boolean | GoalOptions | undefined;
    /** Of `OutputOptions` alone: a turn with an output gives another result. */
    readonly output?: undefined;
    /** Of threads alone: the protocol has no tools for one turn. */
    readonly tools?: undefined;
  }
  & TurnLimits
  & RequestHandlerOptions;

/** A turn that has begun, and who began it. */
export interface StartedTurn {
  readonly handle: TurnHandle;
  readonly turn: ActiveTurn;
  /** `false` when the input went to a turn that ran already. */
  readonly isOwn: boolean;
}

/**
 * Starts a turn, or steers the running one, and gives its handle.
 *
 * @throws {TypeError} when the input or an option is not of its kind; nothing is sent then
 * @throws {TurnActiveError} when the thread has a running turn; nothing is sent then
 */
export async function startTurn(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  options: TurnOptions,
): Promise<StartedTurn> {
  checkCallOptions(options);
  refuseTurnTools(options);
  const [handlers, others] = splitHandlers(options);
  const {
    approvalMode,
    sandbox,
    signal,
    timeoutMs = 0,
    idleTimeoutMs,
    whenBusy = "reject",
    goal: _,
    ...fields
  } = others;
  checkTurnLimits(options);
  checkWhenBusy(whenBusy, ["reject", "queue", "steer"]);
  const settings = {
    ...fields,
    ...approvalParams(approvalMode),
    ...(sandbox == null ? {} : { sandboxPolicy: sandboxPolicy(sandbox) }),
  };
  const wire = wireInput(input, signal);
  const params = { ...settings, threadId, input: wire instanceof Promise ? await wire : wire };
  signal?.throwIfAborted();
  context.assertOpen();
  const startedAt = now();
  const limits = { signal, timeoutMs, leftMs: timeLeft(timeoutMs, startedAt) };
  while (!await takePlace(context, threadId, { ...limits, whenBusy })) {
    const steered = await steerRunning(context, params, limits);
    if (steered !== undefined) return steered;
  }
  const start = { method: "turn/start", params: params as TurnStartParams } as const;
  const begin = (): Promise<ActiveTurn> =>
    claimTurn(context, start, {
      ...limits,
      leftMs: limits.leftMs(),
      onClaim: (turn) => turn.handlers.configure(handlers),
    });
  const { model } = fields;
  const turn = await (context.tracing?.turn({ threadId, kind: "turn", model }, begin) ?? begin());
  if (leavesMode(approvalMode)) noteNotAsked(context, threadId, [turn.handlers]);
  const handle = new TurnHandle(turn, context);
  watchTurn(context, { turn, handle }, { signal, timeoutMs, idleTimeoutMs, startedAt });
  return { handle, turn, isOwn: true };
}

/** Starts a turn, or steers the running one, and waits for its end. */
export async function runTurn(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  options: TurnOptions,
): Promise<TurnResult> {
  const startedAt = now();
  const { handle, turn, isOwn } = await startTurn(context, threadId, input, options);
  if (isOwn) {
    turn.log.keepNothing(); // nobody can read these events
    return await handle.run();
  }
  const { signal, timeoutMs = 0 } = options;
  const result = await waitAtMost(handle.run(), timeLeft(timeoutMs, startedAt)(), signal);
  if (result === undefined) throw new TurnTimeoutError(timeoutMs);
  return result;
}
