/** Makes one job durable: whichever worker holds it goes on where the last one was. */
import type { Codex } from "../codex.ts";
import { CodexError } from "../errors/codex_error.ts";
import { TransportClosedError } from "../errors/transport_errors.ts";
import { TurnLostError } from "../errors/turn_errors.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import type { ThreadOpenOptions } from "../client/threads/thread_options.ts";
import { timeOfDay } from "../util/clock.ts";
import { errorText } from "../util/error_text.ts";
import { onAbort } from "../util/on_abort.ts";
import { redact } from "../util/redact.ts";
import { AttemptLog } from "./attempt_log.ts";
import { ServerLostError, ThreadBusyError, UsageLimitError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type AgentJob, type AgentJobResult, checkJob, threadOf } from "./job.ts";
import { JobTurn } from "./job_turn.ts";
import { patientStores } from "./patient_store.ts";
import { readLog } from "./run_history.ts";
import type { Checkpoint, FleetStore, Lease, ThreadStore } from "./store.ts";
import { usageLimitEnd } from "./usage_limit.ts";
import type { OpenWorkspace } from "./workspace.ts";

/**
 * What a worker brings to a job.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { folderThreads, memoryStore, type AgentJobDeps } from "@codex-app-server/sdk/fleet";
 *
 * const depsOf = (codex: Codex): AgentJobDeps => ({
 *   codex,
 *   store: memoryStore(),
 *   threads: folderThreads("/var/lib/fleet/threads"),
 * });
 * ```
 */
export interface AgentJobDeps {
  /** A client whose server runs on this machine: its `CODEX_HOME` gets the thread's rollout. */
  readonly codex: Codex;
  /** Who owns the thread, what happened, what people sent. */
  readonly store: FleetStore;
  /** The rollouts. */
  readonly threads: ThreadStore;
  /**
   * The name of the worker in the events.
   *
   * @default {"worker"}
   */
  readonly worker?: string | undefined;
  /**
   * Milliseconds after which another worker may take over unless this one renews its ownership, three times in between.
   *
   * @default {30_000}
   */
  readonly leaseMs?: number | undefined;
  /** Ends the attempt: the turn is interrupted and the job can go on elsewhere; rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a failure is final: the run then ends as failed. Otherwise another attempt is expected, as it is after the loss
   * of a server.
   */
  readonly isLastAttempt?: boolean | undefined;
  /**
   * How many servers may be lost over one run before it ends as failed: a job that kills each server it meets must end.
   *
   * @default {5}
   */
  readonly maxLostServers?: number | undefined;
  /** Returns further options of the thread, such as tools and handlers, which a queue cannot carry. */
  readonly threadOptions?:
    | ((job: AgentJob) => ThreadOpenOptions | Promise<ThreadOpenOptions>)
    | undefined;
  /** Prepares the folder in which the job works. Without it, the thread's own `cwd` counts, or the server's if that is gone. */
  readonly openWorkspace?: OpenWorkspace | undefined;
  /** Says which further notifications of the turn are stored as events. None by default. */
  readonly keep?: ((notification: ServerNotification) => boolean) | undefined;
  /**
   * The prompt with which the agent continues after an interruption.
   *
   * @default {"You were interrupted. Check what is done already, then go on where you stopped."}
   */
  readonly goOnPrompt?: string | undefined;
}

/**
 * Runs a job to its end, or goes on with one that another worker left. The thread's rollout is restored from the store,
 * the prompt is sent unless it is in the thread already, and each finished item is stored before it is reported. At the end,
 * the server forgets the thread: the store has it.
 *
 * @throws {ThreadBusyError} if another job has the thread or is before this one; nothing was started
 * @throws {LeaseLostError} if another worker has taken over meanwhile; nothing was written since
 * @throws {UsageLimitError} if the account's limit is reached; the job can go on later
 * @throws {ServerLostError} if the server ended or does not answer; the job can go on, and no attempt should be counted
 * @throws {StoredThreadError} if the stored rollout is damaged
 * @throws {TypeError} if the job has a wrong type
 * @throws {RangeError} if `maxLostServers` is not a number of at least 0
 * @throws {CodexError} what the turn failed with, if another attempt may help
 *
 * @example
 * ```ts
 * import { Codex, printable } from "@codex-app-server/sdk";
 * import { folderThreads, memoryStore, runAgentJob } from "@codex-app-server/sdk/fleet";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   await using store = memoryStore();
 *   const threads = folderThreads("/var/lib/fleet/threads");
 *   const job = { id: "invoice-17", prompt: "Check invoice 17." };
 *   const result = await runAgentJob(job, { codex, store, threads });
 *   console.log(printable(result.finalResponse ?? ""));
 * }
 * ```
 */
export async function runAgentJob(job: AgentJob, deps: AgentJobDeps): Promise<AgentJobResult> {
  checkJob(job);
  checkMaxLostServers(deps.maxLostServers);
  const { leaseMs: ttlMs = 30_000, signal } = deps;
  signal?.throwIfAborted();
  const over = new AbortController();
  const stop = onAbort(signal, () => over.abort(signal?.reason));
  const patience = { limitMs: ttlMs, signal: over.signal };
  try {
    return await owning(job, { ...deps, ...patientStores(deps, patience) }, ttlMs);
  } finally {
    stop();
    over.abort();
  }
}

/**
 * Checks the option before anything runs: no number of lost servers would be above NaN.
 *
 * @throws {RangeError} if it is not a number of at least 0
 */
export function checkMaxLostServers(value: number | undefined): void {
  if (value === undefined || typeof value === "number" && value >= 0) return;
  throw new RangeError(`"maxLostServers" must be a number of at least 0, got ${value}`);
}

async function owning(job: AgentJob, deps: AgentJobDeps, ttlMs: number): Promise<AgentJobResult> {
  const { store, signal } = deps;
  const logged = await readLog(store, job.id);
  if (logged.result !== undefined) return logged.result;
  const thread = threadOf(job);
  const owned = await store.acquire({ thread, runId: job.id, ttlMs });
  if (owned === undefined) throw new ThreadBusyError(thread);
  let keepMs: number | undefined;
  const heartbeat = new Heartbeat(store, owned.lease, ttlMs, signal);
  try {
    return await attempt(job, deps, { ...owned, ttlMs, heartbeat });
  } catch (error) {
    if (error instanceof UsageLimitError) keepMs = error.retryAtMs - timeOfDay() + 60_000;
    throw error;
  } finally {
    heartbeat.stop();
    await store.release(owned.lease, keepMs).catch(() => {});
  }
}

interface Owned {
  readonly lease: Lease;
  readonly checkpoint: Checkpoint | undefined;
  readonly ttlMs: number;
  readonly heartbeat: Heartbeat;
}

async function attempt(job: AgentJob, deps: AgentJobDeps, owned: Owned): Promise<AgentJobResult> {
  const { store, codex, worker = "worker" } = deps;
  // Read again: the former owner may have written until the thread was taken over.
  const logged = await readLog(store, job.id);
  if (logged.result !== undefined) return logged.result;
  const log = new AttemptLog(job, owned, store, logged);
  try {
    if (await log.isCancelled()) return await log.end("cancelled", {});
    log.add({ type: "started", worker, resumed: logged.attempts > 0 });
    return await new JobTurn(job, deps, owned, log).run();
  } catch (cause) {
    const error = lossOf(owned.heartbeat.signal.reason ?? cause);
    const isLost = error instanceof ServerLostError;
    // Whoever took over writes from now on.
    if (owned.heartbeat.signal.aborted && !isLost) throw error;
    const untilMs = await usageLimitEnd(error, codex);
    if (untilMs !== undefined) {
      log.add({ type: "waiting", untilMs, reason: redact(errorText(error)) });
      await log.flush();
      throw new UsageLimitError(untilMs, { cause: error });
    }
    const text = redact(errorText(error));
    const code = error instanceof CodexError ? error.code : undefined;
    log.add({ type: "attemptFailed", worker, error: text, code });
    const isOver = isLost
      ? logged.lostServers + 1 > (deps.maxLostServers ?? 5)
      : deps.isLastAttempt === true;
    if (isOver) return await log.end("failed", { error: text });
    await log.flush();
    throw error;
  }
}

/** Whatever waits for a server that ends learns of it in its own way. */
function lossOf(error: unknown): unknown {
  if (!(error instanceof TransportClosedError) && !(error instanceof TurnLostError)) return error;
  return new ServerLostError(`is gone (${errorText(error)})`, { cause: error });
}
