/** A store in PostgreSQL. */
import { after } from "../util/clock.ts";
import { LeaseLostError } from "./errors.ts";
import { BEGUN_MS, IN_LINE_MS } from "./memory_store.ts";
import { POSTGRES_SCHEMA } from "./postgres_schema.ts";
import type {
  Checkpoint,
  Commit,
  FleetMessage,
  FleetStore,
  Lease,
  LeaseRequest,
  StoredEvent,
  StoredMessage,
  ThreadStore,
} from "./store.ts";
import { Watchers } from "./watchers.ts";

/**
 * What a pool of `pg` offers and {@linkcode postgresStore} uses.
 *
 * @example
 * ```ts
 * import type { PgPool } from "@codex-app-server/sdk/fleet";
 *
 * const countThreads = async (pool: PgPool): Promise<unknown> =>
 *   (await pool.query("SELECT count(*) FROM codex_fleet.thread")).rows[0];
 * ```
 */
export interface PgPool {
  /** Runs a statement. */
  // deno-lint-ignore no-explicit-any -- rows have any shape
  query(text: string, values?: unknown[]): Promise<{ readonly rows: any[] }>;
  /** Takes a connection out of the pool. */
  connect(): Promise<PgPoolClient>;
}

/**
 * A connection that was taken out of a {@linkcode PgPool}.
 *
 * @example
 * ```ts
 * import type { PgPoolClient } from "@codex-app-server/sdk/fleet";
 *
 * const listen = (client: PgPoolClient): Promise<unknown> => client.query("LISTEN codex_fleet");
 * ```
 */
export interface PgPoolClient {
  /** Runs a statement. */
  query(text: string, values?: unknown[]): Promise<unknown>;
  /** Listens to notifications, errors and the end. */
  // deno-lint-ignore no-explicit-any -- overloads of an emitter
  on(event: any, listener: (value: any) => void): unknown;
  /** Gives the connection back, or ends it. */
  release(end?: boolean): void;
}

/**
 * Options of {@linkcode postgresStore}.
 *
 * @example
 * ```ts
 * import type { PostgresStoreOptions } from "@codex-app-server/sdk/fleet";
 *
 * const options: PostgresStoreOptions = { schema: "agents", migrate: false };
 * ```
 */
export interface PostgresStoreOptions {
  /**
   * The schema of the tables.
   *
   * @default {"codex_fleet"}
   */
  readonly schema?: string;
  /**
   * Whether the tables are created when they are missing.
   *
   * @default {true}
   */
  readonly migrate?: boolean;
}

/**
 * A {@linkcode FleetStore} with a {@linkcode ThreadStore} in the same database.
 *
 * @example
 * ```ts
 * import type { StoreWithThreads } from "@codex-app-server/sdk/fleet";
 *
 * const sizeOf = async ({ threads }: StoreWithThreads, key: string): Promise<number> =>
 *   (await threads.get(key))?.length ?? 0;
 * ```
 */
export interface StoreWithThreads extends FleetStore {
  /** Rollouts in the same database: for many or large threads, prefer a bucket. */
  readonly threads: ThreadStore;
}

/**
 * Stores a fleet in PostgreSQL 13 or newer, through a pool of `pg` that stays yours. Workers and submitters hear of news by
 * `LISTEN`, on one connection of the pool.
 *
 * @throws {TypeError} if the name of the schema is not an identifier
 *
 * @example
 * ```ts
 * import { postgresStore, type PgPool, type FleetStore } from "@codex-app-server/sdk/fleet";
 *
 * const storeIn = (pool: PgPool): FleetStore => postgresStore(pool, { schema: "agents" });
 * ```
 */
export function postgresStore(pool: PgPool, options: PostgresStoreOptions = {}): StoreWithThreads {
  return new PostgresStore(pool, options);
}

/** Milliseconds between two tries to listen. */
const LISTEN_AGAIN_MS = 1_000;

class PostgresStore implements StoreWithThreads {
  readonly threads: ThreadStore;
  readonly #pool: PgPool;
  readonly #schema: string;
  readonly #watchers: Watchers;
  #migrated: Promise<void> | undefined;
  #listener: PgPoolClient | undefined;
  #cancelListen: () => void = () => {};
  #closed = false;

  constructor(pool: PgPool, { schema = "codex_fleet", migrate = true }: PostgresStoreOptions) {
    if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema)) {
      throw new TypeError(
        `"schema" must be a lower-case identifier, got ${JSON.stringify(schema)}`,
      );
    }
    this.#pool = pool;
    this.#schema = schema;
    if (!migrate) this.#migrated = Promise.resolve();
    this.#watchers = new Watchers(() => void this.#listen());
    this.threads = {
      put: async (key, bytes): Promise<void> => {
        await this.#query(
          `INSERT INTO ${schema}.part VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET bytes = $2`,
          [key, bytes],
        );
      },
      get: async (key): Promise<Uint8Array | undefined> => {
        const [row] = await this.#query(`SELECT bytes FROM ${schema}.part WHERE key = $1`, [key]);
        return row === undefined ? undefined : new Uint8Array(row.bytes);
      },
      remove: async (keys): Promise<void> => {
        await this.#query(`DELETE FROM ${schema}.part WHERE key = ANY($1)`, [keys]);
      },
    };
  }

  async acquire(
    { thread, runId, ttlMs }: LeaseRequest,
  ): Promise<{ lease: Lease; checkpoint: Checkpoint | undefined } | undefined> {
    const [row] = await this.#call("acquire", [thread, runId, Math.ceil(ttlMs), IN_LINE_MS]);
    if (row === undefined) return undefined;
    const checkpoint = row.checkpoint === null ? undefined : JSON.parse(row.checkpoint);
    return { lease: { thread, runId, epoch: Number(row.epoch) }, checkpoint };
  }

  async renew({ thread, epoch, runId }: Lease, ttlMs: number): Promise<boolean> {
    const [row] = await this.#call("renew", [thread, epoch, runId, Math.ceil(ttlMs), BEGUN_MS]);
    return row.renew === true;
  }

  async release({ thread, epoch, runId }: Lease, keepMs = BEGUN_MS): Promise<void> {
    await this.#call("release", [thread, epoch, runId, Math.ceil(keepMs)]);
  }

  async commit(lease: Lease, { after: last, events = [], checkpoint }: Commit): Promise<void> {
    const [row] = await this.#call("commit_run", [
      ...[lease.thread, lease.epoch, lease.runId, last],
      events.map((event) => JSON.stringify(event)),
      events.at(-1)?.type === "ended",
      checkpoint === undefined ? null : JSON.stringify(checkpoint),
    ]);
    if (row.commit_run !== true) throw new LeaseLostError(lease.thread);
  }

  async events(runId: string, last: number, limit: number): Promise<StoredEvent[]> {
    const rows = await this.#query(
      `SELECT seq, at_ms, epoch, event FROM ${this.#schema}.event
       WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [runId, last, limit],
    );
    return rows.map(({ seq, at_ms, epoch, event }) => ({
      seq: Number(seq),
      atMs: Number(at_ms),
      epoch: Number(epoch),
      event: JSON.parse(event),
    }));
  }

  async post(runId: string, message: FleetMessage, key?: string): Promise<void> {
    await this.#call("post", [runId, JSON.stringify(message), key ?? null]);
  }

  async messages(runId: string, last: number): Promise<StoredMessage[]> {
    const rows = await this.#query(
      `SELECT seq, message FROM ${this.#schema}.message WHERE run_id = $1 AND seq > $2 ORDER BY seq`,
      [runId, last],
    );
    return rows.map(({ seq, message }) => ({ seq: Number(seq), message: JSON.parse(message) }));
  }

  watch(runId: string, changed: () => void): () => void {
    return this.#watchers.add(runId, changed);
  }

  async forget(runId: string): Promise<void> {
    const ended = `run_id = $1 AND EXISTS (
      SELECT 1 FROM ${this.#schema}.run r WHERE r.run_id = $1 AND r.ended)`;
    for (const table of ["event", "message", "run"]) {
      await this.#query(`DELETE FROM ${this.#schema}.${table} WHERE ${ended}`, [runId]);
    }
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelListen();
    this.#listener?.release(true);
    this.#listener = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // deno-lint-ignore no-explicit-any -- rows have any shape
  #call(name: string, values: unknown[]): Promise<any[]> {
    const places = values.map((_, at) => `$${at + 1}`).join(", ");
    return this.#query(`SELECT * FROM ${this.#schema}.${name}(${places})`, values);
  }

  // deno-lint-ignore no-explicit-any -- rows have any shape
  async #query(text: string, values: unknown[]): Promise<any[]> {
    await this.#migrate();
    return (await this.#pool.query(text, values)).rows;
  }

  #migrate(): Promise<void> {
    return this.#migrated ??= this.#createTables().catch((error) => {
      this.#migrated = undefined;
      throw error;
    });
  }

  async #createTables(): Promise<void> {
    const client = await this.#pool.connect();
    let isWhole = false;
    try {
      await client.query("BEGIN");
      // Two processes that create the same tables at the same time both fail without it.
      await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [
        `codex_fleet ${this.#schema}`,
      ]);
      await client.query(
        POSTGRES_SCHEMA.replaceAll("$schema", this.#schema).replaceAll("$channel", this.#schema),
      );
      await client.query("COMMIT");
      isWhole = true;
    } finally {
      client.release(!isWhole);
    }
  }

  /** Listens for as long as the store is open; when the connection is lost, again. */
  async #listen(): Promise<void> {
    try {
      await this.#migrate();
      const client = await this.#pool.connect();
      if (this.#closed) return client.release(true);
      this.#listener = client;
      const lost = (): void => {
        if (this.#listener !== client) return;
        this.#listener = undefined;
        client.release(true);
        this.#listenLater();
      };
      client.on("error", lost);
      client.on("end", lost);
      client.on("notification", ({ payload }: { payload?: string }) => {
        this.#watchers.changed(payload ?? "");
      });
      await client.query(`LISTEN ${this.#schema}`);
      // Changes may have arrived while no connection listened.
      this.#watchers.changedAll();
    } catch {
      this.#listener?.release(true);
      this.#listener = undefined;
      this.#listenLater();
    }
  }

  #listenLater(): void {
    if (this.#closed) return;
    this.#cancelListen = after(LISTEN_AGAIN_MS, () => void this.#listen());
  }
}
