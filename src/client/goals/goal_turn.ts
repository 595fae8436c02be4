/** A goal as one turn: the turns that the server starts for it, one after the other, under one id. */
import type {
  ThreadGoal,
  ThreadGoalSetParams,
  ThreadItem,
  Turn,
  TurnStatus,
} from "../../generated/types.ts";
import { OutcomeUnknownError } from "../../errors/outcome_errors.ts";
import { GoalStalledError, ThreadClosedError } from "../../errors/thread_errors.ts";
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import { TurnLostError } from "../../errors/turn_errors.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { Pulse } from "../events/pulse.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import type { Deadline } from "../../util/deadline.ts";
import { deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import { startTimer, waitAtMost } from "../../util/timer.ts";
import type { ThreadSession } from "../session/thread_session.ts";
import { ActiveTurn } from "../turns/active_turn.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { TurnEventLog } from "../turns/turn_event_log.ts";
import { TurnResultBuilder } from "../turns/turn_result_builder.ts";
import type { TurnOwner } from "../turns/turn_owner.ts";
import { interruptAny } from "../turn_interrupt.ts";
import { TurnRecovery } from "../turns/turn_recovery.ts";
import type { TurnOutcome, TurnResult } from "../turns/turn_result.ts";

/** Milliseconds for each request that stops a goal. */
const STOP_MS = 5_000;
/** Milliseconds to wait for the next turn before the server is asked; normally it starts at once. */
const GRACE_MS = 1_000;
/** How often the server is asked before an active goal without a turn counts as stalled. */
const MAX_CHECKS = 30;
/** Milliseconds for the reply to each poll. */
const READ_MS = 10_000;

/** The params that set a goal: only what the caller may choose. */
export type GoalStart = Pick<ThreadGoalSetParams, "objective" | "tokenBudget">;

/**
 * Owns a thread until the goal's end. Each of the server's turns is a part: an `ActiveTurn` of its own, whose events are
 * forwarded under the id of the first part to the combined turn, which the caller's handle wraps.
 */
export class GoalTurn implements TurnOwner {
  readonly threadId: string;
  readonly handlers: HandlerScope = new HandlerScope();
  readonly #context: ClientContext;
  readonly #watch: GoalWatch;
  readonly #tally = new GoalTally();
  readonly #first = deferred<ActiveTurn>();
  readonly #ended = deferred<void>();
  /** Whether the turns that start now belong to the goal. */
  #isSet = false;
  #isStopping = false;
  /** Whether the server was restarted during the running part, or since the last one. */
  #isRestarted = false;
  #isOver = false;
  #combined: ActiveTurn | undefined;
  #part: ActiveTurn | undefined;
  #last: TurnResult | undefined;
  readonly #change = new Pulse();
  #closed: { readonly error: unknown } | undefined;

  /** Creates a goal that is not set yet. */
  constructor(context: ClientContext, threadId: string) {
    this.threadId = threadId;
    this.#context = context;
    this.#watch = new GoalWatch(context, threadId, {
      onOver: (goal) => {
        this.#tally.goal = goal;
        this.#finish();
      },
      onStalled: () => this.#lose(this.#stalled()),
    });
    this.#first.promise.catch(() => {}); // nobody waits for it if the start was abandoned
  }

  /** Takes over the reserved place on the thread. */
  takePlace(): void {
    this.#session.own(this);
    this.#session.release();
  }

  get #session(): ThreadSession {
    return this.#context.sessions.of(this.threadId);
  }

  /** Fulfils when the goal's turns have ended or nobody waits for them; never rejects. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The running part; `undefined` between two parts. */
  get part(): ActiveTurn | undefined {
    return this.#part;
  }

  /** Sets the goal, whereupon the server starts the first turn. Returns the combined turn. */
  async start(start: GoalStart, deadline: Deadline): Promise<ActiveTurn> {
    const wasSet = deferred<boolean>();
    let mayBeSet = false;
    this.#isSet = true;
    try {
      const reply = await this.#context.request("thread/goal/set", {
        ...start,
        threadId: this.threadId,
        status: "active",
      }, {
        ...deadline.limits,
        onAbandoned: () => mayBeSet = true,
        onLateResult: () => wasSet.resolve(true),
        onLateError: () => wasSet.resolve(false),
      });
      mayBeSet = true;
      wasSet.resolve(true);
      checkReply("thread/goal/set", reply, "goal.status");
      this.#tally.goal ??= reply.goal; // a notification may have been faster and more complete
      if (this.#part === undefined && this.#last === undefined) this.#watch.start();
      return await deadline.race(this.#first.promise);
    } catch (error) {
      if (error instanceof OutcomeUnknownError) {
        mayBeSet = true;
        wasSet.resolve(true);
      }
      if (!mayBeSet || this.#isOver) this.#lose(error);
      else this.#session.abandonStart(this.#cancel(wasSet.promise, error));
      throw error;
    }
  }

  /** Releases the thread if the goal was not set. */
  abandon(): void {
    if (!this.#isSet) this.#release();
  }

  /** Creates the part that the server has started. */
  begin(turnId: string): ActiveTurn | undefined {
    if (!this.#isSet || this.#isOver) return undefined;
    this.#watch.stop();
    this.#part?.lose(new TurnLostError(this.threadId, this.#part.id)); // its end was never reported
    const log = new ForwardingLog((event) => this.#passOn(part, event));
    const combined = this.#combined ??= this.#createCombined(turnId);
    const part = new ActiveTurn(this.threadId, turnId, {
      log,
      handlers: this.handlers,
      usedBefore: () => this.#session.usage.beforeTurn,
    });
    const recovery = new TurnRecovery(this.#context, part);
    part.watch({
      onActivity: () => combined.recordActivity(),
      threadStatus: (type) => recovery.threadStatus(type),
    });
    void part.outcome.then((outcome) => {
      recovery.stop();
      this.#partEnded(part, outcome);
    });
    this.#part = part;
    this.#isRestarted = false;
    this.#context.tracing?.part(this, part);
    if (this.#isStopping) void this.#interruptAny();
    this.#change.beat();
    return part;
  }

  /** Accepts what is reported of the goal apart from its turns. */
  observe(event: ServerNotification): void {
    if (event.method === "thread/goal/updated") this.#take(event.params.goal);
    else if (event.method === "thread/goal/cleared") this.#tally.goal = null;
    else if (event.method === "thread/deleted" && this.#part === undefined) {
      return this.#lose(new ThreadClosedError(this.threadId, "it was deleted"));
    } else return this.#combined?.recordActivity();
    const combined = this.#combined;
    if (combined === undefined) return;
    combined.accept(withTurnId(event, combined.id));
    if (this.#isWaiting && this.#tally.goal?.status !== "active") this.#watch.check();
  }

  /** Waits for a running part other than this one; `undefined` if none will follow. */
  async partAfter(
    before: ActiveTurn | undefined,
    { signal, timeoutMs = 0 }: RequestOptions,
  ): Promise<ActiveTurn | undefined> {
    while (!this.#isOver && (this.#part === undefined || this.#part === before)) {
      const changed = this.#change.next.then(() => true);
      if (await waitAtMost(changed, timeoutMs, signal)) continue;
      throw new RequestTimeoutError("turn/steer", timeoutMs);
    }
    return this.#part;
  }

  /** Pauses the goal, so that no part follows. */
  async halt(context: Pick<ClientContext, "request">): Promise<void> {
    this.#isStopping = true;
    // A goal that has ended must not become a paused one.
    if (this.#tally.goal?.status === "active") await this.#pause(context);
    if (this.#isWaiting) this.#watch.check(context);
  }

  /** The connection is gone: nothing follows the part that ends with it. */
  close(error: unknown): void {
    this.#closed = { error };
    if (this.#part === undefined) this.#lose(error);
  }

  /** Whether a part has ended and the next one has not started. */
  get #isWaiting(): boolean {
    return this.#last !== undefined && this.#part === undefined && !this.#isOver;
  }

  #createCombined(id: string): ActiveTurn {
    const { threadId } = this;
    const builder = new TurnResultBuilder(threadId, id, {
      complete: (result) => this.#tally.complete(result),
      usedBefore: () => this.#session.usage.beforeTurn,
    });
    const combined = new ActiveTurn(threadId, id, { builder, handlers: this.handlers });
    void combined.outcome.then(() => this.#release());
    this.#first.resolve(combined);
    return combined;
  }

  #passOn(part: ActiveTurn, event: ServerNotification): void {
    const combined = this.#combined;
    if (combined === undefined || part !== this.#part) return;
    switch (event.method) {
      case "turn/started":
        if (part.id !== combined.id) return;
        break;
      case "thread/goal/updated":
        this.#take(event.params.goal);
        break;
      case "sdk/gap":
        this.#isRestarted ||= event.params.isRestarted;
        break;
    }
    combined.accept(part.id === combined.id ? event : withTurnId(event, combined.id));
  }

  #partEnded(part: ActiveTurn, outcome: TurnOutcome): void {
    if (outcome.kind !== "lost") {
      this.#last = outcome.kind === "finished" ? outcome.result : outcome.error.result;
      this.#tally.add(this.#last);
    }
    if (part !== this.#part) return; // the next one has already started
    this.#part = undefined;
    this.#change.beat();
    const isLost = outcome.kind === "lost";
    if (this.#continuesAfterRestart(isLost ? "lost" : this.#last?.status)) this.#watch.start();
    else if (isLost) this.#lose(outcome.error);
    else this.#decide(this.#last as TurnResult);
  }

  /** Called when a part has ended and no other has started. */
  #decide(last: TurnResult): void {
    const { goal } = this.#tally;
    if (last.status !== "completed") return this.#finish();
    if (goal !== null && goal.status !== "active") return this.#finish();
    if (this.#closed !== undefined) return this.#lose(this.#closed.error);
    if (goal === null || this.#isStopping) this.#watch.check();
    else this.#watch.start();
  }

  /** Whether a server that was restarted starts another part: it does for a goal that was active. */
  #continuesAfterRestart(status: TurnStatus | "lost" | undefined): boolean {
    const isCut = status === "lost" || status === "interrupted";
    const isWanted = !this.#isStopping && !this.#isOver && this.#closed === undefined;
    return this.#isRestarted && isCut && isWanted && this.#tally.goal?.status === "active";
  }

  #finish(): void {
    const combined = this.#combined;
    const last = this.#last;
    if (combined === undefined || last === undefined) return this.#lose(this.#stalled());
    const isCut = this.#isStopping && last.status === "completed" &&
      this.#tally.goal?.status !== "complete";
    const turn = this.#tally.turn(combined.id, last, isCut ? "interrupted" : last.status);
    combined.complete({
      method: "turn/completed",
      params: { threadId: this.threadId, turn },
    });
  }

  #lose(error: unknown): void {
    this.#first.reject(error);
    this.#combined?.lose(error);
    this.#release();
  }

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.stop();
    this.#session.disown(this);
    this.#change.beat();
    this.#ended.resolve();
    // Otherwise the server would continue with the goal after the thread's next turn, unnoticed.
    if (this.#isSet && this.#closed === undefined) void this.halt(this.#context);
  }

  /** Ends whatever has started, because the caller abandoned the start. */
  async #cancel(wasSet: Promise<boolean>, reason: unknown): Promise<void> {
    this.#isStopping = true;
    const lost = this.ended.then(() => false); // the connection may end first
    // The server may have refused it.
    if (await waitAtMost(Promise.race([wasSet, lost]), STOP_MS) === false) {
      return this.#lose(reason);
    }
    await this.#pause(this.#context);
    await this.#interruptAny();
    if (this.#part !== undefined) await waitAtMost(this.#part.outcome, STOP_MS);
    this.#lose(reason);
  }

  /** Without a part, whichever turn runs is interrupted: its start may not have been reported yet. */
  #interruptAny(): Promise<void> {
    return interruptAny(this.#context, this.threadId, this.#part?.liveId);
  }

  /** Pauses the goal; if that fails, the goal or the connection is gone. */
  async #pause(context: Pick<ClientContext, "request">): Promise<void> {
    const params = { threadId: this.threadId, status: "paused" } as const;
    const limits = { timeoutMs: STOP_MS };
    const reply = await context.request("thread/goal/set", params, limits).catch(() => undefined);
    this.#take(reply?.goal);
  }

  /** Records the goal if the server reported it. */
  #take(goal: ThreadGoal | undefined): void {
    if (isRecord(goal)) this.#tally.goal = goal;
  }

  #stalled(): GoalStalledError {
    return new GoalStalledError(this.threadId, this.#tally.goal?.status ?? null);
  }
}

/** Returns the event with another turn id. */
function withTurnId(event: ServerNotification, id: string): ServerNotification {
  const params = event.params as { readonly turnId?: unknown; readonly turn?: unknown };
  return {
    ...event,
    params: {
      ...params,
      ...(typeof params.turnId === "string" ? { turnId: id } : {}),
      ...(isRecord(params.turn) ? { turn: { ...params.turn, id, rootTurnId: id } } : {}),
    },
  } as ServerNotification;
}

/** Forwards a turn's events and keeps none unless it has its own readers. */
class ForwardingLog extends TurnEventLog {
  readonly #forward: (event: ServerNotification) => void;

  /** Forwards events to this function. */
  constructor(forward: (event: ServerNotification) => void) {
    super();
    this.#forward = forward;
  }

  /** The readers are those of the combined turn. */
  override get isAwaited(): boolean {
    return true;
  }

  /** Forwards an event. */
  override push(event: ServerNotification): boolean {
    this.#forward(event);
    return this.readers > 0 && super.push(event);
  }

  /** Does not forward the end: the combined turn reports its own. */
  override pushEnd(event: ServerNotification): void {
    if (this.readers > 0) super.push(event);
  }
}

/** Combines the turns of a goal into one. */
class GoalTally {
  /** The goal, as last reported; `null` if the thread has none any more. */
  goal: ThreadGoal | null = null;
  readonly #items: ThreadItem[] = [];
  #finalResponse: string | null = null;
  #startedAt: number | null = null;
  #durationMs: number | null = null;

  /** Adds the result of one turn. */
  add(result: TurnResult): void {
    const cut = new Set([...result.interruptedItems, ...result.backgroundItems]);
    this.#items.push(...result.items.filter(({ id }) => !cut.has(id)));
    this.#finalResponse = result.finalResponse ?? this.#finalResponse;
    this.#startedAt ??= result.startedAt;
    if (result.durationMs !== null) this.#durationMs = (this.#durationMs ?? 0) + result.durationMs;
  }

  /** Returns the turns combined into one, with the outcome of the last. */
  turn(id: string, last: TurnResult, status: TurnStatus): Turn {
    return {
      id,
      rootTurnId: id,
      items: this.#items,
      itemsView: "summary",
      status,
      error: last.error,
      startedAt: this.#startedAt,
      completedAt: last.completedAt,
      durationMs: this.#durationMs,
    };
  }

  /** Completes the result of all events with what only the single turns report. */
  complete(result: TurnResult): TurnResult {
    return { ...result, finalResponse: this.#finalResponse, goal: this.goal };
  }
}

type Client = Pick<ClientContext, "request">;

/** Called with the outcome of the watch, and with the goal as reported at that time. */
export interface GoalWatchOptions {
  /** The goal is no longer active, and its thread runs nothing. */
  readonly onOver: (goal: ThreadGoal | null) => void;
  /** The goal is active, but no turn starts. */
  readonly onStalled: () => void;
  /** Milliseconds between polls. Defaults to 1,000. */
  readonly graceMs?: number;
  /** Maximum number of polls. Defaults to 30. */
  readonly maxChecks?: number;
}

/** Watches the gap between two turns of a goal; {@linkcode stop} ends it when a turn has started. */
export class GoalWatch {
  readonly #context: ClientContext;
  readonly #threadId: string;
  readonly #options: GoalWatchOptions;
  #stopTimer: () => void = () => {};
  /** Identifies one gap between two turns: replies to polls of an earlier gap are ignored. */
  #interval: { checks: number } | undefined;

  /** Watches the goal of a thread. */
  constructor(context: ClientContext, threadId: string, options: GoalWatchOptions) {
    this.#context = context;
    this.#threadId = threadId;
    this.#options = options;
  }

  /** Starts to wait for the next turn. */
  start(): void {
    this.stop();
    this.#interval = { checks: 0 };
    this.#arm();
  }

  /** Polls the server now, with this client: there is a sign that no turn will start. */
  check(client: Client = this.#context): void {
    this.stop();
    const interval = this.#interval = { checks: 0 };
    void this.#check(interval, client);
  }

  /** Ends the watch. */
  stop(): void {
    this.#stopTimer();
    this.#interval = undefined;
  }

  #arm(): void {
    const interval = this.#interval;
    if (interval !== undefined) {
      const { graceMs = GRACE_MS } = this.#options;
      this.#stopTimer = startTimer(graceMs, () => void this.#check(interval, this.#context));
    }
  }

  async #check(interval: { checks: number }, client: Client): Promise<void> {
    const reply = await this.#read(client).catch(() => undefined); // the end of a connection is reported elsewhere
    if (interval !== this.#interval) return;
    if (reply !== undefined && reply.goal?.status !== "active" && !reply.isThreadActive) {
      this.stop();
      return this.#options.onOver(reply.goal);
    }
    const { maxChecks = MAX_CHECKS } = this.#options;
    if (++interval.checks < maxChecks) return this.#arm();
    this.stop();
    this.#options.onStalled();
  }

  /** Reads the thread after the goal: once the goal is not active, no further turn starts. */
  async #read(client: Client): Promise<{ goal: ThreadGoal | null; isThreadActive: boolean }> {
    const threadId = this.#threadId;
    const limits = { timeoutMs: READ_MS };
    const { goal } = await client.request("thread/goal/get", { threadId }, limits);
    const { thread } = await client.request("thread/read", { threadId }, limits);
    return { goal: goal ?? null, isThreadActive: thread.status?.type === "active" };
  }
}
