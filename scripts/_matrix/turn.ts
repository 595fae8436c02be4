import { copyFile } from "node:fs/promises";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runCommand } from "../_lib/command.ts";
import { cleanEnvironment, type Environment } from "./environment.ts";
import { programOf, runArguments, type Runtime } from "./runtimes.ts";
import type { Tools } from "./tools.ts";

/** A turn in a consumer's project. */
export interface TurnOptions {
  readonly runtime: Runtime;
  readonly tools: Tools;
  readonly project: string;
  readonly home: string;
  /** The version that SDK and binary have to tell. */
  readonly version: string;
  /** Part of the path of the executable that has to run, such as the name of its package. */
  readonly executable: string;
  readonly env: Environment;
}

/** What a turn came to. */
export interface TurnReport {
  /** `Node 20.20.2`. */
  readonly runtime: string;
  /** The file that ran, where the system tells. */
  readonly executable: string | null;
  readonly seconds: number;
}

/**
 * Runs one turn and holds it to what a turn is.
 *
 * @throws {Error} with all that the program said
 */
export async function runTurn(options: TurnOptions): Promise<TurnReport> {
  const { runtime, tools, project, home, version, env } = options;
  const source = fileURLToPath(new URL("consumer/turn.mjs", import.meta.url));
  const file = join(project, "turn.mjs");
  await copyFile(source, file);
  const program = programOf(runtime, tools);
  const run = await runCommand(program, runArguments(runtime, file), {
    cwd: project,
    env: { ...cleanEnvironment(home, program), ...env },
    timeoutMs: 120_000,
  });
  const fail = (reason: string): never => {
    throw new Error(`${runtime}: ${reason}\n${run.output.slice(-4_000)}`);
  };
  if (run.timedOut) return fail("the program did not end");
  if (run.code !== 0) return fail(`the program ended with code ${run.code}`);
  const told = lastJson(run.stdout);
  const wrong = Object.entries(expected(version)).filter(([key, value]) => {
    return JSON.stringify(told[key]) !== JSON.stringify(value);
  });
  if (wrong.length > 0) return fail(`not as expected: ${wrong.map(([key]) => key).join(", ")}`);
  const executable = typeof told["executable"] === "string" ? told["executable"] : null;
  const isRight = isInstalled(executable, [project, home]) &&
    executable?.includes(options.executable);
  if (process.platform === "linux" && !isRight) {
    return fail(`the binary of another place ran: ${executable}`);
  }
  return { runtime: String(told["runtime"]), executable, seconds: run.seconds };
}

function expected(version: string): Record<string, unknown> {
  return {
    sdk: version,
    codex: version,
    status: "completed",
    finalResponse: "a turn",
    pieces: ["a ", "turn"],
    asked: "Say hello",
  };
}

/** Whether the binary is one that was installed for this consumer, and not one of this machine. */
function isInstalled(executable: string | null, folders: readonly string[]): boolean {
  return folders.some((folder) => executable?.startsWith(realpathSync(folder) + "/"));
}

function lastJson(stdout: string): Record<string, unknown> {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
