/** Starts turns: checks, sends, claims what the server started, and keeps to the caller's limits. */
import type { TurnStartParams } from "../generated/types.ts";
import { RequestTimeoutError } from "../errors/transport_errors.ts";
import { TurnActiveError, TurnTimeoutError } from "../errors/turn_errors.ts";
import { deferred } from "../util/deferred.ts";
import { checkLimitMs, startTimer, waitAtMost } from "../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { checkCallOptions } from "./check_call_options.ts";
import type { ClientContext } from "./client_context.ts";
import { type TurnInput, userInput } from "./input.ts";
import { type ApprovalMode, approvalParams, type Sandbox, sandboxPolicy } from "./presets.ts";
import { TurnHandle } from "./turn_handle.ts";
import type { WireOptions } from "./wire_options.ts";

/** Milliseconds for the reply to the interrupt of a start that was given up, and again for its effect. */
const UNDO_MS = 5_000;

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
    /** Interrupts the turn; everything that waits for it rejects with `signal.reason`. */
    readonly signal?: AbortSignal | undefined;
    /** Milliseconds for the whole turn; on expiry it is interrupted and rejects with `TurnTimeoutError`; 0 is no limit. */
    readonly timeoutMs?: number | undefined;
  };

/**
 * Starts a turn and gives its handle.
 *
 * @throws {TypeError} when the input or an option is not of its kind; nothing is sent then
 * @throws {TurnActiveError} when the thread has a running turn; nothing is sent then
 */
export async function startTurn(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  options: TurnOptions,
): Promise<{ readonly handle: TurnHandle; readonly turn: ActiveTurn }> {
  checkCallOptions(options);
  const { approvalMode, sandbox, signal, timeoutMs = 0, ...fields } = options;
  checkLimitMs("timeoutMs", timeoutMs);
  const params = {
    ...fields,
    ...approvalParams(approvalMode),
    ...(sandbox == null ? {} : { sandboxPolicy: sandboxPolicy(sandbox) }),
    threadId,
    input: userInput(input),
  } as TurnStartParams;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const { router, givenUp } = context;
  context.assertOpen();
  if (givenUp.has(threadId)) await givenUp.settled(threadId, signal);
  // The server would take the input as one more message of the running turn.
  if (router.isBusy(threadId)) throw new TurnActiveError(threadId);
  const turn = await claimTurn(context, params, { signal, timeoutMs });
  const handle = new TurnHandle(turn, context);
  const leftMs = timeoutMs === 0 ? 0 : Math.max(1, timeoutMs - (performance.now() - startedAt));
  keepLimits(handle, turn, { signal, leftMs, timeoutMs });
  return { handle, turn };
}

/** Sends the start and gives the turn that the server names, with everything that has come for it. */
async function claimTurn(
  context: ClientContext,
  params: TurnStartParams,
  { signal, timeoutMs }: Pick<Limits, "signal" | "timeoutMs">,
): Promise<ActiveTurn> {
  const { router, givenUp } = context;
  const { threadId } = params;
  const undone = deferred<void>();
  router.expect(threadId);
  try {
    const { turn } = await context.request("turn/start", params, {
      signal,
      timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
      onLateResult: (late) => undone.resolve(undo(context, threadId, late?.turn?.id)),
    });
    return router.claim(threadId, turn.id);
  } catch (error) {
    router.abandon(threadId);
    const timedOut = error instanceof RequestTimeoutError;
    if (timedOut || signal?.aborted) givenUp.add(threadId, undone.promise);
    throw timedOut && timeoutMs > 0 ? new TurnTimeoutError(timeoutMs) : error;
  }
}

interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly leftMs: number;
  readonly timeoutMs: number;
}

/** Interrupts the turn when its signal fires or its time is over, and tells that as the reason. */
function keepLimits(handle: TurnHandle, turn: ActiveTurn, limits: Limits): void {
  const { signal, leftMs, timeoutMs } = limits;
  const giveUp = (reason: unknown): void => {
    turn.stop(reason);
    handle.interrupt().catch(() => {}).finally(() => turn.lose(reason));
  };
  const onAbort = (): void => giveUp(signal?.reason);
  const stopTimer = startTimer(leftMs, () => giveUp(new TurnTimeoutError(timeoutMs)));
  signal?.addEventListener("abort", onAbort, { once: true });
  void turn.outcome.then(() => {
    stopTimer();
    signal?.removeEventListener("abort", onAbort);
  });
  if (signal?.aborted) onAbort();
}

/** The caller gave the start up, and the server started the turn after all: ends it. */
async function undo(context: ClientContext, threadId: string, turnId: unknown): Promise<void> {
  if (typeof turnId !== "string") return;
  const { router } = context;
  router.expect(threadId);
  const turn = router.claim(threadId, turnId);
  try {
    await context.request("turn/interrupt", { threadId, turnId }, { timeoutMs: UNDO_MS });
    await waitAtMost(turn.outcome, UNDO_MS);
  } catch {
    // It has ended already, or the connection has.
  }
  turn.lose(new DOMException("The start of this turn was given up", "AbortError"));
}
