/** A worker: a process with its own app-server. `main.ts` starts two, and kills one. */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { gitWorkspaces } from "@codex-app-server/sdk/fleet";
import { codexWorker } from "@codex-app-server/sdk/fleet/bullmq";
import type { WorkerSettings } from "./workers.ts";

const { name, postgres, home, folder, root } = JSON.parse(
  process.argv[2] ?? "{}",
) as WorkerSettings;
await using worker = await codexWorker({
  name,
  postgres: { ...postgres },
  start: () => Codex.start({ codexHome: home.path, cwd: home.workspace, env: { ...home.env } }),
  threadsPerServer: 2,
  openWorkspace: gitWorkspaces({ root, folders: { handbook: folder } }),
  // Short, so that one sees the recovery; 30 and 10 seconds are the defaults.
  lockMs: 2_000,
  recoverMs: 500,
  onError: (error) => console.error(error instanceof Error ? error.message : error),
});
console.log("ready");
// The program that started it may be gone without a word.
process.stdin.resume().once("end", () => void worker.close()).once("error", () => {});
await worker.closed;
process.stdin.destroy();
