/** A Redis of the test's own, on a Unix socket; Debian's `redis-server`, where it is installed. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, exitOf } from "./_postgres.ts";

/** How to connect: what `ioredis` and BullMQ take. */
export interface RedisAddress {
  readonly path: string;
}

/** A running server. */
export interface TestRedis extends AsyncDisposable {
  readonly address: RedisAddress;
  /** Ends the server by `kill -9`, and starts it again on the same data. */
  crash(): Promise<void>;
}

/** Whether there is a `redis-server`. */
export const hasRedis: boolean =
  await exitOf(spawn("redis-server", ["--version"], { stdio: "ignore" })) === 0;

/** Starts a server; clients wait until it listens. A durable one keeps what it has said that it has. */
export async function startRedis(isDurable = false): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "codex-redis-"));
  const path = join(folder, "redis.sock");
  const args = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", ""];
  if (isDurable) args.push("--appendonly", "yes", "--appendfsync", "always");
  let server = spawn("redis-server", args, { stdio: "ignore" });
  let exit = exitOf(server);
  return {
    address: { path },
    async crash(): Promise<void> {
      server.kill("SIGKILL");
      await ended(exit, "Redis", 10_000);
      server = spawn("redis-server", args, { stdio: "ignore" });
      exit = exitOf(server);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      server.kill("SIGTERM");
      await ended(exit, "Redis", 10_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
