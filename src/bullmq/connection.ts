/** How a fleet reaches its queue and its store: PostgreSQL or Redis, loaded when they are used. */
import type { Queue, Worker } from "bullmq";
import { CodexError } from "../errors/codex_error.ts";
import { isRecord } from "../util/is_record.ts";
import { errorText } from "../util/error_text.ts";
import type { AgentJob, AgentJobResult } from "../fleet/job.ts";
import { postgresStore, type StoreWithThreads } from "../fleet/postgres_store.ts";
import { redisStore } from "../fleet/redis_store.ts";

/**
 * A package that the fleet needs is not installed.
 *
 * @example
 * ```ts
 * import { FleetPackageError } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const packageOf = (error: unknown): string | undefined =>
 *   error instanceof FleetPackageError ? error.packageName : undefined;
 * ```
 */
export class FleetPackageError extends CodexError {
  /** The class name. */
  override readonly name: string = "FleetPackageError";
  /** The name of the package. */
  readonly packageName: string;

  /** Creates the error for a package, with what its import failed with. */
  constructor(packageName: string, cause: unknown) {
    super(
      `Cannot load "${packageName}" (${
        errorText(cause)
      }): install it with \`npm install ${packageName}\``,
      { code: "fleet_package_missing", cause },
    );
    this.packageName = packageName;
  }
}

/**
 * Where the queue and the store are.
 *
 * @example
 * ```ts
 * import type { FleetConnection } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const connection: FleetConnection = { postgres: "postgres://fleet@db/agents" };
 * ```
 */
export interface FleetConnection {
  /** A connection string of PostgreSQL, or the options of a pool of `pg`. Give this or `redis`. */
  readonly postgres?: string | Readonly<Record<string, unknown>> | undefined;
  /** A URL of Redis, or the options of a client of `ioredis`. */
  readonly redis?: string | Readonly<Record<string, unknown>> | undefined;
  /**
   * The name of the queue; workers and submitters of one fleet share it.
   *
   * @default {"codex"}
   */
  readonly queue?: string | undefined;
  /**
   * The schema of the store's tables, or the prefix of its keys in Redis. Those of BullMQ are in `bullmq` and `bull`.
   *
   * @default {"codex_fleet"}
   */
  readonly schema?: string | undefined;
}

/** What a job is in the queue. */
export interface QueuedJob {
  /** The job, without its id: the queue has that. */
  readonly job: Omit<AgentJob, "id">;
}

/** A queue as the fleet uses it. */
export type JobQueue = Queue<QueuedJob, AgentJobResult, string>;
/** A worker of a queue as the fleet uses it. */
export type JobWorker = Worker<QueuedJob, AgentJobResult, string>;

/** What was opened for a fleet. */
export interface OpenConnection {
  /** The store. */
  readonly store: StoreWithThreads;
  /** BullMQ. */
  readonly bullmq: typeof import("bullmq");
  /** The names under which the queue counts jobs that wait. */
  readonly waitingStates: readonly string[];
  /** Opens a queue. */
  queue(account: string | undefined): JobQueue;
  /** Returns the arguments of a worker: its queue, its connection and what makes its backend. */
  workerOf(account: string | undefined): {
    readonly name: string;
    readonly connection: unknown;
    readonly backend: unknown;
  };
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** The name of the queue of an account: limits apply to a queue. */
export function queueName(
  { queue = "codex" }: FleetConnection,
  account: string | undefined,
): string {
  return account === undefined ? queue : `${queue}.${account}`;
}

/** Opens the store, and what makes queues. */
export async function openConnection(options: FleetConnection): Promise<OpenConnection> {
  const { postgres, redis } = options;
  const given = [postgres, redis].filter((one) => one !== undefined);
  const [address] = given;
  if (given.length !== 1 || typeof address !== "string" && !isRecord(address)) {
    throw new TypeError('A fleet needs "postgres" or "redis": a connection string, or options');
  }
  const bullmq = interop(await load("bullmq", () => import("bullmq")));
  return postgres === undefined
    ? await openRedis(options, address, bullmq)
    : await openPostgres(options, address, bullmq);
}

type Address = string | Readonly<Record<string, unknown>>;

async function openPostgres(
  options: FleetConnection,
  postgres: Address,
  bullmq: typeof import("bullmq"),
): Promise<OpenConnection> {
  const { schema } = options;
  const pg = interop(await load("pg", () => import("pg")));
  const settings = typeof postgres === "string" ? { connectionString: postgres } : postgres;
  const pool = new pg.Pool({ ...settings });
  pool.on("error", () => {}); // an idle connection that drops is replaced
  const store = postgresStore(pool, schema === undefined ? {} : { schema });
  const connection = { ...settings, migrate: true };
  const backend = bullmq.createPostgresBackend;
  return {
    store,
    bullmq,
    waitingStates: ["wait", "prioritized", "paused"], // "paused": all of a paused queue without a priority
    queue(account): JobQueue {
      const name = queueName(options, account);
      return new bullmq.Queue(name, { connection }, backend as never) as unknown as JobQueue;
    },
    workerOf: (account) => ({ name: queueName(options, account), connection, backend }),
    async close(): Promise<void> {
      await store.close();
      await pool.end();
    },
  };
}

async function openRedis(
  options: FleetConnection,
  address: Address,
  bullmq: typeof import("bullmq"),
): Promise<OpenConnection> {
  const { schema: prefix } = options;
  const ioredis = await load("ioredis", () => import("ioredis"));
  const Redis = ioredis.Redis ?? interop(ioredis).Redis;
  const connection = {
    ...(typeof address === "string" ? redisOptions(address) : address),
    maxRetriesPerRequest: null, // a queue waits for its server
  };
  const client = new Redis(connection);
  client.on("error", () => {}); // it connects again by itself
  const store = redisStore(client as never, prefix === undefined ? {} : { prefix });
  return {
    store,
    bullmq,
    waitingStates: ["wait", "prioritized"],
    queue: (account) => new bullmq.Queue(queueName(options, account), { connection }) as never,
    workerOf: (account) => ({ name: queueName(options, account), connection, backend: undefined }),
    async close(): Promise<void> {
      await store.close();
      client.disconnect();
    },
  };
}

function redisOptions(text: string): Record<string, unknown> {
  const { protocol, hostname, port, username, password, pathname } = new URL(text);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 6379),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}

async function load<Module>(name: string, from: () => Promise<Module>): Promise<Module> {
  try {
    return await from();
  } catch (cause) {
    throw new FleetPackageError(name, cause);
  }
}

/** A CommonJS package has its names on `default` on some runtimes. */
function interop<Module>(module: Module): Module {
  const { default: whole } = module as { default?: Module };
  return whole ?? module;
}
