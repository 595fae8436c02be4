/**
 * Jobs that outlive their workers, free of any queue: {@linkcode runAgentJob} makes one job durable, a
 * {@linkcode FleetStore} and a {@linkcode ThreadStore} keep what the next worker needs, and a {@linkcode ServerPool} runs
 * the servers of a worker. `./fleet/bullmq` puts them on a queue.
 *
 * @example
 * ```ts
 * import { Codex, printable } from "@codex-app-server/sdk";
 * import { folderThreads, memoryStore, runAgentJob } from "@codex-app-server/sdk/fleet";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   await using store = memoryStore();
 *   const job = { id: "invoice-17", prompt: "Check invoice 17.", thread: "customer-4" };
 *   const threads = folderThreads("/var/lib/fleet/threads");
 *   const result = await runAgentJob(job, { codex, store, threads });
 *   console.log(result.status, printable(result.finalResponse ?? ""));
 * }
 * ```
 *
 * @module
 */
export { runAgentJob } from "./src/fleet/run_agent_job.ts";
export type { AgentJobDeps } from "./src/fleet/run_agent_job.ts";
export type {
  AgentJob,
  AgentJobResult,
  JobThreadOptions,
  JobTurnOptions,
} from "./src/fleet/job.ts";
export { endRun } from "./src/fleet/attempt_log.ts";
export { memoryStore } from "./src/fleet/memory_store.ts";
export { postgresStore } from "./src/fleet/postgres_store.ts";
export type {
  PgPool,
  PgPoolClient,
  PostgresStoreOptions,
  StoreWithThreads,
} from "./src/fleet/postgres_store.ts";
export { redisStore } from "./src/fleet/redis_store.ts";
export type { RedisClient, RedisStoreOptions, RedisSubscriber } from "./src/fleet/redis_store.ts";
export { folderThreads, objectThreads } from "./src/fleet/thread_stores.ts";
export type { ObjectStorage } from "./src/fleet/thread_stores.ts";
export type {
  Checkpoint,
  Commit,
  EventLog,
  FleetEvent,
  FleetMessage,
  FleetStore,
  Lease,
  LeaseRequest,
  SavedWorkspace,
  StoredEvent,
  StoredMessage,
  StoredPart,
  ThreadStore,
} from "./src/fleet/store.ts";
export { ServerPool } from "./src/fleet/server_pool.ts";
export type { PoolStats, ServerLease, ServerPoolOptions } from "./src/fleet/server_pool.ts";
export type { JobWorkspace, OpenWorkspace, WorkspaceContext } from "./src/fleet/workspace.ts";
export { gitWorkspaces } from "./src/fleet/git_workspaces.ts";
export type { GitWorkspacesOptions } from "./src/fleet/git_workspaces.ts";
export type { WorkspaceRequest, WorkspaceResult } from "./src/fleet/workspace_request.ts";
export {
  LeaseLostError,
  PoolClosedError,
  ServerLostError,
  StoredThreadError,
  ThreadBusyError,
  UsageLimitError,
  WorkspaceError,
} from "./src/fleet/errors.ts";
