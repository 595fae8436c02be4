/** A store in Redis. */
import { Buffer } from "node:buffer";
import { LeaseLostError } from "./errors.ts";
import { BEGUN_MS, IN_LINE_MS } from "./memory_store.ts";
import type { StoreWithThreads } from "./postgres_store.ts";
import { ACQUIRE, COMMIT, POST, RELEASE, RENEW } from "./redis_scripts.ts";
import type {
  Checkpoint,
  Commit,
  FleetMessage,
  Lease,
  LeaseRequest,
  StoredEvent,
  StoredMessage,
  ThreadStore,
} from "./store.ts";
import { Watchers } from "./watchers.ts";

/**
 * What a client of `ioredis` offers and {@linkcode redisStore} uses.
 *
 * @example
 * ```ts
 * import type { RedisClient } from "@codex-app-server/sdk/fleet";
 *
 * const isThere = async (redis: RedisClient): Promise<boolean> => await redis.call("PING") === "PONG";
 * ```
 */
export interface RedisClient {
  /** Runs a command. */
  call(command: string, ...args: (string | number | Uint8Array)[]): Promise<unknown>;
  /** Runs a command whose reply is bytes. */
  callBuffer(command: string, ...args: (string | number | Uint8Array)[]): Promise<unknown>;
  /** Makes a second connection, for news. */
  duplicate(): RedisSubscriber;
}

/**
 * A connection that receives messages.
 *
 * @example
 * ```ts
 * import type { RedisSubscriber } from "@codex-app-server/sdk/fleet";
 *
 * const listen = (redis: RedisSubscriber): Promise<unknown> => redis.subscribe("{codex_fleet}");
 * ```
 */
export interface RedisSubscriber {
  /** Subscribes to a channel. */
  subscribe(channel: string): Promise<unknown>;
  /** Listens to messages and errors. */
  // deno-lint-ignore no-explicit-any -- overloads of an emitter
  on(event: any, listener: (...args: any[]) => void): unknown;
  /** Ends the connection. */
  disconnect(): void;
}

/**
 * Options of {@linkcode redisStore}.
 *
 * @example
 * ```ts
 * import type { RedisStoreOptions } from "@codex-app-server/sdk/fleet";
 *
 * const options: RedisStoreOptions = { prefix: "agents" };
 * ```
 */
export interface RedisStoreOptions {
  /**
   * What the names of all keys begin with, in braces, so that a cluster keeps them together.
   *
   * @default {"codex_fleet"}
   */
  readonly prefix?: string;
}

/**
 * Stores a fleet in Redis 6 or newer, through a client of `ioredis` that stays yours. Redis must keep what it has promised:
 * set `appendonly yes` and `maxmemory-policy noeviction`.
 *
 * @throws {TypeError} if the prefix has other characters than letters, digits, `_` and `-`
 *
 * @example
 * ```ts
 * import { redisStore, type FleetStore, type RedisClient } from "@codex-app-server/sdk/fleet";
 *
 * const storeIn = (redis: RedisClient): FleetStore => redisStore(redis, { prefix: "agents" });
 * ```
 */
export function redisStore(redis: RedisClient, options: RedisStoreOptions = {}): StoreWithThreads {
  return new RedisStore(redis, options);
}

class RedisStore implements StoreWithThreads {
  readonly threads: ThreadStore;
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #watchers: Watchers;
  #subscriber: RedisSubscriber | undefined;

  constructor(redis: RedisClient, { prefix = "codex_fleet" }: RedisStoreOptions) {
    if (!/^[\w-]{1,100}$/.test(prefix)) {
      throw new TypeError(
        `"prefix" must be letters, digits, "_" or "-", got ${JSON.stringify(prefix)}`,
      );
    }
    this.#redis = redis;
    this.#prefix = `{${prefix}}`;
    this.#watchers = new Watchers(() => this.#listen());
    this.threads = {
      put: async (key, bytes): Promise<void> => {
        await redis.call("SET", this.#key("part", key), Buffer.from(bytes));
      },
      get: async (key): Promise<Uint8Array | undefined> => {
        const bytes = await redis.callBuffer("GET", this.#key("part", key));
        return bytes === null ? undefined : new Uint8Array(bytes as Uint8Array);
      },
      remove: async (keys): Promise<void> => {
        if (keys.length > 0) await redis.call("DEL", ...keys.map((key) => this.#key("part", key)));
      },
    };
  }

  async acquire(
    { thread, runId, ttlMs }: LeaseRequest,
  ): Promise<{ lease: Lease; checkpoint: Checkpoint | undefined } | undefined> {
    const keys = [...this.#threadKeys(thread), this.#key("counter", "")];
    const reply = await this.#run(ACQUIRE, keys, [runId, Math.ceil(ttlMs), IN_LINE_MS]);
    if (reply === null) return undefined;
    const [epoch, text] = reply as [number, string];
    const checkpoint = text === "" ? undefined : JSON.parse(text) as Checkpoint;
    return { lease: { thread, runId, epoch: Number(epoch) }, checkpoint };
  }

  async renew({ thread, epoch, runId }: Lease, ttlMs: number): Promise<boolean> {
    const [key = "", , places = ""] = this.#threadKeys(thread);
    return await this.#run(RENEW, [key, places], [epoch, runId, Math.ceil(ttlMs), BEGUN_MS]) ===
      1;
  }

  async release({ thread, epoch, runId }: Lease, keepMs = BEGUN_MS): Promise<void> {
    const keys = [...this.#threadKeys(thread), this.#key("end", runId)];
    await this.#run(RELEASE, keys, [epoch, runId, Math.ceil(keepMs)]);
  }

  async commit(lease: Lease, { after, events = [], checkpoint }: Commit): Promise<void> {
    const { thread, runId, epoch } = lease;
    const [owner = "", ...line] = this.#threadKeys(thread);
    const keys = [owner, this.#key("events", runId), this.#key("end", runId), ...line];
    const isEnd = events.at(-1)?.type === "ended";
    const reply = await this.#run(COMMIT, keys, [
      ...[epoch, runId, after, isEnd ? 1 : 0],
      checkpoint === undefined ? "" : JSON.stringify(checkpoint),
      ...[this.#prefix, ...events.map((event) => JSON.stringify(event))],
    ]);
    if (reply !== 1) throw new LeaseLostError(thread);
  }

  async events(runId: string, after: number, limit: number): Promise<StoredEvent[]> {
    if (limit <= 0) return [];
    const rows = await this.#redis.call(
      "LRANGE",
      this.#key("events", runId),
      after,
      after + limit - 1,
    );
    return (rows as string[]).map((row, at) => ({ seq: after + at + 1, ...JSON.parse(row) }));
  }

  async post(runId: string, message: FleetMessage, key = ""): Promise<void> {
    const keys = [this.#key("messages", runId), this.#key("keys", runId)];
    await this.#run(POST, keys, [runId, JSON.stringify(message), key, this.#prefix]);
  }

  async messages(runId: string, after: number): Promise<StoredMessage[]> {
    const rows = await this.#redis.call("LRANGE", this.#key("messages", runId), after, -1);
    return (rows as string[]).map((row, at) => ({ seq: after + at + 1, message: JSON.parse(row) }));
  }

  watch(runId: string, changed: () => void): () => void {
    return this.#watchers.add(runId, changed);
  }

  async forget(runId: string): Promise<void> {
    if (await this.#redis.call("EXISTS", this.#key("end", runId)) !== 1) return;
    const keys = ["events", "messages", "keys", "end"].map((kind) => this.#key(kind, runId));
    await this.#redis.call("DEL", ...keys);
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#subscriber?.disconnect();
    this.#subscriber = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #key(kind: string, name: string): string {
    return `${this.#prefix}:${kind}:${name}`;
  }

  #threadKeys(thread: string): string[] {
    return ["thread", "line", "places"].map((kind) => this.#key(kind, thread));
  }

  #run(script: string, keys: string[], args: (string | number)[]): Promise<unknown> {
    return this.#redis.call("EVAL", script, keys.length, ...keys, ...args);
  }

  /** News are a convenience: whoever waits also asks from time to time. */
  #listen(): void {
    const subscriber = this.#redis.duplicate();
    this.#subscriber = subscriber;
    subscriber.on("error", () => {}); // it connects again by itself
    subscriber.on("message", (_channel: string, runId: string) => this.#watchers.changed(runId));
    subscriber.subscribe(this.#prefix).then(() => this.#watchers.changedAll(), () => {});
  }
}
