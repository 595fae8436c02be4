/** The store of a chaos run: PostgreSQL or Redis, killed by `kill -9` and cut off from its clients. */
import type { FleetConnection } from "../../fleet/bullmq.ts";
import { startPostgres } from "./_postgres.ts";
import { startRedis } from "./_redis.ts";

/** Which store. */
export type StoreKind = "postgres" | "redis";

/** A store that can be broken. */
export interface ChaosStore extends AsyncDisposable {
  readonly connection: FleetConnection;
  /** Kills the server, and starts it again on the same data. */
  crash(): Promise<void>;
  /** Ends all connections. */
  cut(): Promise<void>;
  /** Bytes of all parts of rollouts, also of those to which nothing refers. */
  partBytes(): Promise<number>;
}

/** Starts a store. */
export function startStore(kind: StoreKind): Promise<ChaosStore> {
  return kind === "redis" ? redis() : postgres();
}

async function postgres(): Promise<ChaosStore> {
  const server = await startPostgres();
  const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const { default: pg } = await import("pg");
    const client = new pg.Client({ ...server.address });
    client.on("error", () => {});
    try {
      await client.connect();
      return (await client.query(text)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  };
  return {
    connection: { postgres: { ...server.address, max: 20 } },
    crash: () => server.crash("SIGKILL"),
    async cut(): Promise<void> {
      await query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
      );
    },
    async partBytes(): Promise<number> {
      const [row] = await query(
        "SELECT coalesce(sum(length(bytes)), 0)::float8 AS bytes FROM codex_fleet.part",
      );
      return Number(row?.["bytes"]);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function redis(): Promise<ChaosStore> {
  const server = await startRedis(true);
  const { Redis } = await import("ioredis");
  const client = new Redis({ ...server.address });
  client.on("error", () => {});
  return {
    connection: { redis: { ...server.address } },
    crash: () => server.crash(),
    async cut(): Promise<void> {
      for (const type of ["normal", "pubsub"]) {
        await client.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
      }
    },
    async partBytes(): Promise<number> {
      const keys = await client.keys("{codex_fleet}:part:*");
      const sizes = await Promise.all(keys.map((key) => client.strlen(key)));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      client.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}
