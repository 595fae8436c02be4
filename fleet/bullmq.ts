/**
 * A fleet on BullMQ, with PostgreSQL or Redis: {@linkcode CodexFleet} submits jobs and follows them, {@linkcode codexWorker} runs
 * them. Needs the packages `bullmq`, and `pg` or `ioredis`.
 *
 * @example
 * ```ts
 * import { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * async function main(): Promise<void> {
 *   await using fleet = await CodexFleet.open({ postgres: "postgres://fleet@db/agents" });
 *   const run = await fleet.submit({ id: "invoice-17", prompt: "Check invoice 17." });
 *   for await (const { seq, event } of run.events()) console.log(seq, event.type);
 * }
 * ```
 *
 * @module
 */
export { CodexFleet } from "../src/bullmq/codex_fleet.ts";
export type {
  FleetOptions,
  JobState,
  ListedJob,
  ScheduleTimes,
  SubmitOptions,
} from "../src/bullmq/codex_fleet.ts";
export { codexWorker } from "../src/bullmq/codex_worker.ts";
export type { CodexWorker, CodexWorkerOptions } from "../src/bullmq/codex_worker.ts";
export { FleetPackageError } from "../src/bullmq/connection.ts";
export type { FleetConnection } from "../src/bullmq/connection.ts";
export { RunEndedError } from "../src/bullmq/fleet_run.ts";
export type {
  AnswerOptions,
  FleetRequest,
  FleetResult,
  FleetRun,
  RunWaitOptions,
} from "../src/bullmq/fleet_run.ts";
