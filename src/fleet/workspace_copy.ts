/** The files of a job, stored together with its rollout. */
import type { Checkpoint, Lease, SavedWorkspace, StoredPart, ThreadStore } from "./store.ts";
import type { JobWorkspace } from "./workspace.ts";

/** Number of new parts that one save has at most, as far as leftovers are looked for. */
const PARTS = 2;

type Saved = NonNullable<Checkpoint["workspaces"]>;

/** Saves a workspace whenever the rollout has the end of a further command. */
export class WorkspaceCopy {
  readonly #workspace: JobWorkspace;
  readonly #threads: ThreadStore;
  readonly #lease: Lease;
  readonly #others: Saved;
  #mine: SavedWorkspace | undefined;
  #settled = -1;
  #written = 0;
  #isClosed = false;
  #hasEnded = false;
  /** Keys that no checkpoint needs any more, once the next one is stored. */
  #garbage: string[] = [];

  /** Continues what was saved for the run; runs of the thread that have ended are forgotten. */
  constructor(
    workspace: JobWorkspace,
    threads: ThreadStore,
    lease: Lease,
    former: Checkpoint | undefined,
    ended: readonly string[],
  ) {
    this.#workspace = workspace;
    this.#threads = threads;
    this.#lease = lease;
    const others = new Map(Object.entries(former?.workspaces ?? {}));
    this.#mine = others.get(lease.runId);
    others.delete(lease.runId);
    for (const id of ended) {
      this.#garbage.push(...keysOf(others.get(id)));
      others.delete(id);
    }
    this.#others = Object.fromEntries(others);
    if (former !== undefined) this.#garbage.push(...this.#unnoted(former.epoch));
  }

  /**
   * Whether it can save what belongs to a rollout with this many ends: after the attempt's end, the files may be gone.
   */
  canSave(settled: number): boolean {
    return !this.#isClosed || settled === this.#settled;
  }

  /** Saves the files, if the rollout has the end of a further command. Returns what the checkpoint notes. */
  async save(settled: number): Promise<Saved> {
    if (this.#hasEnded) return this.#others;
    if (settled !== this.#settled) {
      const saved = await this.#workspace.save?.((bytes) => this.#put(bytes));
      const kept = new Set(keysOf(saved));
      this.#garbage.push(...keysOf(this.#mine).filter((key) => !kept.has(key)));
      this.#mine = saved;
      this.#settled = settled;
    }
    if (this.#mine === undefined) return this.#others;
    return { ...this.#others, [this.#lease.runId]: this.#mine };
  }

  /** The run ends with the next checkpoint, which needs the files no longer. */
  end(): void {
    this.#hasEnded = true;
  }

  /** The attempt is over: what the rollout says from now on is not stored, since the files may not match it. */
  close(): void {
    this.#isClosed = true;
    this.#hasEnded = false; // without a stored end, the next attempt needs the files
  }

  /** Removes what the committed checkpoint no longer needs. */
  async collect(): Promise<void> {
    const garbage = this.#garbage;
    this.#garbage = [];
    if (this.#hasEnded) garbage.push(...keysOf(this.#mine));
    if (garbage.length > 0) await this.#threads.remove(garbage);
  }

  /** The former owner may have stored more than it could note: the parts of one save. */
  #unnoted(epoch: number): string[] {
    const last = /\/(\d+)-(\d+)$/.exec(keysOf(this.#mine).at(-1) ?? "");
    const next = Number(last?.[1]) === epoch ? Number(last?.[2]) + 1 : 0;
    return Array.from({ length: PARTS }, (_, index) => this.#key(epoch, next + index));
  }

  #key(epoch: number, number: number): string {
    const { thread, runId } = this.#lease;
    return `${thread}/files/${runId}/${epoch}-${number}`;
  }

  async #put(bytes: Uint8Array): Promise<StoredPart> {
    const key = this.#key(this.#lease.epoch, this.#written++);
    await this.#threads.put(key, bytes);
    return { key, bytes: bytes.length };
  }
}

function keysOf(saved: SavedWorkspace | undefined): string[] {
  return saved?.parts.map(({ key }) => key) ?? [];
}
