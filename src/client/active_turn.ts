/** One turn as the router sees it: its events, and how it ended. */
import type { Turn } from "../generated/types.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { deferred } from "../util/deferred.ts";
import { TurnCollector } from "./turn_collector.ts";
import { TurnEventLog } from "./turn_event_log.ts";
import type { TurnOutcome } from "./turn_result.ts";

/** Takes the notifications of one turn in and settles when it ends. */
export class ActiveTurn {
  readonly threadId: string;
  readonly id: string;
  readonly log: TurnEventLog = new TurnEventLog();
  readonly #collector: TurnCollector;
  readonly #outcome = deferred<TurnOutcome>();
  #settled: TurnOutcome | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  /** Stands for the turn with this id. */
  constructor(threadId: string, id: string) {
    this.threadId = threadId;
    this.id = id;
    this.#collector = new TurnCollector(threadId, id);
  }

  /** Fulfils when the turn has ended; never rejects. */
  get outcome(): Promise<TurnOutcome> {
    return this.#outcome.promise;
  }

  /** Whether the turn has ended. */
  get ended(): boolean {
    return this.#settled !== undefined;
  }

  /** Takes in a notification of the turn. */
  accept(event: ServerNotification): void {
    if (this.ended) return;
    this.log.push(event);
    if (event.method === "turn/completed") this.#finish(event.params.turn);
    else this.#collector.observe(event);
  }

  /** From now on the turn's end is told as this error: the caller gave the turn up. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
  }

  /** Ends the turn without a result. */
  lose(error: unknown): void {
    this.#settle({
      kind: "lost",
      error: this.#stopped === undefined ? error : this.#stopped.reason,
    });
  }

  #finish(turn: Turn | undefined): void {
    if (this.#stopped !== undefined) return this.lose(this.#stopped.reason);
    this.#settle(this.#collector.outcome(turn));
  }

  /** The waiters of the outcome are told before the readers end. */
  #settle(outcome: TurnOutcome): void {
    if (this.ended) return;
    this.#settled = outcome;
    this.#outcome.resolve(outcome);
    this.log.end(outcome.kind === "lost" ? outcome.error : undefined);
  }
}
