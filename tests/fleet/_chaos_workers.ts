/** The workers of a chaos run: killed, paused and replaced. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { TemporaryCodexHome } from "../../testing.ts";
import { scriptCommand } from "../process/_current.ts";
import type { ChaosWorkerSettings } from "./_chaos_worker.ts";
import { ended, exitOf } from "./_postgres.ts";

/** Milliseconds for a worker to start or end. */
const LIMIT_MS = 120_000;

/** A worker of a chaos run. */
export class ChaosWorker {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | string | null>;
  readonly #home: TemporaryCodexHome;
  readonly #pids: number[] = [];
  readonly ready: Promise<void>;
  /** What it reported beside its jobs. */
  stderr = "";
  hasEnded = false;

  private constructor(name: string, home: TemporaryCodexHome, child: ChildProcess) {
    this.name = name;
    this.#home = home;
    this.#child = child;
    this.#exit = exitOf(child);
    void this.#exit.then(() => this.hasEnded = true);
    child.stderr?.on("data", (chunk) => this.stderr = (this.stderr + chunk).slice(-4_000));
    this.ready = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${name} is not ready`)), LIMIT_MS);
      child.stdout?.on("data", (chunk) => {
        for (const [, pid] of `${chunk}`.matchAll(/server (\d+)/g)) this.#pids.push(Number(pid));
        if (!`${chunk}`.includes("ready")) return;
        clearTimeout(late);
        resolve();
      });
      void this.#exit.then(() => {
        clearTimeout(late);
        reject(new Error(`${name} ended: ${this.stderr}`));
      });
    });
    this.ready.catch(() => {});
  }

  static async start(
    options: Omit<ChaosWorkerSettings, "home" | "workspace" | "env"> & { readonly model: string },
  ): Promise<ChaosWorker> {
    const { model, ...settings } = options;
    const home = await TemporaryCodexHome.create({
      modelUrl: model,
      sandboxMode: "danger-full-access",
      rootToml: "request_max_retries = 0",
    });
    const { path, workspace, env } = home;
    const whole: ChaosWorkerSettings = { ...settings, home: path, workspace, env };
    const file = fileURLToPath(new URL("_chaos_worker.ts", import.meta.url));
    const [program = "", ...args] = scriptCommand(file, "-A", "--no-check");
    const child = spawn(program, [...args, JSON.stringify(whole)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new ChaosWorker(settings.name, home, child);
  }

  /** Sends a signal to the worker. */
  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) process.kill(this.#child.pid ?? 0, signal);
  }

  /** Sends a signal to its newest app-server. */
  async signalServer(signal: NodeJS.Signals): Promise<void> {
    const pid = this.#pids.at(-1);
    if (pid !== undefined && await isCodex(pid)) process.kill(pid, signal);
  }

  /** Ends it for good, and removes its home. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.signal("SIGCONT");
    this.signal(signal);
    await ended(this.#exit, this.name, LIMIT_MS);
    for (const pid of this.#pids) {
      const until = Date.now() + LIMIT_MS;
      while (await isCodex(pid) && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await this.#home.remove();
  }
}

/** Whether a process is a running app-server. */
async function isCodex(pid: number): Promise<boolean> {
  const [command, stat] = await Promise.all(
    ["cmdline", "stat"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")),
  );
  return command?.includes("codex") === true && !/\) Z /.test(stat ?? "");
}
