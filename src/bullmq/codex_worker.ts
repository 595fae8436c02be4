/** A worker of a fleet. */
import type { Job } from "bullmq";
import { endRun } from "../fleet/attempt_log.ts";
import {
  LeaseLostError,
  ServerLostError,
  ThreadBusyError,
  UsageLimitError,
} from "../fleet/errors.ts";
import { type AgentJob, type AgentJobResult, threadOf } from "../fleet/job.ts";
import { type AgentJobDeps, checkMaxLostServers, runAgentJob } from "../fleet/run_agent_job.ts";
import { type PoolStats, ServerPool, type ServerPoolOptions } from "../fleet/server_pool.ts";
import type { ThreadStore } from "../fleet/store.ts";
import { timeOfDay } from "../util/clock.ts";
import { errorText } from "../util/error_text.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { waitAtMost } from "../util/timer.ts";
import {
  type FleetConnection,
  type JobWorker,
  type OpenConnection,
  openConnection,
  type QueuedJob,
} from "./connection.ts";
import { runIdOf } from "./job_ids.ts";

/**
 * Options of {@linkcode codexWorker}.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { CodexWorkerOptions } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const options: CodexWorkerOptions = {
 *   postgres: "postgres://fleet@db/agents",
 *   start: (slot) => Codex.start({ codexHome: `/var/lib/worker/home-${slot}` }),
 *   servers: 2,
 *   threadsPerServer: 4,
 * };
 * ```
 */
export interface CodexWorkerOptions
  extends
    FleetConnection,
    ServerPoolOptions,
    Pick<AgentJobDeps, "threadOptions" | "openWorkspace" | "keep" | "goOnPrompt"> {
  /** The name of the worker in events and lists. Defaults to a random one. */
  readonly name?: string | undefined;
  /** The accounts whose queues it serves. By default, the one queue for all. */
  readonly accounts?: readonly string[] | undefined;
  /** How many jobs it runs at a time. Defaults to what its servers can run. */
  readonly concurrency?: number | undefined;
  /**
   * Milliseconds after which another worker may take over a job unless this one renews its lock.
   *
   * @default {30_000}
   */
  readonly lockMs?: number | undefined;
  /**
   * Milliseconds between two looks for jobs whose worker is gone. Such a job is taken over after the second look.
   *
   * @default {10_000}
   */
  readonly recoverMs?: number | undefined;
  /**
   * How many workers may be killed over one job before it counts as dead.
   *
   * @default {5}
   */
  readonly maxKills?: number | undefined;
  /**
   * How many app-servers may be lost over one job before it counts as dead. Below that, a lost server counts as no attempt.
   *
   * @default {5}
   */
  readonly maxLostServers?: number | undefined;
  /**
   * Milliseconds that `close()` waits for running jobs. Those that are left are interrupted and go on elsewhere.
   *
   * @default {60_000}
   */
  readonly drainMs?: number | undefined;
  /**
   * Whether SIGTERM and SIGINT close the worker.
   *
   * @default {true}
   */
  readonly handleSignals?: boolean | undefined;
  /** Where rollouts are stored. Defaults to the store's database. */
  readonly threads?: ThreadStore | undefined;
  /** Called with what went wrong beside the jobs, such as a lost connection. Nothing by default. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: OptionNames<CodexWorkerOptions> = {
  postgres: true,
  redis: true,
  queue: true,
  schema: true,
  start: true,
  servers: true,
  threadsPerServer: true,
  maxWaiting: true,
  memoryLimitBytes: true,
  checkMs: true,
  checkTimeoutMs: true,
  threadOptions: true,
  openWorkspace: true,
  keep: true,
  goOnPrompt: true,
  name: true,
  accounts: true,
  concurrency: true,
  lockMs: true,
  recoverMs: true,
  maxKills: true,
  maxLostServers: true,
  drainMs: true,
  handleSignals: true,
  threads: true,
  onError: true,
};

/** Milliseconds before a job whose thread is busy is tried again. */
const BUSY_MS = 250;
/** Milliseconds before a job that lost its thread here is tried elsewhere. */
const LOST_MS = 1_000;
const LOCK_MS = 30_000;

/**
 * Starts a worker: it takes jobs, runs them on its own app-servers, and takes over those of workers that are gone.
 *
 * @throws {FleetPackageError} if `bullmq`, `pg` or `ioredis` is needed and not installed
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @throws {RangeError} if a number is out of range
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { codexWorker } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * async function main(): Promise<void> {
 *   await using worker = await codexWorker({
 *     postgres: "postgres://fleet@db/agents",
 *     start: (slot) => Codex.start({ codexHome: `/var/lib/worker/home-${slot}` }),
 *   });
 *   await worker.closed; // by SIGTERM
 * }
 * ```
 */
export async function codexWorker(options: CodexWorkerOptions): Promise<CodexWorker> {
  return await CodexWorker.start(options);
}

/**
 * A running worker.
 *
 * @example
 * ```ts
 * import type { CodexWorker } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const isBusy = (worker: CodexWorker): boolean => worker.stats.leases > 0;
 * ```
 */
export class CodexWorker implements AsyncDisposable {
  /** The name of the worker. */
  readonly name: string;
  readonly #options: CodexWorkerOptions;
  readonly #pool: ServerPool;
  readonly #connection: OpenConnection;
  readonly #workers: readonly JobWorker[];
  readonly #leave = new AbortController();
  /** When the account of a queue has quota again, in milliseconds since 1970. */
  readonly #quotaEnds = new Map<string, number>();
  #forgetSignals: () => void = () => {};
  #closing: Promise<void> | undefined;
  #onClosed: () => void = () => {};
  /** Fulfils when the worker is closed. */
  readonly closed: Promise<void>;

  private constructor(options: CodexWorkerOptions, pool: ServerPool, connection: OpenConnection) {
    this.name = options.name ?? `worker-${crypto.randomUUID().slice(0, 8)}`;
    this.#options = options;
    this.#pool = pool;
    this.#connection = connection;
    this.closed = new Promise<void>((resolve) => this.#onClosed = resolve);
    const accounts = options.accounts ?? [undefined];
    this.#workers = accounts.map((account) => this.#open(account));
  }

  /**
   * Starts a worker.
   *
   * @ignore
   */
  static async start(options: CodexWorkerOptions): Promise<CodexWorker> {
    checkOptionNames("codexWorker()", options, OPTIONS);
    checkMaxLostServers(options.maxLostServers);
    const { start, servers, threadsPerServer, maxWaiting, memoryLimitBytes } = options;
    const { checkMs, checkTimeoutMs } = options;
    const pool = new ServerPool({
      ...{ start, servers, threadsPerServer, maxWaiting },
      ...{ memoryLimitBytes, checkMs, checkTimeoutMs },
    });
    const worker = new CodexWorker(options, pool, await openConnection(options));
    try {
      await worker.#ready();
      return worker;
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  /** How its servers are doing. */
  get stats(): PoolStats {
    return this.#pool.stats;
  }

  async #ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()));
    if (this.#options.handleSignals ?? true) await this.#listenToSignals();
  }

  /**
   * Takes no further jobs, waits up to `drainMs` for those that run, hands the others back, and ends its servers. A second
   * call shares the first.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes the worker. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { drainMs = 60_000 } = this.#options;
    const closing = Promise.all(this.#workers.map((worker) => worker.close()));
    if (drainMs > 0) await waitAtMost(closing, drainMs);
    this.#leave.abort(new Error(`Worker "${this.name}" is closed`));
    await closing;
    await this.#pool.close();
    await this.#connection.close();
    this.#forgetSignals();
    this.#onClosed();
  }

  async #listenToSignals(): Promise<void> {
    const { default: host } = await import("node:process");
    const close = (): void => void this.close();
    for (const signal of ["SIGTERM", "SIGINT"] as const) host.on(signal, close);
    this.#forgetSignals = () => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) host.off(signal, close);
    };
  }

  #open(account: string | undefined): JobWorker {
    const { concurrency, lockMs = LOCK_MS, recoverMs = 10_000, maxKills = 5 } = this.#options;
    const { bullmq, workerOf } = this.#connection;
    const { name, connection, backend } = workerOf(account);
    const worker = new bullmq.Worker(
      name,
      (job: Job<QueuedJob>, token?: string, signal?: AbortSignal) =>
        this.#process(job, token, signal),
      {
        connection: connection as never,
        name: this.name,
        concurrency: concurrency ?? this.#pool.capacity,
        lockDuration: lockMs,
        stalledInterval: recoverMs,
        maxStalledCount: maxKills,
      },
      backend as never,
    ) as unknown as JobWorker;
    worker.on("error", (error) => this.#report(error));
    worker.on("lockRenewalFailed", (ids: string[]) => {
      for (const id of ids) worker.cancelJob(id, "the lock is lost");
    });
    worker.on("failed", (job, error) => void this.#bury(job, error).catch((e) => this.#report(e)));
    return worker;
  }

  async #process(
    job: Job<QueuedJob>,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AgentJobResult> {
    const { DelayedError, UnrecoverableError } = this.#connection.bullmq;
    const later = async (delayMs: number): Promise<never> => {
      // If the queue is away, the job is found again like that of a killed worker; no attempt has failed.
      await job.moveToDelayed(timeOfDay() + delayMs, token).catch((error) => this.#report(error));
      throw new DelayedError();
    };
    const quotaEndMs = this.#quotaEnds.get(job.queueName) ?? 0;
    if (quotaEndMs > timeOfDay()) return await later(quotaEndMs - timeOfDay());
    let result: AgentJobResult;
    try {
      result = await this.#run({ ...job.data.job, id: runIdOf(job) }, job, signal);
    } catch (error) {
      if (this.#leave.signal.aborted) return await later(0);
      if (error instanceof ThreadBusyError) return await later(BUSY_MS);
      if (error instanceof UsageLimitError) {
        this.#quotaEnds.set(job.queueName, error.retryAtMs);
        return await later(error.retryAtMs - timeOfDay());
      }
      // Also if no server can be started here. Refused if the lock is lost too.
      if (error instanceof LeaseLostError || error instanceof ServerLostError) {
        this.#report(error);
        return await later(LOST_MS);
      }
      throw error;
    }
    if (result.status === "failed") throw new UnrecoverableError(result.error ?? "failed");
    return result;
  }

  async #run(
    agentJob: AgentJob,
    job: Job<QueuedJob>,
    signal: AbortSignal | undefined,
  ): Promise<AgentJobResult> {
    const { threadOptions, openWorkspace, keep, goOnPrompt, maxLostServers } = this.#options;
    const { lockMs: leaseMs = LOCK_MS } = this.#options;
    const { store } = this.#connection;
    const { threads = store.threads } = this.#options;
    const ends = [this.#leave.signal, ...(signal === undefined ? [] : [signal])];
    using lease = await this.#pool.lease(threadOf(agentJob), { signal: AbortSignal.any(ends) });
    return await runAgentJob(agentJob, {
      ...{ threadOptions, openWorkspace, keep, goOnPrompt, maxLostServers, leaseMs },
      ...{ store, threads, codex: lease.codex, worker: this.name },
      signal: AbortSignal.any([...ends, lease.lost]),
      isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
    });
  }

  /** Notes the end of a job that no worker could finish. */
  async #bury(job: Job<QueuedJob> | undefined, error: unknown): Promise<void> {
    if (job === undefined || await job.getState() !== "failed") return;
    const { thread } = job.data.job;
    const end = { status: "failed", error: errorText(error) } as const;
    await endRun(this.#connection.store, {
      id: runIdOf(job),
      ...(thread === undefined ? {} : { thread }),
    }, end);
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // A report must not end the worker.
    }
  }
}
