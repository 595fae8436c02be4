/** The Python SDK, in a virtual environment of the benchmarks' own. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../scripts/_lib/project.ts";
import type { Sample } from "./alternate.ts";
import { type Command, jsonOf } from "./runtime.ts";

/** The SDK and what it imports. Without the runtime that it depends on: every variant runs the same binary. */
const PACKAGES = ["openai-codex==0.163.0", "pydantic==2.14.4", "packaging==26.2"] as const;
const DRIVER = fileURLToPath(new URL("python_sdk.py", import.meta.url));
const FOLDER = join(projectRoot, "node_modules", ".cache", "bench-python");
/** The variable that names the Python of the environment; without it, nothing is measured in Python. */
const PYTHON_VARIABLE = "BENCH_PYTHON";

/** The row of the Python SDK. */
export const PYTHON_SDK = "Python SDK";

/**
 * Makes the environment unless it exists, and names its Python in `BENCH_PYTHON` for the benchmarks that follow. Says
 * so where there is no Python, or the packages cannot be installed.
 */
export function preparePython(): void {
  const python = process.platform === "win32"
    ? join(FOLDER, "Scripts", "python.exe")
    : join(FOLDER, "bin", "python");
  const run = (program: string, ...args: string[]): void => {
    const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) throw error ?? new Error(stderr.trim().split("\n").at(-1));
  };
  try {
    try {
      run(python, DRIVER, "check", PACKAGES[0].split("==")[1] ?? "");
    } catch {
      rmSync(FOLDER, { recursive: true, force: true });
      run("python3", "-m", "venv", FOLDER);
      const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      const [sdk, ...others] = PACKAGES;
      run(python, ...install, "--no-deps", sdk);
      run(python, ...install, ...others);
    }
    process.env[PYTHON_VARIABLE] = python;
  } catch (error) {
    if (existsSync(FOLDER)) rmSync(FOLDER, { recursive: true });
    console.log(`The Python SDK is not measured: ${(error as Error).message}`);
  }
}

/** How to run a command of the driver; `undefined` without Python. */
export function pythonCommand(...args: readonly string[]): Command | undefined {
  const python = process.env[PYTHON_VARIABLE];
  return python === undefined ? undefined : [python, DRIVER, ...args];
}

/** What a command of the driver measured. */
export interface PythonSample extends Required<Sample> {
  readonly events: number;
  readonly letters: number;
  readonly text: string | null;
  readonly peakMb: number;
}

/** Runs a command of the driver that measures once; `undefined` without Python. */
export function pythonOnce(
  ...args: readonly string[]
): (() => Promise<PythonSample>) | undefined {
  const command = pythonCommand(...args);
  return command === undefined ? undefined : () => jsonOf(command);
}

/** A driver that keeps running. */
export interface PythonServer extends Disposable {
  /** Does the work of its command once. */
  measure(): Promise<PythonSample>;
}

/** Starts a command of the driver that measures each time it is asked; `undefined` without Python. */
export function startPython(...args: readonly string[]): PythonServer | undefined {
  const [program, ...first] = pythonCommand(...args) ?? [];
  if (program === undefined) return undefined;
  const child = spawn(program, first, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async measure(): Promise<PythonSample> {
      child.stdin.write("\n");
      const { value, done } = await lines.next();
      if (done === true) throw new Error("The driver of the Python SDK exited");
      return JSON.parse(value);
    },
    [Symbol.dispose]: (): void => void child.stdin.end(),
  };
}
