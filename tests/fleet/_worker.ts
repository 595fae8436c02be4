/** A worker in a process of its own: it is killed, paused and ended from outside. */
import process from "node:process";
import { Codex } from "../../mod.ts";
import { codexWorker } from "../../fleet/bullmq.ts";
import type { WorkerSettings } from "./_fleet.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as WorkerSettings;
const { home, connection, ...options } = settings;
await using worker = await codexWorker({
  ...options,
  ...connection,
  start: () => Codex.start({ codexHome: home.path, cwd: home.workspace, env: { ...home.env } }),
  onError: (error) => console.error(error instanceof Error ? error.message : error),
});
console.log("ready");
await worker.closed;
console.log("closed");
