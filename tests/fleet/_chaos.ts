/**
 * A fleet under blows: workers, app-servers and the store are killed, paused and cut off at random while jobs run; the
 * oracle in `_chaos_oracle.ts` judges what is stored and what the commands have left.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodexFleet, type FleetRun } from "../../fleet/bullmq.ts";
import type { StoredEvent } from "../../fleet.ts";
import type { ModelServer } from "../../testing.ts";
import { promptOf, startChaosModel, steerOf } from "./_chaos_model.ts";
import { judge, type Verdict } from "./_chaos_oracle.ts";
import {
  type Blow,
  BLOWS,
  type ChaosJob,
  pick,
  planJobs,
  type Random,
  randomOf,
} from "./_chaos_plan.ts";
import { ChaosWorker } from "./_chaos_workers.ts";
import { type ChaosStore, startStore, type StoreKind } from "./_chaos_store.ts";

/** How a chaos run is. */
export interface ChaosSettings {
  readonly seed: number;
  readonly store: StoreKind;
  readonly jobs: number;
  readonly workers: number;
  readonly threadsPerServer: number;
  readonly lockMs: number;
  readonly recoverMs: number;
  /** How many events are stored between two blows, on average: a slow machine is struck less often. */
  readonly everyEvents: number;
  /** What is broken; everything by default. A list is dealt from the front once before chance takes over. */
  readonly blows?: readonly Blow[];
  /** The most blows. */
  readonly maxBlows?: number;
  /** Milliseconds for everything. */
  readonly limitMs: number;
  readonly onProgress?: (text: string) => void;
}

/** What a chaos run was. */
export interface ChaosReport extends Verdict {
  readonly blows: Readonly<Partial<Record<Blow, number>>>;
  readonly seconds: number;
}

/** Runs jobs under blows. */
export async function chaos(settings: ChaosSettings): Promise<ChaosReport> {
  await using run = await ChaosRun.start(settings);
  return await run.report();
}

class ChaosRun implements AsyncDisposable {
  readonly #settings: ChaosSettings;
  readonly #random: Random;
  readonly #jobs: readonly ChaosJob[];
  readonly #marks: string;
  readonly #store: ChaosStore;
  readonly #model: ModelServer;
  readonly #fleets: readonly CodexFleet[];
  readonly #workers: ChaosWorker[] = [];
  readonly #ending: Promise<void>[] = [];
  readonly #blows: Partial<Record<Blow, number>> = {};
  readonly #stop = new AbortController();
  #names = 0;
  /** How many events the readers have seen. */
  #seen = 0;

  private constructor(
    settings: ChaosSettings,
    random: Random,
    jobs: readonly ChaosJob[],
    parts: {
      readonly marks: string;
      readonly store: ChaosStore;
      readonly model: ModelServer;
      readonly fleets: readonly CodexFleet[];
    },
  ) {
    this.#settings = settings;
    this.#random = random;
    this.#jobs = jobs;
    this.#marks = parts.marks;
    this.#store = parts.store;
    this.#model = parts.model;
    this.#fleets = parts.fleets;
  }

  static async start(settings: ChaosSettings): Promise<ChaosRun> {
    const random = randomOf(settings.seed);
    const jobs = planJobs(random, settings.jobs);
    const marks = await mkdtemp(join(tmpdir(), "codex-marks-"));
    const [store, model] = await Promise.all([
      startStore(settings.store),
      startChaosModel(jobs, marks),
    ]);
    const fleets = [
      await CodexFleet.open(store.connection),
      await CodexFleet.open(store.connection),
    ];
    return new ChaosRun(settings, random, jobs, { marks, store, model, fleets });
  }

  async report(): Promise<ChaosReport> {
    const { limitMs, workers } = this.#settings;
    const start = performance.now();
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limitMs)]);
    for (let no = 0; no < workers; no++) await this.#startWorker();
    await Promise.all(this.#workers.map(({ ready }) => ready));
    const followed = this.#jobs.map((job) => this.#follow(job, signal));
    const people = this.#jobs.map((job) => this.#answer(job, signal).catch(() => {}));
    // Two submits with one key, from two places at once.
    const submitting = Promise.all(this.#jobs.map(async (job) => {
      const { id, thread, steps } = job;
      const isAsking = steps.includes("approved");
      const threadOptions = isAsking
        ? { approvalMode: "ask", sandbox: "workspaceWrite" } as const
        : undefined;
      const whole = { id, thread, prompt: promptOf(id), ...(threadOptions && { threadOptions }) };
      await Promise.all(
        this.#fleets.map((fleet) =>
          persistently(signal, () => fleet.submit(whole, { attempts: 1 }))
        ),
      );
    }));
    const over = new AbortController();
    const fighting = this.#fight(over.signal);
    let logs: StoredEvent[][];
    try {
      await submitting;
      logs = await Promise.all(followed);
    } catch (error) {
      throw new Error(`seed ${this.#settings.seed}: ${await this.#whyNot(error)}`, {
        cause: error,
      });
    } finally {
      over.abort();
      await fighting;
      this.#stop.abort();
      await Promise.all(people);
    }
    const seconds = (performance.now() - start) / 1_000;
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end("SIGTERM")));
    const verdict = await judge({
      jobs: this.#jobs,
      followed: logs,
      marks: this.#marks,
      store: this.#store,
      fleet: this.#fleets[0] as CodexFleet,
      hasStale: (this.#blows["pause worker"] ?? 0) + (this.#blows["kill store"] ?? 0) > 0,
    });
    return { ...verdict, blows: this.#blows, seconds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end("SIGKILL")));
    await Promise.all(this.#ending);
    for (const fleet of this.#fleets) await fleet.close();
    await this.#model.close();
    await this.#store[Symbol.asyncDispose]();
    await rm(this.#marks, { recursive: true, force: true });
  }

  async #startWorker(): Promise<void> {
    const { lockMs, recoverMs, threadsPerServer } = this.#settings;
    this.#workers.push(
      await ChaosWorker.start({
        name: `w${++this.#names}`,
        model: this.#model.url,
        connection: this.#store.connection,
        marks: this.#marks,
        ...{ lockMs, recoverMs, threadsPerServer },
      }),
    );
  }

  /** Reads a run live to its end, as a page does whose connection drops. */
  async #follow({ id, steerAt }: ChaosJob, signal: AbortSignal): Promise<StoredEvent[]> {
    const [fleet] = this.#fleets;
    const run = (fleet as CodexFleet).run(id);
    const own = AbortSignal.any([signal]);
    const seen: StoredEvent[] = [];
    let isSteered = steerAt === undefined;
    for (;;) {
      try {
        for await (const stored of run.events(seen.at(-1)?.seq ?? 0, { signal: own })) {
          seen.push(stored);
          this.#seen++;
          const { event } = stored;
          if (
            !isSteered && event.type === "itemStarted" && isOf(event.item.id, `${id}.${steerAt}`)
          ) {
            isSteered = true;
            void this.#steer(run, signal);
          }
        }
        this.#settings.onProgress?.(`${id} has ended`);
        return seen;
      } catch (error) {
        if (signal.aborted) throw error;
        await pause(50);
      }
    }
  }

  async #steer(run: FleetRun, signal: AbortSignal): Promise<void> {
    await persistently(signal, () => run.steer(steerOf(run.id), { key: "steer" })).catch(() => {});
  }

  /** Accepts what is asked. */
  async #answer({ id, steps }: ChaosJob, signal: AbortSignal): Promise<void> {
    if (!steps.includes("approved")) return;
    const run = (this.#fleets[1] as CodexFleet).run(id);
    for (;;) {
      try {
        for await (const { answer } of run.requests({ signal })) await answer("accept");
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        await pause(50);
      }
    }
  }

  async #fight(over: AbortSignal): Promise<void> {
    const { everyEvents, blows = BLOWS, maxBlows = Infinity } = this.#settings;
    let seen = 0;
    for (let no = 0; no < maxBlows && !over.aborted; no++) {
      seen = Math.max(seen, this.#seen - everyEvents) + everyEvents * (0.5 + this.#random());
      const blow = no < blows.length ? blows[no] as Blow : pick(this.#random, blows);
      const at = Math.floor(this.#random() * this.#settings.workers);
      while (this.#seen < seen && !over.aborted) await pause(20, over);
      if (over.aborted) return;
      this.#blows[blow] = (this.#blows[blow] ?? 0) + 1;
      this.#settings.onProgress?.(blow);
      await this.#strike(blow, at);
    }
  }

  async #strike(blow: Blow, at: number): Promise<void> {
    const worker = this.#workers[at] as ChaosWorker;
    switch (blow) {
      case "kill worker":
      case "drain worker":
        this.#workers.splice(at, 1);
        this.#ending.push(worker.end(blow === "kill worker" ? "SIGKILL" : "SIGTERM"));
        return await this.#startWorker();
      case "kill server":
        return await worker.signalServer("SIGKILL");
      case "kill store":
        return await this.#store.crash();
      case "cut connections":
        return await this.#store.cut().catch(() => {});
      case "pause worker": {
        worker.signal("SIGSTOP");
        await pause(2 * this.#settings.lockMs + this.#settings.recoverMs);
        worker.signal("SIGCONT");
      }
    }
  }

  async #whyNot(error: unknown): Promise<string> {
    const [fleet] = this.#fleets;
    const counts = JSON.stringify(await (fleet as CodexFleet).counts().catch(String));
    const left: string[] = [];
    for (const { id } of this.#jobs) {
      const types: string[] = [];
      try {
        for await (const { event } of (fleet as CodexFleet).run(id).story()) {
          types.push(event.type === "attemptFailed" ? event.error : event.type);
        }
      } catch {
        types.push("unreadable");
      }
      if (types.at(-1) !== "ended") left.push(`${id}: ${types.slice(-6).join(", ")}`);
    }
    const stderr = this.#workers.map(({ name, stderr: text }) => `${name}: ${text.slice(-300)}`);
    return [String(error), counts, JSON.stringify(this.#blows), ...left.slice(0, 8), ...stderr]
      .join("\n");
  }
}

/** Whether an item is a try of a step. */
export function isOf(itemId: string, step: string): boolean {
  return itemId.startsWith(`${step}.`);
}

/** Tries for as long as the store may be away. */
async function persistently<Value>(
  signal: AbortSignal,
  action: () => Promise<Value>,
): Promise<Value> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted) throw error;
      await pause(50);
    }
  }
}

function pause(ms: number, over?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    over?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
