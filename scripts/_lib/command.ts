import { spawn } from "node:child_process";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { endWithScript, isEnding } from "./interruption.ts";
import { projectRoot } from "./project.ts";

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard output and standard error, in order of arrival. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly seconds: number;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Milliseconds after which the command is ended.
   * @default {300_000}
   */
  readonly timeoutMs?: number;
}

/**
 * Runs a command without standard input and collects its output. A signal that ends this script also ends the command.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  if (isEnding()) return new Promise(() => {});
  const started = performance.now();
  // On Windows, npm is a batch file, which needs a shell, and quotes around what it would split.
  const isBatch = process.platform === "win32" && program === "npm";
  const child = spawn(program, isBatch ? args.map((arg) => `"${arg}"`) : [...args], {
    shell: isBatch,
    cwd: options.cwd ?? projectRoot,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithScript(child);
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((resolve) => {
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, options.timeoutMs ?? 300_000);
    let grace: ReturnType<typeof setTimeout> | undefined;
    const finish = (code: number | null): void => {
      clearTimeout(limit);
      clearTimeout(grace);
      child.stdout.destroy();
      child.stderr.destroy();
      if (isEnding()) return;
      const seconds = (performance.now() - started) / 1000;
      // Not every tool honours NO_COLOR.
      const plain = stripVTControlCharacters(output);
      resolve({ code, stdout, output: plain, timedOut, seconds });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(null);
    });
    child.on("close", finish);
    child.on("exit", (code) => {
      // A grandchild may hold the pipes open, so do not wait long.
      grace = setTimeout(finish, 2_000, code);
    });
  });
}
