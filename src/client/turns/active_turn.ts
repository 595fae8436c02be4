/** One turn as its session sees it: its events and its end. */
import type { AskForApproval, ErrorNotification, Turn, TurnError } from "../../generated/types.ts";
import { TurnLostError } from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import { withPartialResult } from "./partial_result.ts";
import {
  type ItemReader,
  type TurnObserver,
  TurnResultBuilder,
  type TurnResultParts,
  type UnfinishedItem,
} from "./turn_result_builder.ts";
import { TurnEventLog } from "./turn_event_log.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";

/** The report of a turn's end. */
export type TurnCompleted = Extract<ServerNotification, { readonly method: "turn/completed" }>;

/** Observes what concerns a turn besides its own events. Must not block. */
export interface TurnWatcher {
  /** A message of the turn's thread arrived. */
  readonly onActivity?: (() => void) | undefined;
  /** The status of the thread changed to this type while the turn is open. */
  readonly threadStatus: (type: string) => void;
  /** The server retries the turn for the first time, after this error. */
  readonly retried?: ((error: TurnError) => void) | undefined;
}

/** The parts of a turn that differ from the usual ones. */
export interface ActiveTurnParts {
  readonly log?: TurnEventLog;
  readonly builder?: TurnResultBuilder;
  readonly handlers?: HandlerScope;
  /** See `TurnResultParts`. */
  readonly usedBefore?: TurnResultParts["usedBefore"];
}

/** Consumes the notifications of one turn and settles when the turn ends. */
export class ActiveTurn {
  // First what each delta reads, to have it together in memory.
  readonly id: string;
  readonly log: TurnEventLog;
  #settled: TurnOutcome | undefined;
  #hasBegun = false;
  #onActivity: (() => void) | undefined;
  readonly threadId: string;
  /** Whether the turn has a handle; otherwise a start in flight may turn out to have started it. */
  isAdopted = false;
  /** Whether its first event was its start. */
  startSeen = false;
  /** Whether the turn is a review, which the server runs under an id other than that of its events. */
  isReview = false;
  /** Whether another client started the turn: nothing of this client ends it but an explicit interrupt. */
  isForeign = false;
  /** The approval policy that the turn began with, and keeps; `undefined` before that, or if it is not known. */
  approvalPolicy: AskForApproval | undefined;
  /** Whether anyone waits for the result. */
  awaited = false;
  /** Answers the server's requests about this turn. */
  readonly handlers: HandlerScope;
  readonly #builder: TurnResultBuilder;
  readonly #outcome = deferred<TurnOutcome>();
  /** The result of a turn that ended without one for its readers. */
  #partial: TurnResult | undefined;
  #stopped: { readonly reason: unknown; readonly isCallers: boolean } | undefined;
  #watcher: TurnWatcher | undefined;
  #threadStatus: string | undefined;
  #retriedError: TurnError | undefined;
  #liveId: string;
  #endReported = false;
  #live: Deferred<void> | undefined;
  #begun: Deferred<void> | undefined;

  /** Represents the turn with this id. */
  constructor(threadId: string, id: string, parts: ActiveTurnParts = {}) {
    this.threadId = threadId;
    this.id = id;
    this.#liveId = id;
    this.log = parts.log ?? new TurnEventLog((event) => this.#builder.observe(event));
    this.handlers = parts.handlers ?? new HandlerScope();
    this.#builder = parts.builder ?? new TurnResultBuilder(threadId, id, parts);
  }

  /** Fulfils when the turn has ended; never rejects. */
  get outcome(): Promise<TurnOutcome> {
    return this.#outcome.promise;
  }

  /** Whether the turn has ended. */
  get ended(): boolean {
    return this.#settled !== undefined;
  }

  /** Whether anything was reported of the turn. Before that, the server may not run it yet and has nothing to interrupt. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Fulfils when the turn has begun. */
  get begun(): Promise<void> {
    if (this.#hasBegun) return Promise.resolve();
    this.#begun ??= deferred();
    return this.#begun.promise;
  }

  /** The last error that the server reported and retried. */
  get retriedError(): TurnError | undefined {
    return this.#retriedError;
  }

  /** The id under which the server accepts an interrupt. */
  get liveId(): string {
    return this.#liveId;
  }

  /** Fulfils when the id under which a review can be interrupted is known. */
  get live(): Promise<void> {
    if (this.#liveId !== this.id) return Promise.resolve();
    this.#live ??= deferred();
    return this.#live.promise;
  }

  /** Records that the server runs the turn under another id. */
  runAs(liveId: string): void {
    this.#liveId = liveId;
    this.#live?.resolve();
  }

  /** Whether the server has reported the end of the turn. */
  get endReported(): boolean {
    return this.#endReported;
  }

  /** Accepts a notification of the turn other than its end. */
  accept(event: ServerNotification): void {
    if (this.#settled !== undefined) return;
    if (!this.#hasBegun) this.#begin();
    // Deltas of one item are merged for later readers, and the builder gets them merged too.
    if (!this.log.push(event)) this.#builder.observe(event);
    this.#onActivity?.();
    if (event.method === "error") this.#observeError(event.params);
  }

  /** Ends the turn as reported. */
  complete(event: TurnCompleted): void {
    if (this.#settled !== undefined) return;
    this.#begin();
    this.#ending(() => {
      this.#closeItems(event.params.turn);
      this.log.pushEnd(event);
      this.#finish(event.params.turn);
    });
  }

  /** Adds an observer of the turn's items and tokens, past and future ones. */
  observe(observer: TurnObserver): void {
    this.#builder.addObserver(observer);
  }

  /** How many readers of the turn still want more. */
  get readers(): number {
    return this.log.readers + this.#builder.readers;
  }

  /** Adds a reader of the turn's items; the returned function removes it. */
  readItems(reader: ItemReader): () => void {
    this.log.passOnDeltas(); // views must change with each delta
    this.#builder.addReader(reader);
    return () => this.#builder.removeReader(reader);
  }

  /** Records a message of the thread that is not an event of this turn. */
  recordActivity(): void {
    this.#onActivity?.();
  }

  /** Records the thread's status. */
  threadStatus(type: string): void {
    if (this.ended) return;
    this.#threadStatus = type;
    this.#watcher?.threadStatus(type);
  }

  /** Sets the watcher and reports the last known status of the thread to it. */
  watch(watcher: TurnWatcher): void {
    this.#watcher = watcher;
    this.#onActivity = watcher.onActivity;
    if (this.#retriedError !== undefined && !this.ended) watcher.retried?.(this.#retriedError);
    if (this.#threadStatus !== undefined && !this.ended) watcher.threadStatus(this.#threadStatus);
  }

  /** Ends the turn with what was read back of it, because its end was never reported. */
  recover(turn: Turn): void {
    if (this.ended) return;
    this.#ending(() => {
      this.#closeItems(turn);
      this.#finish(turn);
    });
  }

  /** The caller abandoned the turn: its end is reported as this error, which is left as it is if it `isCallers`. */
  stop(reason: unknown, { isCallers = false }: { readonly isCallers?: boolean } = {}): void {
    this.#stopped ??= { reason, isCallers };
  }

  /** The result so far; once the turn has ended, its last. */
  get partialResult(): TurnResult {
    const settled = this.#settled;
    if (settled?.kind === "finished") return settled.result;
    if (settled?.kind === "failed") return settled.error.result;
    if (this.#partial !== undefined) return this.#partial;
    this.log.flush();
    return this.#builder.result({ status: "inProgress" });
  }

  /** Ends the turn for its readers with an error, which gets what was reported of it. */
  lose(error: unknown): void {
    if (this.ended) return;
    this.#ending(() => {
      this.#closeItems(undefined);
      this.#loseWith(error, { status: "inProgress" });
    });
  }

  /** Ends the turn, even if its items are so malformed that reading them throws: its readers must not wait for ever. */
  #ending(end: () => void): void {
    try {
      end();
    } catch (cause) {
      const error = new TurnLostError(this.threadId, this.id, { cause });
      this.#settle({ kind: "lost", error });
    }
  }

  #loseWith(error: unknown, turn: Partial<Turn>): void {
    const partial = this.#partial = this.#builder.result(turn);
    const { reason, isCallers } = this.#stopped ?? { reason: error, isCallers: false };
    this.#settle({ kind: "lost", error: isCallers ? reason : withPartialResult(reason, partial) });
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#begun?.resolve();
  }

  #observeError({ error, willRetry }: Partial<ErrorNotification>): void {
    if (willRetry !== true || typeof error?.message !== "string") return;
    const isFirst = this.#retriedError === undefined;
    this.#retriedError = error;
    if (isFirst) this.#watcher?.retried?.(error);
  }

  #finish(turn: Turn | undefined): void {
    this.#endReported = true;
    if (this.#stopped !== undefined) return this.#loseWith(this.#stopped.reason, turn ?? {});
    this.#settle(this.#builder.outcome(turn));
  }

  /** Reports to the readers every item that will never be completed, so that none stays open. */
  #closeItems(turn: Partial<Turn> | undefined): void {
    this.log.flush();
    for (const open of this.#builder.closeItems(turn)) this.log.pushEnd(this.#leftOpen(open));
  }

  #leftOpen({ state, item }: UnfinishedItem): ServerNotification {
    const { threadId, id: turnId } = this;
    const params = { threadId, turnId, itemId: item.id, state, item };
    return { method: "sdk/item/interrupted", params };
  }

  /** Resolves the outcome before the readers end. */
  #settle(outcome: TurnOutcome): void {
    if (this.ended) return;
    this.#settled = outcome;
    this.#outcome.resolve(outcome);
    const error = outcome.kind === "lost" ? outcome.error : undefined;
    this.log.end(error);
    this.#builder.end(error);
  }
}
