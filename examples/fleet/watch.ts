/** What the example knows of its runs: it follows each from its first event to its end. */
import type { AgentJobResult, FleetEvent } from "@codex-app-server/sdk/fleet";
import type { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";

/** A run, as far as it is known. */
export interface WatchedRun {
  readonly id: string;
  /** The workers that had it, one after the other, and when. */
  readonly workers: { readonly name: string; readonly atMs: number }[];
  /** The questions that are open. */
  readonly open: Set<string>;
  readonly items: Set<string>;
  /** How many finished items were reported. */
  finished: number;
  result?: AgentJobResult;
}

/** Follows runs. */
export class Watch {
  readonly runs: Map<string, WatchedRun> = new Map();
  readonly #fleet: CodexFleet;
  readonly #changed: (run: WatchedRun, event: FleetEvent) => void;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>[] = [];

  constructor(fleet: CodexFleet, changed: (run: WatchedRun, event: FleetEvent) => void) {
    this.#fleet = fleet;
    this.#changed = changed;
  }

  /** Follows a run. */
  follow(id: string): void {
    const run = { id, workers: [], open: new Set<string>(), items: new Set<string>(), finished: 0 };
    this.runs.set(id, run);
    this.#reading.push(this.#read(run));
  }

  /** Fulfils when all runs have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#reading);
  }

  /** Follows no longer. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended();
  }

  async #read(run: WatchedRun): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const { event, atMs } of this.#fleet.run(run.id).events(0, { signal })) {
        if (event.type === "started") run.workers.push({ name: event.worker, atMs });
        else if (event.type === "item") {
          run.finished++;
          run.items.add(event.item.id);
        } else if (event.type === "request") run.open.add(event.requestId);
        else if (event.type === "resolved") run.open.delete(event.requestId);
        else if (event.type === "ended") run.result = event.result;
        this.#changed(run, event);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
