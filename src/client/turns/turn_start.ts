/** Turns with an input: what they can be started with, and how they start or join the running one. */
import type { TurnStartParams } from "../../generated/types.ts";
import { checkCallOptions, type WireOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { keepsMode, warnUnreachableHandlers } from "../requests/unreachable_handlers.ts";
import { type RequestHandlerOptions, splitHandlers } from "../requests/handler_options.ts";
import { refuseTurnTools } from "../tools/tool_set.ts";
import type { TurnInput } from "../input/input.ts";
import { wireInput } from "../input/input_wire.ts";
import { type ApprovalMode, approvalParams, type Sandbox, sandboxPolicy } from "../presets.ts";
import { type LaunchedTurn, launchTurn, sendStart } from "./turn_launch.ts";
import { checkTurnLimits, type TurnLimits } from "./turn_limits.ts";
import { checkWhenBusy, type WhenBusy } from "./turn_place.ts";
import type { TurnResult } from "./turn_result.ts";
import { steerRunning } from "./turn_steer.ts";
import type { GoalOptions } from "../goals/goal_start.ts";

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

/**
 * Starts a turn, or steers the running one.
 *
 * @throws {TypeError} if the input or an option has the wrong type; nothing is sent then
 * @throws {TurnActiveError} if the thread has a running turn; nothing is sent then
 */
async function launch(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  options: TurnOptions,
): Promise<LaunchedTurn> {
  checkCallOptions(options);
  refuseTurnTools(options);
  const [handlers, others] = splitHandlers(options);
  const {
    approvalMode,
    sandbox,
    signal,
    timeoutMs,
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
  const request = { method: "turn/start", params: params as TurnStartParams } as const;
  return await launchTurn(context, threadId, {
    kind: "turn",
    limits: { signal, timeoutMs, idleTimeoutMs },
    whenBusy,
    model: fields.model,
    start: (deadline) =>
      sendStart(context, request, deadline, (turn) => turn.handlers.configure(handlers)),
    steer: (deadline) => steerRunning(context, params, deadline),
    onStarted: (turn) => {
      if (keepsMode(approvalMode)) warnUnreachableHandlers(context, threadId, [turn.handlers]);
    },
  });
}

/** Starts a turn, or steers the running one, and returns it with its handle. */
export async function startTurn(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  options: TurnOptions,
): Promise<LaunchedTurn> {
  const launched = await launch(context, threadId, input, options);
  if (!launched.isOwn) launched.deadline.end();
  return launched;
}

/** Starts a turn, or steers the running one, and waits for its end. */
export async function runTurn(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  options: TurnOptions,
): Promise<TurnResult> {
  const { handle, turn, isOwn, deadline } = await launch(context, threadId, input, options);
  if (isOwn) {
    turn.log.keepNothing(); // nobody can read these events
    return await handle.run();
  }
  try {
    return await deadline.race(handle.run());
  } finally {
    deadline.end();
  }
}
