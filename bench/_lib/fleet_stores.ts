/** The stores of `bench/fleet.ts`, and what they keep. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { Redis } from "ioredis";
import type { FleetConnection } from "../../fleet/bullmq.ts";
import { startPostgres } from "../../tests/fleet/_postgres.ts";
import { hasRedis, startRedis } from "../../tests/fleet/_redis.ts";

/** A running store. */
export interface BenchStore extends AsyncDisposable {
  readonly name: string;
  readonly connection: FleetConnection;
  /** The id of its process. */
  readonly pid: number;
  /** By what is kept: bytes. */
  sizes(): Promise<Readonly<Record<string, number>>>;
}

/** Starts PostgreSQL, and Redis where it is installed. */
export async function startStores(): Promise<BenchStore[]> {
  return [await postgresStore(), ...hasRedis ? [await redisStore()] : []];
}

async function postgresStore(): Promise<BenchStore> {
  const server = await startPostgres();
  const pool = new pg.Pool({ ...server.address, max: 1 });
  pool.on("error", () => {}); // its server ends first
  const file = join(server.address.host, "data", "postmaster.pid");
  return {
    name: "PostgreSQL",
    connection: { postgres: { ...server.address } },
    pid: Number(readFileSync(file, "utf8").split("\n")[0]),
    async sizes(): Promise<Record<string, number>> {
      const { rows } = await pool.query(`
        SELECT CASE WHEN n.nspname = 'bullmq' THEN 'queue' ELSE c.relname END AS name,
          sum(pg_total_relation_size(c.oid))::float8 AS bytes
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname IN ('bullmq', 'codex_fleet') GROUP BY 1`);
      const sizes = new Map(rows.map(({ name, bytes }) => [name as string, bytes as number]));
      const of = (...names: string[]): number =>
        names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
      return {
        "rollout": of("part"),
        "events": of("event", "run", "message"),
        "owner and checkpoint": of("thread", "line"),
        "queue": of("queue"),
      };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await pool.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What the keys of a fleet in Redis are. */
const KINDS: Readonly<Record<string, string>> = {
  part: "rollout",
  events: "events",
  messages: "events",
  keys: "events",
  end: "events",
  thread: "owner and checkpoint",
  line: "owner and checkpoint",
  places: "owner and checkpoint",
  counter: "owner and checkpoint",
};

async function redisStore(): Promise<BenchStore> {
  const server = await startRedis();
  const client = new Redis({ ...server.address, maxRetriesPerRequest: null });
  client.on("error", () => {}); // its server ends first
  return {
    name: "Redis",
    connection: { redis: { ...server.address } },
    pid: Number(/process_id:(\d+)/.exec(await client.info("server"))?.[1]),
    async sizes(): Promise<Record<string, number>> {
      const sizes: Record<string, number> = {};
      for (const kind of [...Object.values(KINDS), "queue"]) sizes[kind] = 0;
      const keys = await client.keys("*");
      const bytes = await Promise.all(
        keys.map((key) => client.call("MEMORY", "USAGE", key, "SAMPLES", 0)),
      );
      for (const [at, key] of keys.entries()) {
        const kind = KINDS[/^\{codex_fleet\}:(\w+):/.exec(key)?.[1] ?? ""] ?? "queue";
        sizes[kind] = (sizes[kind] ?? 0) + Number(bytes[at]);
      }
      return sizes;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      client.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}
