/** One turn as the router sees it: its events, and how it ended. */
import type { ThreadItem, Turn } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import { type ItemReader, type TurnObserver, TurnResultBuilder } from "./turn_result_builder.ts";
import { TurnEventLog } from "./turn_event_log.ts";
import type { TurnOutcome } from "./turn_result.ts";

/** Told of what concerns a turn beside its own events; it must be quick. */
export interface TurnWatcher {
  /** Some message of the turn's thread came. */
  readonly heard?: (() => void) | undefined;
  /** The status of the thread changed to this type while the turn is open. */
  readonly threadStatus: (type: string) => void;
}

/** What a turn is made of, where that is not the usual. */
export interface ActiveTurnParts {
  readonly log?: TurnEventLog;
  readonly builder?: TurnResultBuilder;
  readonly handlers?: HandlerScope;
}

/** Takes the notifications of one turn in and settles when it ends. */
export class ActiveTurn {
  readonly threadId: string;
  readonly id: string;
  /** Whether a handle stands for the turn; else it is one that a start may turn out to have started. */
  isAdopted = false;
  /** Whether the turn is a review, which the server runs under another id than the one that its events carry. */
  isReview = false;
  /** Whether somebody waits for the result, by whatever handle. */
  awaited = false;
  readonly log: TurnEventLog;
  /** Answer what the server asks about this turn. */
  readonly handlers: HandlerScope;
  readonly #builder: TurnResultBuilder;
  readonly #outcome = deferred<TurnOutcome>();
  #settled: TurnOutcome | undefined;
  #stopped: { readonly reason: unknown } | undefined;
  #watcher: TurnWatcher | undefined;
  #heard: (() => void) | undefined;
  #threadStatus: string | undefined;
  #liveId: string;
  #endTold = false;
  #live: Deferred<void> | undefined;
  #hasBegun = false;
  #begun: Deferred<void> | undefined;

  /** Stands for the turn with this id. */
  constructor(threadId: string, id: string, parts: ActiveTurnParts = {}) {
    this.threadId = threadId;
    this.id = id;
    this.#liveId = id;
    this.log = parts.log ?? new TurnEventLog((event) => this.#builder.observe(event));
    this.handlers = parts.handlers ?? new HandlerScope();
    this.#builder = parts.builder ?? new TurnResultBuilder(threadId, id);
  }

  /** Fulfils when the turn has ended; never rejects. */
  get outcome(): Promise<TurnOutcome> {
    return this.#outcome.promise;
  }

  /** Whether the turn has ended. */
  get ended(): boolean {
    return this.#settled !== undefined;
  }

  /** Whether anything was told of the turn: before that the server may not run it yet, and knows of none to interrupt. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Fulfils when the turn has begun. */
  get begun(): Promise<void> {
    if (this.#hasBegun) return Promise.resolve();
    this.#begun ??= deferred();
    return this.#begun.promise;
  }

  /** The id by which the server takes an interrupt. */
  get liveId(): string {
    return this.#liveId;
  }

  /** Fulfils when a review has told the id by which it takes an interrupt. */
  get live(): Promise<void> {
    if (this.#liveId !== this.id) return Promise.resolve();
    this.#live ??= deferred();
    return this.#live.promise;
  }

  /** The server runs the turn under another id. */
  runAs(liveId: string): void {
    this.#liveId = liveId;
    this.#live?.resolve();
  }

  /** Whether the server has told the end of the turn. */
  get endTold(): boolean {
    return this.#endTold;
  }

  /** Takes in a notification of the turn. */
  accept(event: ServerNotification): void {
    if (this.#settled !== undefined) return;
    this.#hasBegun = true;
    this.#begun?.resolve();
    if (event.method === "turn/completed") {
      this.#closeItems(event.params.turn);
      this.log.push(event);
      this.#finish(event.params.turn);
    } else {
      // Deltas of one item are merged for later readers, and the builder gets them merged too.
      if (!this.log.push(event)) this.#builder.observe(event);
      this.#heard?.();
    }
  }

  /** Has an observer told of the turn's items and tokens, of those that came already too. */
  observe(observer: TurnObserver): void {
    this.#builder.tell(observer);
  }

  /** How many readers of the turn still want more. */
  get readers(): number {
    return this.log.readers + this.#builder.readers;
  }

  /** Adds a reader of the turn's items; the returned function removes it. */
  readItems(reader: ItemReader): () => void {
    this.log.passOnDeltas(); // from now on a view has to change with each of them
    this.#builder.addReader(reader);
    return () => this.#builder.removeReader(reader);
  }

  /** Takes note of a message of the thread that is no event of this turn. */
  heard(): void {
    this.#heard?.();
  }

  /** Takes note of the thread's status. */
  threadStatus(type: string): void {
    if (this.ended) return;
    this.#threadStatus = type;
    this.#watcher?.threadStatus(type);
  }

  /** Has a watcher told of the thread from now on, and of the status that was told last. */
  watch(watcher: TurnWatcher): void {
    this.#watcher = watcher;
    this.#heard = watcher.heard;
    if (this.#threadStatus !== undefined && !this.ended) watcher.threadStatus(this.#threadStatus);
  }

  /** Ends the turn with what was read of it later: its own end never came. */
  recover(turn: Turn): void {
    if (this.ended) return;
    this.#closeItems(turn);
    this.#finish(turn);
  }

  /** From now on the turn's end is told as this error: the caller gave the turn up. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
  }

  /** Ends the turn without a result. */
  lose(error: unknown): void {
    if (this.ended) return;
    this.#closeItems(undefined);
    this.#settle({
      kind: "lost",
      error: this.#stopped === undefined ? error : this.#stopped.reason,
    });
  }

  #finish(turn: Turn | undefined): void {
    this.#endTold = true;
    if (this.#stopped !== undefined) return this.lose(this.#stopped.reason);
    this.#settle(this.#builder.outcome(turn));
  }

  /** Reports every item that will never be completed to the readers, so that none is left open. */
  #closeItems(turn: Partial<Turn> | undefined): void {
    this.log.flush();
    for (const item of this.#builder.closeItems(turn)) this.log.push(this.#interrupted(item));
  }

  #interrupted(item: ThreadItem): ServerNotification {
    const { threadId, id: turnId } = this;
    return { method: "sdk/item/interrupted", params: { threadId, turnId, itemId: item.id, item } };
  }

  /** The waiters of the outcome are told before the readers end. */
  #settle(outcome: TurnOutcome): void {
    if (this.ended) return;
    this.#settled = outcome;
    this.#outcome.resolve(outcome);
    const error = outcome.kind === "lost" ? outcome.error : undefined;
    this.log.end(error);
    this.#builder.end(error);
  }
}
