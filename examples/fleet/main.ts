/**
 * A fleet on this machine, with nothing to install: PostgreSQL, two workers, ten jobs and a page that shows them. One
 * worker is killed while you watch, and another one finishes its jobs.
 *
 *     npm run fleet            until Ctrl-C; you answer the question of a job on the page
 *     npm run fleet -- --once  answers it itself, and ends with the last job
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { printable } from "@codex-app-server/sdk";
import { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";
import { ModelServer } from "@codex-app-server/sdk/testing";
import { listen, untilStopped } from "../web/listen.ts";
import { JOBS, LONG, respond } from "./jobs.ts";
import { startPostgres } from "./postgres.ts";
import { createDashboard, pageFiles } from "./server.ts";
import { Watch } from "./watch.ts";
import { Closing, WorkerProcess } from "./workers.ts";

const isOnce = process.argv.includes("--once");
const stopped = untilStopped();
const folder = await mkdtemp(join(tmpdir(), "codex-fleet-"));
await using closing = new Closing();
closing.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
const handbook = join(folder, "handbook");
await mkdir(handbook);
await writeFile(join(handbook, "handbook.md"), "# Handbook\n\nWhat everybody should know.\n");

const postgres = closing.use(await startPostgres());
const model = closing.use(await ModelServer.start({ respond }));
console.log(
  "Model: SCRIPTED, its words are made up. PostgreSQL, the binary and the commands are real.",
);
const settings = { postgres: postgres.address, folder: handbook };
const workers: WorkerProcess[] = [];
const startWorker = async (): Promise<WorkerProcess> => {
  const name = `worker-${workers.length + 1}`;
  const root = join(folder, name);
  const worker = await WorkerProcess.start({ ...settings, name, root }, model.url);
  workers.push(closing.use(worker));
  return worker;
};
await startWorker();
await startWorker();
const fleet = closing.use(await CodexFleet.open({ postgres: { ...postgres.address } }));

let killed: { readonly name: string; readonly atMs: number } | undefined;
let replacement: Promise<unknown> = Promise.resolve();
const watch = new Watch(fleet, (run, event) => {
  const isLong = event.type === "itemStarted" && event.item.type === "commandExecution" &&
    event.item.command.includes("sleep 3");
  if (run.id === LONG && isLong && killed === undefined) {
    const name = run.workers.at(-1)?.name;
    const worker = workers.find((one) => one.name === name);
    if (worker === undefined) return;
    killed = { name: worker.name, atMs: Date.now() };
    console.log(`Killed ${worker.name} in the middle of "${LONG}"; worker-3 comes in its place.`);
    worker.kill();
    replacement = startWorker();
  }
  if (event.type === "request") {
    console.log(`"${run.id}" asks for consent${isOnce ? "" : ": answer it on the page"}.`);
    if (isOnce) void fleet.run(run.id).answer(event.requestId, "accept", { by: "the example" });
  }
  if (event.type === "ended") console.log(`"${run.id}" ${event.result.status}.`);
});
closing.defer(() => watch.stop());

// Other users of this machine reach the port too: who has no key sees nothing.
const key = crypto.randomUUID();
const hosts: string[] = [];
const dashboard = createDashboard({
  ...{ fleet, watch, workers, key, hosts },
  files: isOnce ? new Map() : await pageFiles(),
});
const server = await listen(dashboard.fetch, Number(process.env["PORT"] ?? 0));
closing.use(server);
closing.defer(() => dashboard.close());
hosts.push(`127.0.0.1:${server.port}`, `localhost:${server.port}`);
if (!isOnce) {
  console.log(`\nOpen http://127.0.0.1:${server.port}/?key=${key}\nCtrl-C ends everything.\n`);
}

for (const job of JOBS) {
  const run = await fleet.submit(job);
  watch.follow(run.id);
}
const all = watch.ended().then(async () => {
  await replacement;
  printSummary();
});
await (isOnce ? Promise.race([all, stopped]) : stopped);
await replacement.catch(() => {});

/** Prints what has happened to each job. */
function printSummary(): void {
  console.log("\njob          ended      workers               finished items  changed files");
  for (const { id, workers: had, items, finished, result } of watch.runs.values()) {
    const { files = [] } = result?.workspace as { readonly files?: readonly string[] } ?? {};
    const columns = [
      id.padEnd(12),
      (result?.status ?? "").padEnd(10),
      had.map(({ name }) => name).join(" -> ").padEnd(21),
      `${items.size}${items.size === finished ? "" : " (repeated!)"}`.padEnd(15),
      files.join(", "),
    ];
    console.log(printable(columns.join(" ")));
  }
  const next = watch.runs.get(LONG)?.workers[1];
  if (killed === undefined || next === undefined) return;
  const seconds = ((next.atMs - killed.atMs) / 1_000).toFixed(1);
  console.log(
    `\n${killed.name} was killed; ${next.name} went on with "${LONG}" ${seconds} s later.`,
  );
}
