import { lstatSync, readdirSync, renameSync, type Stats } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { withScratch } from "../_lib/interruption.ts";
import { StageError } from "./stage_error.ts";

/** When a folder with something in it may be replaced. */
export interface Replacement {
  /** Whether `--force` was given. */
  readonly force: boolean;
  /** Why the folder is not one that an earlier run made; `undefined` if it is. */
  readonly fault: (folder: string) => string | undefined;
}

/**
 * Fills a new folder, which appears under its name when all went well and not at all otherwise.
 *
 * @throws {StageError} if the folder is there already, with something in it that may not be replaced
 */
export async function stagedFolder(
  path: string,
  fill: (folder: string) => Promise<void>,
  replacement?: Replacement,
): Promise<void> {
  const target = resolve(path);
  const exists = checkTarget(path, target, replacement);
  await mkdir(dirname(target), { recursive: true });
  await withScratch(`${dirname(target)}/.${basename(target)}-`, async (scratch) => {
    const made = join(scratch, "new");
    await mkdir(made);
    await fill(made);
    await chmod(made, 0o755);
    // Nothing comes between these two, a signal neither: there is always one of the folders.
    if (exists) renameSync(target, join(scratch, "old"));
    renameSync(made, target);
  });
}

/** Whether there is something to replace. */
function checkTarget(path: string, target: string, replacement?: Replacement): boolean {
  const found: Stats | undefined = lstatSync(target, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw new StageError(`"${path}" is not a folder: give a new one`);
  if (readdirSync(target).length === 0) return true;
  if (replacement === undefined) throw new StageError(`"${path}" is not empty: give a new folder`);
  const fault = replacement.fault(target);
  if (replacement.force && fault === undefined) return true;
  throw new StageError(
    fault === undefined
      ? `"${path}" is not empty: give a new folder, or --force to replace the package in it`
      : `"${path}" is not empty, and --force does not replace it, as ${fault}: give a new folder`,
  );
}
