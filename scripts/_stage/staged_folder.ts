import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, rename, rmdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { withScratch } from "../_lib/interruption.ts";
import { StageError } from "./stage_error.ts";

/**
 * Fills a new folder, which appears under its name when all went well and not at all otherwise.
 *
 * @throws {StageError} when the folder is there already, with something in it
 */
export async function stagedFolder(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const target = resolve(path);
  const exists = existsSync(target);
  if (exists && readdirSync(target).length > 0) {
    throw new StageError(`"${path}" is not empty: give a new folder`);
  }
  await mkdir(dirname(target), { recursive: true });
  await withScratch(`${dirname(target)}/.${basename(target)}-`, async (folder) => {
    await fill(folder);
    await chmod(folder, 0o755); // made for its maker alone
    if (exists) await rmdir(target);
    await rename(folder, target);
  });
}
