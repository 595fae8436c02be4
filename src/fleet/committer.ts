/** Writes the events of a run, together with the rollout that they belong to. */
import { deferred } from "../util/deferred.ts";
import { now } from "../util/clock.ts";
import { sleep } from "../util/timer.ts";
import { LeaseLostError, ServerLostError, WorkspaceError } from "./errors.ts";
import type { RolloutCopy } from "./rollout.ts";
import { shortened } from "./shortened.ts";
import type { Checkpoint, EventLog, FleetEvent, Lease } from "./store.ts";
import type { WorkspaceCopy } from "./workspace_copy.ts";

/** Milliseconds between two tries of a store that fails. */
const RETRY_MS = 250;

interface Entry {
  readonly event: FleetEvent;
  /** The calls and turns whose end must be in the rollout. */
  readonly awaited: readonly string[];
}

/** Commits what is added, in order: all that has come together meanwhile in one step. */
export class Committer {
  readonly #log: EventLog;
  readonly #lease: Lease;
  readonly #ttlMs: number;
  readonly #failed = deferred<never>();
  #copy: RolloutCopy | undefined;
  #files: WorkspaceCopy | undefined;
  #pending: Entry[] = [];
  /** Items whose output the server has not written in time; it may never, if it was killed. */
  #held: readonly Entry[] = [];
  #after: number;
  #writing: Promise<void> | undefined;

  constructor(log: EventLog, lease: Lease, options: { ttlMs: number; after: number }) {
    this.#log = log;
    this.#lease = lease;
    this.#ttlMs = options.ttlMs;
    this.#after = options.after;
    this.#failed.promise.catch(() => {});
  }

  /** Rejects when a write has failed for good. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** From now on, commits carry the checkpoint of this rollout, and of the files that belong to it. */
  follow(copy: RolloutCopy, files?: WorkspaceCopy): void {
    this.#copy = copy;
    this.#files = files;
  }

  /** Adds an event; an item is stored once the rollout has the ends in `awaited`, at the latest that of the turn. */
  add(event: FleetEvent, awaited: readonly string[] = []): void {
    this.#pending.push({ event: shortened(event), awaited });
    void this.flush().catch(() => {});
  }

  /** Fulfils when everything that was added is stored. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#writing !== undefined) {
      this.#writing ??= this.#write().finally(() => this.#writing = undefined);
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    const entries = this.#pending;
    this.#pending = [];
    try {
      await this.#commit(entries);
    } catch (error) {
      this.#failed.reject(error);
      throw error;
    }
    // What is left behind is only room.
    await this.#copy?.collect().catch(() => {});
    await this.#files?.collect().catch(() => {});
  }

  /** Tries for as long as the ownership lasts: a store may be back in time. */
  async #commit(entries: readonly Entry[]): Promise<void> {
    const until = now() + this.#ttlMs;
    for (;;) {
      try {
        const place = await this.#save(entries.flatMap(({ awaited }) => awaited));
        const [stored, held] = this.#divide([...this.#held, ...entries], place === "late");
        const events = stored.map(({ event }) => event);
        const checkpoint = place === "late" ? {} : place;
        await this.#log.commit(this.#lease, { after: this.#after, events, ...checkpoint });
        this.#after += stored.length;
        this.#held = held;
        return;
      } catch (error) {
        const isFinal = error instanceof LeaseLostError || error instanceof WorkspaceError;
        if (isFinal || now() > until) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** Divides what can be stored from what cannot yet: an item is finished when its output and its files are stored. */
  #divide(entries: readonly Entry[], isLate: boolean): [Entry[], Entry[]] {
    const isItem = ({ event }: Entry): boolean => event.type === "item";
    if (isLate) return [entries.filter((entry) => !isItem(entry)), []];
    const isSettled = ({ awaited }: Entry): boolean => this.#copy?.hasAll(awaited) ?? true;
    const end = entries.find(({ event }) => event.type === "ended");
    // A turn whose end is in the rollout has written all of its outputs.
    if (end !== undefined && end.awaited.length > 0 && isSettled(end)) return [[...entries], []];
    const isReady = (entry: Entry): boolean => !isItem(entry) || isSettled(entry);
    return [entries.filter(isReady), entries.filter((entry) => !isReady(entry))];
  }

  async #save(awaited: readonly string[]): Promise<{ checkpoint?: Checkpoint } | "late"> {
    const [copy, files] = [this.#copy, this.#files];
    if (copy === undefined) return {};
    const checkpoint = await copy.save(awaited);
    if (checkpoint === "lost") {
      this.#failed.reject(new ServerLostError("has no longer what is stored of the thread"));
      return "late";
    }
    if (files === undefined) return { checkpoint };
    const { settled } = copy;
    if (!files.canSave(settled)) return "late";
    const workspaces = await files.save(settled);
    return { checkpoint: { ...checkpoint, workspaces } };
  }
}
