/** The side of a fleet that submits. */
import type { Job } from "bullmq";
import type { JsonValue } from "../generated/types.ts";
import { OutputReader } from "../client/output/output_turn.ts";
import { endRun } from "../fleet/attempt_log.ts";
import { type AgentJob, checkJob } from "../fleet/job.ts";
import type { FleetStore } from "../fleet/store.ts";
import type { Schema } from "../schema/schema.ts";
import { timeOfDay } from "../util/clock.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import {
  type FleetConnection,
  type JobQueue,
  type OpenConnection,
  openConnection,
  type QueuedJob,
} from "./connection.ts";
import { FleetRun } from "./fleet_run.ts";
import { isScheduled, queueIdOf, runIdOf, scheduledIdOf } from "./job_ids.ts";

/**
 * Options of {@linkcode CodexFleet.open}.
 *
 * @example
 * ```ts
 * import type { FleetOptions } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const options: FleetOptions = { postgres: "postgres://fleet@db/agents", account: "team-a" };
 * ```
 */
export interface FleetOptions extends FleetConnection {
  /** The account whose queue this is: limits apply to one account. By default, there is one queue for all. */
  readonly account?: string | undefined;
}

const OPTIONS: OptionNames<FleetOptions> = {
  postgres: true,
  redis: true,
  queue: true,
  schema: true,
  account: true,
};

/**
 * Options of {@linkcode CodexFleet.submit}.
 *
 * @example
 * ```ts
 * import type { SubmitOptions } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const options: SubmitOptions<{ total: number }> = {
 *   priority: 1,
 *   output: { type: "object", properties: { total: { type: "number" } }, required: ["total"], additionalProperties: false },
 * };
 * ```
 */
export interface SubmitOptions<Output = undefined> {
  /** Jobs with a lower number go first, from 1 to 2,097,152; those without one before all others. */
  readonly priority?: number | undefined;
  /** Milliseconds to wait before the job may start. */
  readonly delayMs?: number | undefined;
  /**
   * How often the job is tried if its turn fails. Killed workers, busy threads and usage limits do not count.
   *
   * @default {3}
   */
  readonly attempts?: number | undefined;
  /**
   * Milliseconds before the second attempt; they double with each further one.
   *
   * @default {1_000}
   */
  readonly backoffMs?: number | undefined;
  /** The schema of the answer: `result()` returns it as `output`. */
  readonly output?: Schema<Output> | undefined;
}

const SUBMIT: OptionNames<SubmitOptions> = {
  priority: true,
  delayMs: true,
  attempts: true,
  backoffMs: true,
  output: true,
};

/**
 * When a schedule submits its job.
 *
 * @example
 * ```ts
 * import type { ScheduleTimes } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const nightly: ScheduleTimes = { cron: "0 3 * * *", timeZone: "Europe/Berlin" };
 * ```
 */
export type ScheduleTimes =
  | { readonly everyMs: number }
  | { readonly cron: string; readonly timeZone?: string };

/**
 * The state of a job in the queue.
 *
 * @example
 * ```ts
 * import type { JobState } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const isOver = (state: JobState): boolean => state === "completed" || state === "failed";
 * ```
 */
export type JobState = "waiting" | "delayed" | "active" | "completed" | "failed";

/**
 * A job as {@linkcode CodexFleet.list} shows it.
 *
 * @example
 * ```ts
 * import type { ListedJob } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const lineOf = ({ id, state, worker }: ListedJob): string => `${id} ${state} ${worker ?? ""}`;
 * ```
 */
export interface ListedJob {
  /** The id of the run. */
  readonly id: string;
  /** Where it is. */
  readonly state: JobState;
  /** The name of its thread. */
  readonly thread: string;
  /** The worker that has it, or had it last; `null` before the first one. */
  readonly worker: string | null;
  /** How many attempts have failed. */
  readonly attemptsMade: number;
  /** When it was submitted, in milliseconds since 1970. */
  readonly submittedAtMs: number;
  /** Why it failed; `null` otherwise. */
  readonly error: string | null;
}

const STATES = ["waiting", "delayed", "active", "completed", "failed"] as const;

/**
 * Submits jobs to a fleet, and follows their runs from anywhere.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * async function main(): Promise<void> {
 *   await using fleet = await CodexFleet.open({ postgres: "postgres://fleet@db/agents" });
 *   const run = await fleet.submit({ id: "invoice-17", prompt: "Check invoice 17." });
 *   console.log(printable((await run.result()).finalResponse ?? ""));
 * }
 * ```
 */
export class CodexFleet implements AsyncDisposable {
  readonly #connection: OpenConnection;
  readonly #queue: JobQueue;
  #closing: Promise<void> | undefined;

  private constructor(connection: OpenConnection, queue: JobQueue) {
    this.#connection = connection;
    this.#queue = queue;
  }

  /**
   * Connects to the queue and the store, and creates their tables where they are missing.
   *
   * @throws {FleetPackageError} if `bullmq`, `pg` or `ioredis` is needed and not installed
   * @throws {TypeError} if an option is unknown or has the wrong type
   */
  static async open(options: FleetOptions): Promise<CodexFleet> {
    checkOptionNames("CodexFleet.open()", options, OPTIONS);
    const connection = await openConnection(options);
    const queue = connection.queue(options.account);
    queue.on("error", () => {}); // each call reports its own failure
    const fleet = new CodexFleet(connection, queue);
    try {
      await queue.waitUntilReady();
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** The store, for a program that reads it directly. */
  get store(): FleetStore {
    return this.#connection.store;
  }

  /**
   * Submits a job. Its id is the idempotency key: a second submit with the same id changes nothing and returns the same run.
   *
   * @throws {TypeError} if the job or an option has the wrong type
   * @throws {SchemaNotStrictError} if the schema of the output is not one that the model's strict mode accepts
   */
  async submit<Output = undefined>(
    job: AgentJob,
    options: SubmitOptions<Output> = {},
  ): Promise<FleetRun<Output>> {
    checkJob(job);
    checkOptionNames("submit()", options, SUBMIT);
    const { reader, data } = queued(job, options.output);
    await this.#queue.add("job", data, { ...jobOptions(options), jobId: queueIdOf(job.id) });
    return this.#run(job.id, reader);
  }

  /** Returns a run by its id, whoever submitted it. With a schema, `result()` returns the typed output. */
  run<Output = undefined>(
    id: string,
    options: { readonly output?: Schema<Output> } = {},
  ): FleetRun<Output> {
    const { output } = options;
    return this.#run(id, output === undefined ? undefined : new OutputReader(output));
  }

  /** Submits a job again and again, each time as a run of its own. A schedule with the same id is replaced. */
  async schedule(
    job: AgentJob,
    times: ScheduleTimes,
    options: Omit<SubmitOptions, "delayMs"> = {},
  ): Promise<void> {
    checkJob(job);
    const repeat = "everyMs" in times
      ? { every: times.everyMs }
      : { pattern: times.cron, ...(times.timeZone === undefined ? {} : { tz: times.timeZone }) };
    const { data } = queued(job, options.output);
    await this.#queue.upsertJobScheduler(job.id, repeat, {
      name: "job",
      data,
      opts: jobOptions(options),
    });
  }

  /** Ends a schedule; runs that it has submitted go on. */
  async unschedule(id: string): Promise<boolean> {
    return await this.#queue.removeJobScheduler(id);
  }

  /** Lists jobs, the newest first: by default the first 100 of all states. */
  async list(
    options: {
      readonly states?: readonly JobState[];
      readonly offset?: number;
      readonly limit?: number;
    } = {},
  ): Promise<ListedJob[]> {
    const { states = STATES, offset = 0, limit = 100 } = options;
    const lists = await Promise.all(states.map(async (state) => {
      const types = state === "waiting" ? ["wait" as const, "prioritized" as const] : [state];
      const jobs = await this.#queue.getJobs(types, offset, offset + limit - 1, false);
      return jobs.filter((job) => job !== undefined).map((job) => listed(job, state));
    }));
    return lists.flat().sort((one, other) => other.submittedAtMs - one.submittedAtMs).slice(
      0,
      limit,
    );
  }

  /** Counts the jobs of each state: what autoscaling looks at. */
  async counts(): Promise<Readonly<Record<JobState, number>>> {
    const { waitingStates } = this.#connection;
    const counts = await this.#queue.getJobCounts(
      ...waitingStates as ["wait"],
      ...["delayed" as const, "active" as const, "completed" as const, "failed" as const],
    );
    return {
      waiting: waitingStates.reduce((sum, state) => sum + (counts[state] ?? 0), 0),
      delayed: counts["delayed"] ?? 0,
      active: counts["active"] ?? 0,
      completed: counts["completed"] ?? 0,
      failed: counts["failed"] ?? 0,
    };
  }

  /** Limits how many jobs start within a time, and how many run at once, over all workers; `null` ends a limit. */
  async limit(limits: {
    readonly starts?: { readonly max: number; readonly perMs: number } | null;
    readonly concurrency?: number | null;
  }): Promise<void> {
    const { starts, concurrency } = limits;
    if (starts === null) await this.#queue.removeGlobalRateLimit();
    else if (starts !== undefined) await this.#queue.setGlobalRateLimit(starts.max, starts.perMs);
    if (concurrency === null) await this.#queue.removeGlobalConcurrency();
    else if (concurrency !== undefined) await this.#queue.setGlobalConcurrency(concurrency);
  }

  /** Lets no further jobs start; running ones go on. */
  async pause(): Promise<void> {
    await this.#queue.pause();
  }

  /** Lets jobs start again. */
  async resume(): Promise<void> {
    await this.#queue.resume();
  }

  /**
   * Forgets the runs that ended before a time, the oldest first: their jobs in the queue, their events and messages.
   * Threads stay: a job with the same id on the same thread ends with the answer that is there.
   *
   * @returns how many were forgotten; with `limit` of them (1,000 by default), there may be more
   */
  async forget(
    options: { readonly endedBeforeMs: number; readonly limit?: number },
  ): Promise<number> {
    const { endedBeforeMs, limit = 1_000 } = options;
    if (!Number.isFinite(endedBeforeMs)) {
      throw new TypeError(`"endedBeforeMs" must be milliseconds since 1970, got ${endedBeforeMs}`);
    }
    let count = 0;
    for (const state of ["completed", "failed"] as const) {
      const jobs = await this.#queue.getJobs([state], 0, limit - 1, true);
      for (const job of jobs.filter((one) => one !== undefined)) {
        if (count >= limit || (job.finishedOn ?? Infinity) >= endedBeforeMs) continue;
        await this.store.forget(runIdOf(job)); // first: what is left after a crash is found again by the job
        await job.remove().catch((error: unknown) => {
          if (!isScheduled(job)) throw error;
        });
        count++;
      }
      if (count >= limit) break; // more may be there that the store still has
      // Jobs of a schedule are only removed in this way. A second later: it reads a clock of its own.
      const graceMs = Math.max(0, timeOfDay() - endedBeforeMs + 1_000);
      await this.#queue.clean(graceMs, limit, state);
    }
    return count;
  }

  /** Closes the connections; runs go on. */
  close(): Promise<void> {
    return this.#closing ??= (async () => {
      await this.#queue.close().catch(() => {});
      await this.#connection.close();
    })();
  }

  /** Closes the connections. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<Output>(id: string, reader: OutputReader<Output> | undefined): FleetRun<Output> {
    return new FleetRun<Output>(id, {
      store: this.#connection.store,
      reader,
      cancelWaiting: (runId) => this.#cancelWaiting(runId),
      endFailed: (runId) => this.#endFailed(runId),
    });
  }

  async #cancelWaiting(runId: string): Promise<void> {
    const job = await this.#jobOf(runId);
    if (job === undefined || await job.isActive()) return; // its worker has heard of it
    const { thread = runId } = job.data.job;
    if (await endRun(this.#connection.store, { id: runId, thread }, { status: "cancelled" })) {
      await job.remove().catch(() => {}); // a worker that has it by now finds the end
    }
  }

  async #endFailed(runId: string): Promise<void> {
    const job = await this.#jobOf(runId);
    if (job === undefined || !await job.isFailed()) return;
    const { thread = runId } = job.data.job;
    const end = { status: "failed", error: job.failedReason } as const;
    await endRun(this.#connection.store, { id: runId, thread }, end);
  }

  async #jobOf(runId: string): Promise<Job<QueuedJob> | undefined> {
    return await this.#queue.getJob(queueIdOf(runId)) ??
      await this.#queue.getJob(scheduledIdOf(runId));
  }
}

function queued<Output>(
  job: AgentJob,
  output: Schema<Output> | undefined,
): { readonly data: QueuedJob; readonly reader: OutputReader<Output> | undefined } {
  const { id: _, ...rest } = job;
  if (output === undefined) return { data: { job: rest }, reader: undefined };
  const reader = new OutputReader(output);
  return { data: { job: { ...rest, outputSchema: reader.json as JsonValue } }, reader };
}

function jobOptions(options: Omit<SubmitOptions<never>, "output">): Record<string, unknown> {
  const { priority, delayMs, attempts = 3, backoffMs = 1_000 } = options;
  return {
    attempts,
    backoff: { type: "exponential", delay: backoffMs },
    ...(priority === undefined ? {} : { priority }),
    ...(delayMs === undefined ? {} : { delay: delayMs }),
  };
}

function listed(job: Job<QueuedJob>, state: JobState): ListedJob {
  return {
    id: runIdOf(job),
    state,
    thread: job.data.job.thread ?? runIdOf(job),
    worker: job.processedBy ?? null,
    attemptsMade: job.attemptsMade,
    submittedAtMs: job.timestamp,
    error: job.failedReason || null,
  };
}
