/** A fleet for tests: PostgreSQL, a scripted model, and workers in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { CodexFleet, type FleetConnection, type FleetRun } from "../../fleet/bullmq.ts";
import type { FleetEvent, StoredEvent } from "../../fleet.ts";
import { ModelServer, TemporaryCodexHome } from "../../testing.ts";
import { scriptCommand } from "../process/_current.ts";
import { ended, exitOf, startPostgres, type TestPostgres } from "./_postgres.ts";
import { startRedis, type TestRedis } from "./_redis.ts";

/** What a worker is started with. */
export interface WorkerSettings {
  readonly name: string;
  readonly home: {
    readonly path: string;
    readonly workspace: string;
    readonly env: Readonly<Record<string, string>>;
  };
  readonly connection: FleetConnection;
  readonly lockMs: number;
  readonly recoverMs: number;
  readonly drainMs?: number;
  readonly accounts?: readonly string[];
}

/** Milliseconds for a process to start or end. */
const LIMIT_MS = 45_000;

/** A worker in a process of its own. */
export class TestWorker implements AsyncDisposable {
  readonly name: string;
  readonly home: TemporaryCodexHome;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | string | null>;
  #stderr = "";
  #hasEnded = false;

  private constructor(name: string, home: TemporaryCodexHome, child: ChildProcess) {
    this.name = name;
    this.home = home;
    this.#child = child;
    this.#exit = exitOf(child).finally(() => this.#hasEnded = true);
    child.stderr?.on("data", (chunk) => this.#stderr += chunk);
  }

  static async start(
    settings: Omit<WorkerSettings, "home">,
    modelUrl: string,
  ): Promise<TestWorker> {
    const home = await TemporaryCodexHome.create({
      modelUrl,
      sandboxMode: "danger-full-access",
      rootToml: "request_max_retries = 0",
    });
    const { path, workspace, env } = home;
    const whole: WorkerSettings = { ...settings, home: { path, workspace, env } };
    const file = fileURLToPath(new URL("_worker.ts", import.meta.url));
    const [program = "", ...args] = scriptCommand(file, "-A", "--no-check");
    const child = spawn(program, [...args, JSON.stringify(whole)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const worker = new TestWorker(settings.name, home, child);
    await worker.#ready();
    return worker;
  }

  kill(signal: NodeJS.Signals): void {
    // Under Deno, kill() of a child works once.
    if (!this.#hasEnded) process.kill(this.#child.pid ?? 0, signal);
  }

  /** Fulfils with the code or the signal when the process has ended. */
  ended(): Promise<number | string | null> {
    return ended(this.#exit, this.name, LIMIT_MS);
  }

  /** Ends the worker as a service manager does. Returns whether it came to its end. */
  async stop(): Promise<boolean> {
    let output = "";
    this.#child.stdout?.on("data", (chunk) => output += chunk);
    this.kill("SIGTERM");
    await this.ended(); // under Deno, the code is lost once a signal was sent
    return output.includes("closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGCONT");
    this.kill("SIGKILL");
    await this.ended();
    // The server of a killed worker ends a moment later, and writes to its home until then.
    for (let quiet = 0; quiet < 3;) {
      const isThere = existsSync(dirname(this.home.path));
      if (isThere) await this.home.remove();
      quiet = isThere ? 0 : quiet + 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`${this.name} did not start: ${this.#stderr}`));
      const late = setTimeout(fail, LIMIT_MS);
      this.#child.once("exit", fail);
      this.#child.stdout?.on("data", (chunk) => {
        if (!`${chunk}`.includes("ready")) return;
        clearTimeout(late);
        this.#child.off("exit", fail);
        resolve();
      });
    });
  }
}

/** A database, a model and a fleet. */
export class TestFleet implements AsyncDisposable {
  readonly connection: FleetConnection;
  readonly #database: TestPostgres | TestRedis;
  readonly model: ModelServer;
  readonly fleet: CodexFleet;

  private constructor(
    connection: FleetConnection,
    database: TestPostgres | TestRedis,
    model: ModelServer,
    fleet: CodexFleet,
  ) {
    this.connection = connection;
    this.#database = database;
    this.model = model;
    this.fleet = fleet;
  }

  static async start(kind: "postgres" | "redis" = "postgres"): Promise<TestFleet> {
    const starting = kind === "postgres" ? startPostgres() : startRedis();
    const [database, model] = await Promise.all([starting, ModelServer.start()]);
    const connection: FleetConnection = { [kind]: { ...database.address } };
    return new TestFleet(connection, database, model, await CodexFleet.open(connection));
  }

  /** Starts a worker whose jobs are taken over soon after it is gone. */
  worker(name: string, options: Partial<WorkerSettings> = {}): Promise<TestWorker> {
    const { connection } = this;
    return TestWorker.start(
      { name, connection, lockMs: 2_000, recoverMs: 500, ...options },
      this.model.url,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet.close();
    await this.model.close();
    await this.#database[Symbol.asyncDispose]();
  }
}

/** Waits for an event of a run. */
export async function until<Output>(
  run: FleetRun<Output>,
  matches: (event: FleetEvent) => boolean,
): Promise<StoredEvent> {
  for await (const stored of run.events(0, { signal: AbortSignal.timeout(LIMIT_MS) })) {
    if (matches(stored.event)) return stored;
  }
  throw new Error(`run "${run.id}" ended without: ${JSON.stringify(await storyOf(run))}`);
}

/** Waits for the answer of a run. */
export async function answerOf<Output>(run: FleetRun<Output>): Promise<string | null> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  return await run.result({ signal }).then(({ finalResponse }) => finalResponse, async (cause) => {
    throw new Error(`run "${run.id}" has no answer: ${JSON.stringify(await storyOf(run))}`, {
      cause,
    });
  });
}

/** The whole story of a run. */
export async function storyOf<Output>(run: FleetRun<Output>): Promise<FleetEvent[]> {
  const events: FleetEvent[] = [];
  for await (const { event } of run.story()) events.push(event);
  return events;
}
