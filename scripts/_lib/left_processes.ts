import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { until } from "./interruption.ts";

/** How long processes may outlive the tests that started them, in milliseconds. */
const LEAVE_MS = 2_000;

/** Ends the processes that were started in or with a folder and still run, and names them; only Linux lists them. */
export async function endProcessesOf(folder: string): Promise<string[]> {
  if (process.platform !== "linux") return [];
  await until(() => processesOf(folder).size === 0, LEAVE_MS);
  const left = processesOf(folder);
  for (const pid of left.keys()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch { /* it is gone */ }
  }
  await until(() => processesOf(folder).size === 0, LEAVE_MS);
  return [...left].map(([pid, command]) => `${pid} ${command}`);
}

/** The command lines, by id, of the processes that name a folder in their environment, arguments or working directory. */
function processesOf(folder: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of readdirSync("/proc").map(Number)) {
    if (!(pid > 0) || pid === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      const names = command + readFileSync(`/proc/${pid}/environ`) +
        readlinkSync(`/proc/${pid}/cwd`);
      if (names.includes(folder)) found.set(pid, command.replaceAll("\0", " ").trim());
    } catch { /* it is gone, or somebody else's */ }
  }
  return found;
}
