/** A worker of the chaos tests in a process of its own: it says which servers it starts, and its tool leaves marks. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { codexWorker, type FleetConnection } from "../../fleet/bullmq.ts";
import { Codex, tool } from "../../mod.ts";

/** What a worker is started with. */
export interface ChaosWorkerSettings {
  readonly name: string;
  readonly connection: FleetConnection;
  readonly home: string;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly marks: string;
  readonly lockMs: number;
  readonly recoverMs: number;
  readonly threadsPerServer: number;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as ChaosWorkerSettings;
const { name, marks } = settings;
const mark = tool<{ step: string }>({
  name: "mark",
  description: "Leaves a mark.",
  input: { type: "object", properties: { step: { type: "string" } }, required: ["step"] },
  run({ step }): string {
    const id = crypto.randomUUID().slice(0, 8);
    for (const moment of ["begin", "end"]) {
      appendFileSync(`${marks}/${step}`, `${name} ${id} ${moment} ${Date.now()}\n`);
    }
    return `did ${step}`;
  },
});
await using worker = await codexWorker({
  name,
  ...settings.connection,
  start: async () => {
    const env = { ...settings.env, CHAOS_WORKER: name };
    const codex = await Codex.start({ codexHome: settings.home, cwd: settings.workspace, env });
    console.log(`server ${codex.pid}`);
    return codex;
  },
  threadsPerServer: settings.threadsPerServer,
  threadOptions: () => ({ tools: [mark] }),
  lockMs: settings.lockMs,
  recoverMs: settings.recoverMs,
  maxKills: 1_000,
  maxLostServers: 1_000,
  drainMs: 500,
  onError: (error) => console.error(error instanceof Error ? error.message : error),
});
console.log("ready");
await worker.closed;
console.log("closed");
