/** A worker process of `bench/fleet.ts`: serves a queue, or runs turns without one. */
import process from "node:process";
import pg from "pg";
import { Redis } from "ioredis";
import { Codex } from "../../mod.ts";
import { codexWorker, type FleetConnection } from "../../fleet/bullmq.ts";
import { memoryStore, runAgentJob, type ThreadStore } from "../../fleet.ts";
import { openConnection } from "../../src/bullmq/connection.ts";

/** A `CODEX_HOME` for the worker. */
export interface WorkerHome {
  readonly path: string;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a worker is started with. */
export interface WorkerSettings {
  /** For turns that stay in their home, and for durable jobs: an app-server deletes threads slowly where many are. */
  readonly homes: readonly [bare: WorkerHome, durable: WorkerHome];
  /** How many jobs it runs at a time. */
  readonly concurrency: number;
  readonly lockMs: number;
  readonly recoverMs: number;
}

/** What a job does in a worker. */
export type Work = "empty" | "turn" | "durable";

/** What a worker is asked. */
export type WorkerRequest =
  | { readonly type: "usage" | "rest" | "close" }
  | {
    readonly type: "serve";
    readonly connection: FleetConnection;
    readonly queue: string;
    readonly work: Work;
  }
  | { readonly type: "run"; readonly work: Work; readonly jobs: number; readonly prompt: string };

/** What a worker sends. */
export type WorkerMessage =
  | { readonly type: "ready" | "completed" | "served" | "rested" }
  | { readonly type: "usage"; readonly usage: WorkerUsage }
  | { readonly type: "ran"; readonly wallMs: number };

/** What a process has used since its start. */
export interface WorkerUsage {
  /** CPU milliseconds of this process. */
  readonly cpuMs: number;
  /** Statements or commands that it has sent. */
  readonly commands: number;
  /** The ids of the app-servers. */
  readonly servers: readonly number[];
}

function send(message: WorkerMessage): void {
  process.send?.(message);
}

let commands = 0;
countCalls(pg.Client.prototype, "query");
countCalls(Redis.prototype, "sendCommand");

function countCalls(prototype: object, name: string): void {
  const owner = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = owner[name];
  owner[name] = function (this: unknown, ...args: unknown[]): unknown {
    commands++;
    return original?.apply(this, args);
  };
}

const settings = JSON.parse(process.argv[2] ?? "{}") as WorkerSettings;
const { homes, concurrency, lockMs, recoverMs } = settings;
const [bare, durable] = await Promise.all(homes.map(({ path, workspace, env }) => {
  return Codex.start({ codexHome: path, cwd: workspace, env: { ...env } });
})) as [Codex, Codex];
/** Pools end their servers; this one serves again. */
const kept = new Proxy(durable, {
  get: (codex, name): unknown => {
    if (name === "close") return () => Promise.resolve();
    const value: unknown = Reflect.get(codex, name, codex);
    return typeof value === "function" ? value.bind(codex) : value;
  },
});

async function turn(prompt: string): Promise<void> {
  await using thread = await bare.threadStart();
  const { status } = await thread.run(prompt);
  if (status !== "completed") throw new Error(`the turn was ${status}`);
}

let rest: () => Promise<void> = () => Promise.resolve();

async function serve(
  connection: FleetConnection,
  queue: string,
  work: Work,
): Promise<void> {
  if (work === "durable") {
    const worker = await codexWorker({
      ...{ ...connection, queue, concurrency, threadsPerServer: concurrency, lockMs, recoverMs },
      start: () => Promise.resolve(kept),
      handleSignals: false,
    });
    rest = () => worker.close();
    return;
  }
  const opened = await openConnection({ ...connection, queue });
  const { name, connection: address, backend } = opened.workerOf(undefined);
  const worker = new opened.bullmq.Worker<{ readonly prompt: string }>(
    name,
    work === "empty" ? () => Promise.resolve() : ({ data }) => turn(data.prompt),
    {
      connection: address as never,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: recoverMs,
    },
    backend as never,
  );
  worker.on("error", (error) => console.error(error));
  worker.on("completed", () => send({ type: "completed" }));
  await worker.waitUntilReady();
  rest = async () => {
    await worker.close();
    await opened.close();
  };
}

let runs = 0;
const parts = new Map<string, Uint8Array>();
const threads: ThreadStore = {
  put: (key, bytes) => Promise.resolve(void parts.set(key, bytes.slice())),
  get: (key) => Promise.resolve(parts.get(key)),
  remove: (keys) => Promise.resolve(keys.forEach((key) => parts.delete(key))),
};

/** Runs turns without a queue, as many at a time as a worker does. Returns the milliseconds. */
async function run(work: Work, jobs: number, prompt: string): Promise<number> {
  const store = memoryStore();
  let left = jobs;
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (left-- > 0) {
      if (work === "turn") await turn(prompt);
      else await runAgentJob({ id: `run-${runs++}`, prompt }, { codex: durable, store, threads });
    }
  }));
  return performance.now() - start;
}

async function answer(request: WorkerRequest): Promise<void> {
  if (request.type === "usage") {
    const { user, system } = process.cpuUsage();
    const servers = [bare.pid ?? 0, durable.pid ?? 0];
    send({ type: "usage", usage: { cpuMs: (user + system) / 1_000, commands, servers } });
  } else if (request.type === "serve") {
    await serve(request.connection, request.queue, request.work);
    send({ type: "served" });
  } else if (request.type === "run") {
    send({ type: "ran", wallMs: await run(request.work, request.jobs, request.prompt) });
  } else {
    await rest();
    rest = () => Promise.resolve();
    if (request.type === "rest") return send({ type: "rested" });
    await Promise.all([bare.close(), durable.close()]);
    process.disconnect();
  }
}

process.on("message", (request: WorkerRequest) => {
  answer(request).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
send({ type: "ready" });
