/** Starts turns with an input, or adds the input to the running turn. */
import { NoActiveTurnError } from "../../errors/steer_errors.ts";
import type { TurnStartParams } from "../../generated/types.ts";
import type { Deadline } from "../../util/deadline.ts";
import { deferred } from "../../util/deferred.ts";
import { OF_TURNS, TURN_OPTIONS } from "../agent_options.ts";
import { checkPaths } from "../check_paths.ts";
import { cancelTurn } from "../cancel_late_result.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { keepsMode, warnUnreachableHandlers } from "../requests/unreachable_handlers.ts";
import { splitHandlers } from "../requests/handler_options.ts";
import type { RunInput, TurnInput } from "../input/input.ts";
import { wireInput, wireToolOutput } from "../input/input_wire.ts";
import { withExtraParams } from "../option_names.ts";
import { approvalParams, sandboxPolicy } from "../presets.ts";
import type { ActiveTurn } from "./active_turn.ts";
import {
  adoptForeign,
  type LaunchedTurn,
  launchTurn,
  sendStart,
  type SteeredTurn,
  turnDeadline,
} from "./turn_launch.ts";
import { checkTurnLimits } from "./turn_limits.ts";
import type { TurnOptions } from "./turn_options.ts";
import { checkWhenBusy } from "./turn_place.ts";
import type { TurnResult } from "./turn_result.ts";
import { sendSteer, type SteerParams, steerTurn } from "./turn_steer.ts";

/** What a turn is about; the server takes an external message only without an input. */
type Content = Pick<TurnStartParams, "input" | "toolOutput">;

/**
 * Starts a turn, or steers the running one.
 *
 * @throws {TypeError} if the input or an option has the wrong type; nothing is sent then
 * @throws {TurnActiveError} if the thread has a running turn; nothing is sent then
 */
async function launch(
  context: ClientContext,
  threadId: string,
  input: RunInput,
  options: TurnOptions,
  within?: Deadline,
): Promise<LaunchedTurn> {
  const [handlers, others] = splitHandlers(OF_TURNS, options);
  refuseTools(options);
  const {
    approvalMode,
    sandbox,
    signal,
    timeoutMs,
    idleTimeoutMs,
    limits,
    whenBusy = "reject",
    goal: _goal,
    output: _output,
    repair: _repair,
    tools: _tools,
    ...fields
  } = withExtraParams(OF_TURNS, others, TURN_OPTIONS);
  checkTurnLimits(options);
  checkWhenBusy(whenBusy, ["reject", "queue", "steer"]);
  const settings = {
    ...fields,
    ...approvalParams(approvalMode),
    ...(sandbox == null
      ? {}
      : { sandboxPolicy: sandboxPolicy(sandbox, context.sessions.get(threadId)?.state?.policies) }),
  };
  const deadline = within?.part() ?? turnDeadline({ signal, timeoutMs });
  let content: Content;
  try {
    const toolOutput = wireToolOutput(input);
    const read = toolOutput === undefined ? wireInput(input as TurnInput, deadline.signal) : [];
    const wire = read instanceof Promise ? await deadline.race(read) : read;
    await deadline.race(checkPaths(context, { cwd: fields.cwd, input: wire }, deadline.limits));
    content = toolOutput === undefined ? { input: wire } : { input: wire, toolOutput };
  } catch (error) {
    deadline.end();
    throw error;
  }
  const params = { ...settings, threadId, ...content };
  const request = { method: "turn/start", params: params as TurnStartParams } as const;
  const configure = (turn: ActiveTurn): void => turn.handlers.configure(handlers);
  const ifNew = {
    needsSettings: Object.values(settings).some((value) => value !== undefined),
    onNew: configure,
  };
  return await launchTurn(context, threadId, {
    kind: "turn",
    deadline,
    idleTimeoutMs,
    limits,
    whenBusy,
    model: fields.model,
    start: () => sendStart(context, request, deadline, configure),
    steer: () => steerRunning(context, { ...params, ...content }, deadline, ifNew),
    onStarted: (turn) => {
      if (keepsMode(approvalMode)) warnUnreachableHandlers(context, threadId, [turn.handlers]);
    },
  });
}

/** Starts a turn, or steers the running one, and returns the turn and its handle. */
export async function startTurn(
  context: ClientContext,
  threadId: string,
  input: RunInput,
  options: TurnOptions,
): Promise<LaunchedTurn> {
  const launched = await launch(context, threadId, input, options);
  if (!launched.isOwn) launched.deadline.end();
  return launched;
}

/** Starts a turn, or steers the running one, and waits for its end; `within` replaces the limits in the options. */
export async function runTurn(
  context: ClientContext,
  threadId: string,
  input: RunInput,
  options: TurnOptions,
  within?: Deadline,
): Promise<TurnResult> {
  const { handle, turn, isOwn, deadline } = await launch(context, threadId, input, options, within);
  if (isOwn) {
    turn.log.keepNothing(); // handles in requests and tools read from then on
    return await handle.run();
  }
  try {
    return await deadline.race(handle.run());
  } finally {
    deadline.end();
  }
}

/** How a message joins the running turn. */
interface JoinSteps {
  /** Whether the id is that of the turn that was running. */
  readonly isRunning: (id: string) => boolean;
  /** Whether that turn has ended meanwhile. */
  readonly hasEnded: () => boolean;
  /** Whether a turn that the server starts instead lacks settings that the caller asked for. */
  readonly needsSettings: boolean;
  /** Called as soon as a turn that the server started instead is adopted. */
  readonly onNew: (turn: ActiveTurn) => void;
}

/**
 * Steers the running turn and returns it; `undefined` if that turn ended first, and the thread's state must be checked
 * again.
 *
 * @throws {TurnNotSteerableError} if the turn accepts no input, for example because it is a review
 */
async function steerRunning(
  context: ClientContext,
  params: SteerParams & Content,
  deadline: Deadline,
  ifNew: Pick<JoinSteps, "needsSettings" | "onNew">,
): Promise<SteeredTurn | undefined> {
  const session = context.sessions.of(params.threadId);
  const { changed, running: turn, foreign, foreignTurn } = session;
  const ids = turn === undefined ? foreign && [foreign.id, foreign.rootId] : [turn.id, turn.liveId];
  if (params.toolOutput !== undefined && ids !== undefined) {
    return await joinRunning(context, params, deadline, {
      ...ifNew,
      isRunning: (id) => ids.includes(id),
      hasEnded: () =>
        turn?.ended ?? ids.some((id) => session.turn(id)?.ended === true || session.hasEnded(id)),
    });
  }
  if (turn !== undefined) {
    if (await isSteered(steerTurn(context, turn, params, deadline.limits))) {
      return { turn, isNew: false };
    }
    await deadline.race(turn.outcome); // its end will follow
    return undefined;
  }
  if (foreignTurn !== undefined) {
    return await steerForeign(context, params, foreignTurn, deadline);
  }
  if (!session.isBusy) return undefined; // the start failed in the meantime
  await deadline.race(changed); // a turn is being started
  return undefined;
}

/**
 * Adds an external message to the running turn: `turn/steer` does not accept it, but `turn/start` joins the turn, and must
 * not have settings, which would stay with the thread. If the turn has ended, the server starts another, which is then our
 * own. Without the settings that the caller wants, that one is stopped. `undefined` if the message has to be sent again.
 */
async function joinRunning(
  context: ClientContext,
  { threadId, input, toolOutput }: { readonly threadId: string } & Content,
  deadline: Deadline,
  { isRunning, hasEnded, needsSettings, onNew }: JoinSteps,
): Promise<SteeredTurn | undefined> {
  const session = context.sessions.of(threadId);
  const { limits } = deadline;
  const cancelled = deferred<void>();
  const cancel = (id: string): Promise<void> => cancelTurn(context, threadId, id, false);
  session.reserve(); // pins the session, and keeps the turn's events
  let turn: ActiveTurn | undefined;
  try {
    const params = { threadId, input, toolOutput } as TurnStartParams;
    const reply = await context.request("turn/start", params, {
      ...limits,
      onAbandoned: () => context.sessions.of(threadId).abandonStart(cancelled.promise),
      onLateError: () => cancelled.resolve(),
      onLateResult: (late) => {
        const id = late?.turn?.id;
        // A turn that was running, or that pursues a goal, must go on.
        const isOthers = isRunning(id) || context.sessions.of(threadId).owner !== undefined;
        cancelled.resolve(isOthers ? undefined : cancel(id));
      },
    });
    checkReply("turn/start", reply, "turn.id");
    const { id } = reply.turn;
    if (isRunning(id) && hasEnded()) return undefined; // it ended before it read the message
    const running = session.turn(id);
    if (running?.isAdopted) return { turn: running, isNew: false };
    // A turn of another client or of a goal is not ours alone.
    const isNew = !isRunning(id) && !session.isKnown(id) && session.owner === undefined;
    if (isNew && needsSettings) {
      await deadline.race(cancel(id));
      return undefined;
    }
    turn = session.adopt(id);
    if (isNew) {
      onNew(turn);
      return { turn, isNew: true };
    }
  } finally {
    if (turn === undefined) session.release();
  }
  return { turn: adoptForeign(context, turn), isNew: false };
}

/** Steers a turn of another client; its events from now on are kept for the handle. */
async function steerForeign(
  context: ClientContext,
  params: SteerParams,
  turnId: string,
  deadline: Deadline,
): Promise<SteeredTurn | undefined> {
  const session = context.sessions.of(params.threadId);
  let turn: ActiveTurn | undefined;
  session.reserve(); // pins the session, and keeps the turn's events
  try {
    const steering = sendSteer(context, params, turnId, deadline.limits);
    if (await isSteered(steering)) turn = session.adopt(turnId);
    else session.forgetForeignTurn();
  } finally {
    if (turn === undefined) session.release();
  }
  return turn === undefined ? undefined : { turn: adoptForeign(context, turn), isNew: false };
}

/** Waits for a steer; `false` if the turn has ended. */
async function isSteered(steering: Promise<void>): Promise<boolean> {
  try {
    await steering;
    return true;
  } catch (error) {
    if (error instanceof NoActiveTurnError) return false;
    throw error;
  }
}

/** Rejects tools in the options of a turn, which the server would ignore silently. */
function refuseTools({ tools }: { readonly tools?: unknown }): void {
  if (tools == null) return;
  throw new TypeError(
    '"tools" are an option of threadStart(), threadResume() and threadFork(): a turn cannot have its own',
  );
}
