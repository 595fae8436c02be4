/** A store in memory: for tests, and for one process that needs no other. */
import { timeOfDay } from "../util/clock.ts";
import { LeaseLostError } from "./errors.ts";
import type {
  Checkpoint,
  Commit,
  FleetEvent,
  FleetMessage,
  FleetStore,
  Lease,
  LeaseRequest,
  StoredEvent,
  StoredMessage,
} from "./store.ts";
import { Watchers } from "./watchers.ts";

/** Milliseconds for which a run keeps its place in line without asking again. */
export const IN_LINE_MS = 60_000;
/** The same for a run that has owned the thread: its next attempt may wait in a long queue. */
export const BEGUN_MS = 600_000;

interface Owned {
  epoch: number;
  runId: string;
  untilMs: number;
  checkpoint: Checkpoint | undefined;
  /** The runs in line, each with the time until which it keeps its place. */
  readonly line: Map<string, number>;
}

/**
 * Returns a store in the memory of this process: for tests, and for a program that runs its jobs itself.
 *
 * @example
 * ```ts
 * import { memoryStore } from "@codex-app-server/sdk/fleet";
 *
 * await using store = memoryStore();
 * await store.post("invoice-17", { type: "cancel" });
 * ```
 */
export function memoryStore(): FleetStore {
  return new MemoryStore();
}

class MemoryStore implements FleetStore {
  readonly #threads = new Map<string, Owned>();
  readonly #events = new Map<string, StoredEvent[]>();
  readonly #messages = new Map<string, StoredMessage[]>();
  readonly #keys = new Set<string>();
  readonly #watchers = new Watchers();

  // deno-lint-ignore require-await
  async acquire(
    { thread, runId, ttlMs }: LeaseRequest,
  ): Promise<{ lease: Lease; checkpoint: Checkpoint | undefined } | undefined> {
    const now = timeOfDay();
    const owned = this.#threads.get(thread) ??
      { epoch: 0, runId: "", untilMs: 0, checkpoint: undefined, line: new Map() };
    this.#threads.set(thread, owned);
    owned.line.set(runId, now + IN_LINE_MS);
    for (const [other, untilMs] of owned.line) if (untilMs <= now) owned.line.delete(other);
    const isMine = owned.runId === runId;
    const [first] = owned.line.keys();
    if (!isMine && (owned.untilMs > now || first !== runId)) return undefined;
    owned.epoch++;
    owned.runId = runId;
    owned.untilMs = now + ttlMs;
    return { lease: { thread, runId, epoch: owned.epoch }, checkpoint: owned.checkpoint };
  }

  // deno-lint-ignore require-await
  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    const owned = this.#threads.get(lease.thread);
    if (owned?.epoch !== lease.epoch) return false;
    owned.untilMs = timeOfDay() + ttlMs;
    if (!this.#hasEnded(lease.runId)) owned.line.set(lease.runId, timeOfDay() + BEGUN_MS);
    return true;
  }

  // deno-lint-ignore require-await
  async release(lease: Lease, keepMs = BEGUN_MS): Promise<void> {
    const owned = this.#threads.get(lease.thread);
    if (owned?.epoch !== lease.epoch) return;
    owned.untilMs = 0;
    owned.runId = "";
    if (this.#hasEnded(lease.runId)) owned.line.delete(lease.runId);
    else owned.line.set(lease.runId, timeOfDay() + keepMs);
  }

  // deno-lint-ignore require-await
  async commit(lease: Lease, { after, events = [], checkpoint }: Commit): Promise<void> {
    const owned = this.#threads.get(lease.thread);
    if (owned?.epoch !== lease.epoch) throw new LeaseLostError(lease.thread);
    if (checkpoint !== undefined) owned.checkpoint = structuredClone(checkpoint);
    const log = this.#events.get(lease.runId) ?? [];
    this.#events.set(lease.runId, log);
    if (this.#hasEnded(lease.runId) || log.length !== after) return;
    for (const event of events) {
      const copy = JSON.parse(JSON.stringify(event)) as FleetEvent;
      log.push({ seq: log.length + 1, atMs: timeOfDay(), epoch: lease.epoch, event: copy });
    }
    if (this.#hasEnded(lease.runId)) owned.line.delete(lease.runId);
    this.#watchers.changed(lease.runId);
  }

  // deno-lint-ignore require-await
  async events(runId: string, after: number, limit: number): Promise<StoredEvent[]> {
    return (this.#events.get(runId) ?? []).slice(after, after + limit);
  }

  // deno-lint-ignore require-await
  async post(runId: string, message: FleetMessage, key?: string): Promise<void> {
    const id = JSON.stringify([runId, key]);
    if (key !== undefined && this.#keys.has(id)) return;
    this.#keys.add(id);
    const messages = this.#messages.get(runId) ?? [];
    this.#messages.set(runId, messages);
    messages.push({ seq: messages.length + 1, message: JSON.parse(JSON.stringify(message)) });
    this.#watchers.changed(runId);
  }

  // deno-lint-ignore require-await
  async messages(runId: string, after: number): Promise<StoredMessage[]> {
    return (this.#messages.get(runId) ?? []).slice(after);
  }

  watch(runId: string, changed: () => void): () => void {
    return this.#watchers.add(runId, changed);
  }

  // deno-lint-ignore require-await
  async forget(runId: string): Promise<void> {
    if (!this.#hasEnded(runId)) return;
    this.#events.delete(runId);
    this.#messages.delete(runId);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hasEnded(runId: string): boolean {
    return this.#events.get(runId)?.at(-1)?.event.type === "ended";
  }
}
