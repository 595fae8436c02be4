/** The worker processes of `bench/fleet.ts`, and the CPU time of other processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FleetConnection } from "../../fleet/bullmq.ts";
import { TemporaryCodexHome } from "../../testing.ts";
import type {
  Work,
  WorkerHome,
  WorkerMessage,
  WorkerRequest,
  WorkerSettings,
  WorkerUsage,
} from "./fleet_worker.ts";
import { COMMANDS } from "./runtime.ts";

/** A worker in a process of its own, on Node, as workers usually run. */
export class BenchWorker {
  readonly #child: ChildProcess;
  readonly #homes: readonly TemporaryCodexHome[];
  readonly #exit: Promise<unknown>;

  private constructor(child: ChildProcess, homes: readonly TemporaryCodexHome[]) {
    this.#child = child;
    this.#homes = homes;
    this.#exit = once(child, "exit");
  }

  static async start(
    settings: Omit<WorkerSettings, "homes">,
    modelUrl: string,
  ): Promise<BenchWorker> {
    const homes = await Promise.all([1, 2].map(() =>
      TemporaryCodexHome.create({
        modelUrl,
        sandboxMode: "danger-full-access",
        rootToml: "request_max_retries = 0",
      })
    ));
    const [bare, durable] = homes.map(({ path, workspace, env }) => ({ path, workspace, env })) as [
      WorkerHome,
      WorkerHome,
    ];
    const whole: WorkerSettings = { ...settings, homes: [bare, durable] };
    const [program, ...args] = COMMANDS.Node;
    const file = fileURLToPath(new URL("fleet_worker.ts", import.meta.url));
    const child = spawn(program, [...args, file, JSON.stringify(whole)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const worker = new BenchWorker(child, homes);
    await worker.reply("ready");
    return worker;
  }

  async usage(): Promise<WorkerUsage> {
    return (await this.#ask({ type: "usage" }, "usage")).usage;
  }

  async serve(connection: FleetConnection, queue: string, work: Work): Promise<void> {
    await this.#ask({ type: "serve", connection, queue, work }, "served");
  }

  async rest(): Promise<void> {
    await this.#ask({ type: "rest" }, "rested");
  }

  /** Runs turns in the worker without a queue. Returns the milliseconds. */
  async run(work: Work, jobs: number, prompt: string): Promise<number> {
    return (await this.#ask({ type: "run", work, jobs, prompt }, "ran")).wallMs;
  }

  /** Ends the worker by `kill -9`. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.send({ type: "close" } satisfies WorkerRequest);
    await this.#exit;
    for (const home of this.#homes) await home.remove();
  }

  #ask<Type extends WorkerMessage["type"]>(
    request: WorkerRequest,
    type: Type,
  ): Promise<Extract<WorkerMessage, { type: Type }>> {
    const reply = this.reply(type);
    this.#child.send(request);
    return reply;
  }

  /** Waits for the next message of a type. */
  async reply<Type extends WorkerMessage["type"]>(
    type: Type,
  ): Promise<Extract<WorkerMessage, { type: Type }>> {
    let listen = (_message: WorkerMessage): void => {};
    const replied = new Promise<WorkerMessage>((resolve) => {
      listen = (message): void => {
        if (message.type === type) resolve(message);
      };
      this.#child.on("message", listen);
    });
    const ended = this.#exit.then(() => {
      throw new Error("a worker ended");
    });
    try {
      return await Promise.race([replied, ended]) as Extract<WorkerMessage, { type: Type }>;
    } finally {
      this.#child.off("message", listen);
    }
  }
}

/** Milliseconds of a tick in `/proc`. */
const TICK_MS = 10;

/** The CPU milliseconds of a process and its children on Linux, those that have ended included; 0 elsewhere. */
export function cpuMsOf(pid: number): number {
  const own = statOf(`${pid}`).slice(11, 15);
  if (own.length === 0) return 0;
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(statOf).filter(
    ([, parent]) => parent === `${pid}`,
  );
  const ticks = [...own, ...children.flatMap((fields) => fields.slice(11, 13))];
  return ticks.reduce((sum, value) => sum + Number(value), 0) * TICK_MS;
}

/** The fields of a process after its name: state, parent and so on. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  } catch {
    return []; // it has ended
  }
}
