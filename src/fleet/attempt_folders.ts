/** Folders of attempts, and what a killed worker has left of them. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import host from "node:process";
import { timeOfDay } from "../util/clock.ts";

const OWNER = "owner";
/** Milliseconds by which clocks of files and of the process may differ. */
const TOLERANCE_MS = 2_000;

/** Makes the folder of an attempt. */
export async function makeAttemptFolder(
  root: string,
  runId: string,
  epoch: number,
): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const name = runId.replaceAll(/[^\w-]/g, "_").slice(0, 60);
  const folder = await mkdtemp(join(root, `${name}-${epoch}-`));
  await writeFile(join(folder, OWNER), `${host.pid} ${hostname()}`);
  return folder;
}

/** Removes the folder of an attempt. */
export async function removeAttemptFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Removes what killed workers of this machine have left. */
export async function sweepAttemptFolders(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const folder = join(root, name);
    const file = join(folder, OWNER);
    const owner = await readFile(file, "utf8").catch(() => "");
    const [pid, machine] = owner.split(" ");
    if (machine !== hostname()) continue;
    const madeAtMs = (await stat(file).catch(() => undefined))?.mtimeMs;
    if (madeAtMs === undefined || isRunning(Number(pid), madeAtMs)) continue;
    await removeAttemptFolder(folder).catch(() => {}); // its server may still write; the next sweep comes
  }
}

/** Whether the process that made a folder still runs. One with our own id may have run before us, as in a container. */
function isRunning(pid: number, madeAtMs: number): boolean {
  if (pid === host.pid) {
    return madeAtMs > timeOfDay() - host.uptime() * 1_000 - TOLERANCE_MS;
  }
  try {
    host.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}
