/**
 * Jobs on a fleet beside jobs on bare BullMQ and turns without a queue, with 1, 2 and 4 workers on Node; what a job uses and
 * keeps; how soon another worker goes on after `kill -9`. The model is scripted: a turn takes about 60 ms.
 */
import process from "node:process";
import { CodexFleet, type FleetRun } from "../fleet/bullmq.ts";
import type { FleetEvent } from "../fleet.ts";
import { gate, message, ModelServer, shellCommand } from "../testing.ts";
import { type JobQueue, openConnection } from "../src/bullmq/connection.ts";
import { alternate, type Sample, type Series, type Variant } from "./_lib/alternate.ts";
import { BenchWorker, cpuMsOf } from "./_lib/fleet_processes.ts";
import { type BenchStore, startStores } from "./_lib/fleet_stores.ts";
import type { Work } from "./_lib/fleet_worker.ts";
import { report } from "./_lib/results.ts";

/** Jobs of one measurement; of those that do nothing; and of those that run commands. */
const [JOBS, EMPTY_JOBS, LONG_JOBS] = [32, 320, 12];
/** Jobs of one measurement that go one after the other. */
const SINGLE_JOBS = 8;
/** Jobs at a time in one worker. */
const CONCURRENCY = 4;
const WORKERS = [1, 2, 4];
/** Commands of a long job. */
const COMMANDS = 5;
/** Prompts that no instruction of the agent has: each request to the model has those too. */
const [HOLD, LONG] = ["bench-hold", "bench-commands"];
/** Milliseconds between two looks whether all jobs have ended. */
const LOOK_MS = 10;
const LIMIT_MS = 60_000;
/** How long a worker owns a job, and how often it looks for those of others. */
const RECOVERY = { lockMs: 2_000, recoverMs: 500 };

const rounds = Number(process.argv[2] ?? 3);
const warmup = 1;
const held = { gate: gate() };
const model = await ModelServer.start({
  maxRequests: 10,
  respond: (request) => {
    const prompt = JSON.stringify(request.body);
    if (prompt.includes(HOLD)) return [held.gate, message("done")];
    const done = request.functionOutputs().size;
    if (!prompt.includes(LONG) || done === COMMANDS) return [message("done")];
    return [shellCommand("true", { callId: `call-${done}` })];
  },
});
const stores = await startStores();
const timing = { lockMs: 30_000, recoverMs: 10_000 };
const start = (settings: typeof timing): Promise<BenchWorker> =>
  BenchWorker.start({ concurrency: CONCURRENCY, ...settings }, model.url);
const workers = await Promise.all(
  Array.from({ length: Math.max(...WORKERS) }, () => start(timing)),
);
const [worker] = workers as [BenchWorker, ...BenchWorker[]];
const closing: (() => Promise<unknown>)[] = [];
let ids = 0;
const nextId = (): string => `job-${ids++}`;

/** By what is measured, and by variant: a value for each round. */
const noted = new Map<string, Map<string, number[]>>();

function note(what: string, variant: string, value: number): void {
  const variants = noted.get(what) ?? new Map<string, number[]>();
  noted.set(what, variants);
  variants.set(variant, [...variants.get(variant) ?? [], value]);
}

function reportNoted(what: string, task: string, unit: string): void {
  const all = [...noted.get(what) ?? []].map(([name, values]): Series => {
    return { name, values: values.slice(warmup), wallMs: [] };
  });
  report({ bench: "fleet", task, unit }, all);
}

/** Does some jobs, and notes what each has used. Returns the jobs per second. */
async function measure(
  variant: string,
  used: { readonly workers: readonly BenchWorker[]; readonly store?: BenchStore; jobs: number },
  work: () => Promise<number>,
): Promise<Sample> {
  const usage = async (): Promise<Record<string, number>> => {
    const all = await Promise.all(used.workers.map((one) => one.usage()));
    const sum = (values: number[]): number => values.reduce((whole, value) => whole + value, 0);
    return {
      worker: sum(all.map(({ cpuMs }) => cpuMs)),
      server: sum(all.flatMap(({ servers }) => servers).map(cpuMsOf)),
      ...(used.store === undefined ? {} : {
        store: cpuMsOf(used.store.pid),
        commands: sum(all.map(({ commands }) => commands)),
      }),
    };
  };
  const before = await usage();
  const wallMs = await work();
  for (const [what, value] of Object.entries(await usage())) {
    note(what, variant, (value - (before[what] ?? 0)) / used.jobs);
  }
  return { value: used.jobs / wallMs * 1_000 };
}

/** A queue of the benchmark, with workers of one kind. */
class BenchQueue {
  readonly #store: BenchStore;
  readonly #name: string;
  readonly #work: Work;
  readonly #queue: JobQueue;
  readonly fleet: CodexFleet;

  private constructor(
    store: BenchStore,
    name: string,
    work: Work,
    queue: JobQueue,
    fleet: CodexFleet,
  ) {
    this.#store = store;
    this.#name = name;
    this.#work = work;
    this.#queue = queue;
    this.fleet = fleet;
  }

  static async open(store: BenchStore, work: Work, name: string = work): Promise<BenchQueue> {
    const connection = { ...store.connection, queue: name };
    const opened = await openConnection(connection);
    const queue = opened.queue(undefined);
    const fleet = await CodexFleet.open(connection);
    closing.push(() => fleet.close(), async () => {
      await queue.close();
      await opened.close();
    });
    return new BenchQueue(store, name, work, queue, fleet);
  }

  async submit(prompt = "go"): Promise<FleetRun | undefined> {
    const id = nextId();
    if (this.#work === "durable") return await this.fleet.submit({ id, prompt });
    await this.#queue.add("job", { prompt } as never, { jobId: id });
    return undefined;
  }

  /** Runs something while these workers serve the queue. */
  async serving<Value>(
    served: readonly BenchWorker[],
    run: () => Promise<Value>,
  ): Promise<Value> {
    const { connection } = this.#store;
    await Promise.all(served.map((one) => one.serve(connection, this.#name, this.#work)));
    try {
      return await run();
    } finally {
      await Promise.all(served.map((one) => one.rest()));
    }
  }

  /** A variant: all jobs are there when the workers begin. */
  variant(name: string, count: number, jobs: number, prompt?: string): Variant {
    const served = workers.slice(0, count);
    const used = { workers: served, store: this.#store, jobs };
    return {
      name: `${this.#store.name}: ${name}`,
      run: async () => {
        await this.#queue.pause();
        return await this.serving(served, async () => {
          for (let job = 0; job < jobs; job++) await this.submit(prompt);
          return await measure(`${this.#store.name}: ${name}`, used, () => this.#drain(jobs));
        });
      },
    };
  }

  /** Lets the jobs start, and waits for the last one. Returns the milliseconds. */
  async #drain(jobs: number): Promise<number> {
    const target = await this.#queue.getCompletedCount() + jobs;
    const begun = performance.now();
    await this.#queue.resume();
    for (const until = begun + LIMIT_MS; await this.#queue.getCompletedCount() < target;) {
      if (performance.now() > until) {
        throw new Error(`Not in time: ${JSON.stringify(await this.#queue.getJobCounts())}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return performance.now() - begun;
  }
}

/** A variant without a queue. */
function direct(name: string, work: Work, jobs: number, prompt: string): Variant {
  const used = { workers: [worker], jobs };
  return { name, run: () => measure(name, used, () => worker.run(work, jobs, prompt)) };
}

/** Averages a time over several jobs that go one after the other. */
function single(name: string, job: () => Promise<unknown>): Variant {
  return {
    name,
    run: async () => {
      const begun = performance.now();
      for (let done = 0; done < SINGLE_JOBS; done++) await job();
      return { value: (performance.now() - begun) / SINGLE_JOBS };
    },
  };
}

async function compare(task: string, unit: string, variants: readonly Variant[]): Promise<void> {
  report({ bench: "fleet", task, unit }, await alternate(variants, { rounds, warmup }));
}

/** Waits for an event of a run. Returns when it came. */
async function until(run: FleetRun, is: (event: FleetEvent) => boolean): Promise<number> {
  for await (const { event } of run.events(0, { signal: AbortSignal.timeout(LIMIT_MS) })) {
    if (is(event)) return performance.now();
  }
  throw new Error("the run ended before");
}

/** Kills a worker in the middle of a turn, and notes how soon another one goes on, and is done. */
async function recover(queue: BenchQueue, store: BenchStore, other: BenchWorker): Promise<void> {
  held.gate = gate();
  const victim = await start(RECOVERY);
  const { connection } = store;
  await victim.serve(connection, "recovery", "durable");
  const run = await queue.submit(HOLD) as FleetRun;
  await until(run, ({ type }) => type === "item");
  await other.serve(connection, "recovery", "durable");
  const killed = performance.now();
  victim.kill();
  const goesOn = await until(run, (event) => event.type === "started" && event.resumed);
  held.gate.open();
  note("recovery", `${store.name}: goes on`, goesOn - killed);
  await run.result();
  note("recovery", `${store.name}: has ended`, performance.now() - killed);
  await other.rest();
  await victim.end();
}

try {
  console.log(`${rounds} rounds, ${CONCURRENCY} jobs at a time in each worker`);
  const queues = await Promise.all(stores.map(async (store) => ({
    store,
    empty: await BenchQueue.open(store, "empty"),
    bare: await BenchQueue.open(store, "turn"),
    durable: await BenchQueue.open(store, "durable"),
  })));
  const words = (count: number): string => `${count} ${count === 1 ? "worker" : "workers"}`;
  const [first, long] = ["turns, no queue", `${COMMANDS} commands, no queue`];
  await compare("jobs per second", "jobs/s", [
    direct(first, "turn", JOBS, "go"),
    direct("runAgentJob, no queue", "durable", JOBS, "go"),
    ...queues.flatMap(({ empty, bare, durable }) => [
      empty.variant("BullMQ, empty jobs", 1, EMPTY_JOBS),
      ...WORKERS.map((count) => bare.variant(`BullMQ, ${words(count)}`, count, JOBS)),
      ...WORKERS.map((count) => durable.variant(`fleet, ${words(count)}`, count, JOBS)),
    ]),
  ]);
  await compare(`jobs of ${COMMANDS} commands per second`, "jobs/s", [
    direct(long, "turn", LONG_JOBS, LONG),
    ...queues.map(({ durable }) =>
      durable.variant(`fleet, ${COMMANDS} commands`, 1, LONG_JOBS, LONG)
    ),
  ]);
  reportNoted("worker", "CPU of the workers, per job", "ms");
  reportNoted("server", "CPU of the app-servers, per job", "ms");
  reportNoted("store", "CPU of the store, per job", "ms");
  reportNoted("commands", "statements or commands, per job", "");
  const singles = [single(first, () => worker.run("turn", 1, "go"))];
  for (const { store, bare, durable } of queues) {
    singles.push({
      name: `${store.name}: BullMQ`,
      run: () =>
        bare.serving(
          [worker],
          single("", async () => {
            const completed = worker.reply("completed");
            await bare.submit();
            await completed;
          }).run,
        ),
    }, {
      name: `${store.name}: fleet`,
      run: () =>
        durable.serving([worker], single("", async () => (await durable.submit())?.result()).run),
    });
  }
  await compare("one at a time, to the result", "ms", singles);
  for (const { store, durable } of queues) {
    for (
      const [what, jobs, prompt] of [["", JOBS, "go"], [", 5 commands", LONG_JOBS, LONG]] as const
    ) {
      for (let round = 0; round < warmup + rounds; round++) {
        const before = await store.sizes();
        await durable.variant("sizes", 1, jobs, prompt).run();
        let all = 0;
        for (const [kind, bytes] of Object.entries(await store.sizes())) {
          const kib = (bytes - (before[kind] ?? 0)) / jobs / 1_024;
          note(`size${what}`, `${store.name}: ${kind}`, kib);
          all += kib;
        }
        note(`size${what}`, `${store.name}: all`, all);
      }
    }
  }
  reportNoted("size", "kept, per job", "KiB");
  reportNoted("size, 5 commands", `kept, per job of ${COMMANDS} commands`, "KiB");
  const other = await start(RECOVERY);
  for (const { store } of queues) {
    const queue = await BenchQueue.open(store, "durable", "recovery");
    for (let round = 0; round < warmup + rounds; round++) await recover(queue, store, other);
  }
  await other.end();
  const { lockMs, recoverMs } = RECOVERY;
  reportNoted("recovery", `after kill -9, lock ${lockMs} ms, looks every ${recoverMs} ms`, "ms");
} finally {
  for (const close of closing) await close();
  await Promise.all(workers.map((one) => one.end()));
  for (const store of stores) await store[Symbol.asyncDispose]();
  await model.close();
}
