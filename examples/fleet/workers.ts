/** The worker processes of the example. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { TemporaryCodexHome } from "@codex-app-server/sdk/testing";
import { ended, exitOf, type PostgresAddress } from "./postgres.ts";

/** What a worker is started with. */
export interface WorkerSettings {
  readonly name: string;
  readonly postgres: PostgresAddress;
  readonly home: {
    readonly path: string;
    readonly workspace: string;
    readonly env: Readonly<Record<string, string>>;
  };
  /** The folder that the jobs get copies of. */
  readonly folder: string;
  /** Where the copies go. */
  readonly root: string;
}

/** Milliseconds for a worker to start or end. */
const LIMIT_MS = 60_000;

/** A worker process, with a `CODEX_HOME` of its own as on another machine. */
export class WorkerProcess implements AsyncDisposable {
  readonly name: string;
  state: "up" | "killed" | "ended" = "up";
  readonly #home: TemporaryCodexHome;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | string | null>;

  private constructor(name: string, home: TemporaryCodexHome, child: ChildProcess) {
    this.name = name;
    this.#home = home;
    this.#child = child;
    this.#exit = exitOf(child);
  }

  static async start(
    settings: Omit<WorkerSettings, "home">,
    modelUrl: string,
  ): Promise<WorkerProcess> {
    const home = await TemporaryCodexHome.create({ modelUrl, sandboxMode: "workspace-write" });
    const { path, workspace, env } = home;
    const whole: WorkerSettings = { ...settings, home: { path, workspace, env } };
    const file = fileURLToPath(new URL("worker.ts", import.meta.url));
    const flags = "Deno" in globalThis ? ["run", "-A", "--no-check"] : process.execArgv;
    const child = spawn(process.execPath, [...flags, file, JSON.stringify(whole)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const worker = new WorkerProcess(settings.name, home, child);
    try {
      await worker.#ready();
      return worker;
    } catch (error) {
      await worker[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Kills the process, as a crash of its machine would. */
  kill(): void {
    this.state = "killed";
    this.#child.kill("SIGKILL");
  }

  /** Lets the worker hand over what runs, and ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === "up") {
      this.state = "ended";
      this.#child.kill("SIGTERM");
    }
    await ended(this.#exit, this.name, LIMIT_MS).catch(async () => {
      this.#child.kill("SIGKILL");
      await this.#exit;
    });
    // The server of a killed worker ends a moment later, and writes to its home until then.
    for (let quiet = 0; quiet < 3;) {
      const isThere = existsSync(dirname(this.#home.path));
      if (isThere) await this.#home.remove();
      quiet = isThere ? 0 : quiet + 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`${this.name} did not start`));
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

/** What must be ended in the end, the newest first: Node 20 has no `AsyncDisposableStack`. */
export class Closing implements AsyncDisposable {
  readonly #ends: (() => unknown)[] = [];

  /** Disposes of a resource in the end. */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Calls a function in the end. */
  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
  }
}
