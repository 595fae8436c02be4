/**
 * Cleans up when a signal ends a script: first ends the running commands, then removes the folders that they wrote to.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";

const signals: readonly NodeJS.Signals[] = process.platform === "win32"
  ? ["SIGINT"] // Windows has no other
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Milliseconds for a command to end after it is asked to. */
const GRACE_MS = 5_000;

const commands = new Set<ChildProcess>();
const folders = new Set<string>();
let ending = false;

/** Ends a command when this script is ended, so that it is not left behind. */
export function endWithScript(child: ChildProcess): void {
  change(() => commands.add(child));
  const gone = (): void => change(() => commands.delete(child));
  child.once("exit", gone).once("error", gone);
}

/** Whether a signal is ending the script: then start nothing new, and report no failures. */
export function isEnding(): boolean {
  return ending;
}

/**
 * Makes a folder for the time of an action. It is gone afterwards, also when a signal ends the script.
 *
 * @param prefix what its name begins with, among the system's temporary files unless it is a whole path
 */
export async function withScratch<T>(
  prefix: string,
  action: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(isAbsolute(prefix) ? prefix : join(tmpdir(), prefix));
  change(() => folders.add(folder));
  try {
    return await action(folder);
  } finally {
    // A process that is ending may still write to it.
    if (!await until(() => isRemoved(folder), GRACE_MS)) console.error(`Cannot remove "${folder}"`);
    change(() => folders.delete(folder));
  }
}

/** Listens for signals as long as there is something to clean up. */
function change(action: () => void): void {
  const before = commands.size + folders.size;
  action();
  const after = commands.size + folders.size;
  if (before === 0 && after > 0) { for (const signal of signals) process.on(signal, end); }
  if (before > 0 && after === 0) { for (const signal of signals) process.off(signal, end); }
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (ending) return;
  ending = true;
  for (const child of commands) child.kill("SIGTERM");
  await until(() => commands.size === 0, GRACE_MS);
  for (const child of commands) child.kill("SIGKILL");
  // The command's own children may still write for a moment.
  await until(() => [...folders].every(isRemoved), GRACE_MS);
  process.exit(128 + constants.signals[signal]);
}

/** Waits for a condition, and returns whether it came true in time. */
export async function until(condition: () => boolean, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() >= limit) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}
