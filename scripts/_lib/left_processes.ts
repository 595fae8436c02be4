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

/** The command lines, by process id, of the processes that name a folder in their environment, arguments or working directory. */
function processesOf(folder: string): Map<number, string> {
  const pids = readdirSync("/proc").map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  return new Map(pids.flatMap((pid): [number, string][] => {
    try {
      const [environment, command] = ["environ", "cmdline"].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, "utf8")
      ) as [string, string];
      const names = [environment, command, readlinkSync(`/proc/${pid}/cwd`)];
      if (!names.some((text) => text.includes(folder))) return [];
      return [[pid, command.replaceAll("\0", " ").trim()]];
    } catch {
      return []; // gone, or somebody else's
    }
  }));
}
