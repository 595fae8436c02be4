/** The app-servers of a worker. */
import type { Codex } from "../codex.ts";
import { after, now } from "../util/clock.ts";
import { abortable } from "../util/abortable.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { errorText } from "../util/error_text.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs, sleep } from "../util/timer.ts";
import { PoolClosedError, ServerLostError } from "./errors.ts";

/**
 * Options of {@linkcode ServerPool}.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { ServerPoolOptions } from "@codex-app-server/sdk/fleet";
 *
 * const options: ServerPoolOptions = {
 *   start: (slot) => Codex.start({ codexHome: `/var/lib/worker/home-${slot}` }),
 *   servers: 2,
 *   threadsPerServer: 4,
 * };
 * ```
 */
export interface ServerPoolOptions {
  /** Starts the server of a slot: 0, 1, 2. Give each slot a `CODEX_HOME` of its own. */
  readonly start: (slot: number) => Promise<Codex>;
  /**
   * The most servers.
   *
   * @default {1}
   */
  readonly servers?: number | undefined;
  /**
   * The most threads that one server runs at a time.
   *
   * @default {8}
   */
  readonly threadsPerServer?: number | undefined;
  /**
   * The most leases that wait; a further one rejects with {@linkcode PoolClosedError}.
   *
   * @default {1_000}
   */
  readonly maxWaiting?: number | undefined;
  /**
   * The resident memory in bytes above which a server gets no further threads, and is replaced once it has none
   * (`server/diagnostics`). No limit by default.
   */
  readonly memoryLimitBytes?: number | undefined;
  /**
   * Milliseconds between two checks of a server that is in use. 0 means no checks.
   *
   * @default {10_000}
   */
  readonly checkMs?: number | undefined;
  /**
   * Milliseconds in which a server must answer a check; it is ended after two that it misses.
   *
   * @default {10_000}
   */
  readonly checkTimeoutMs?: number | undefined;
}

const OPTIONS: OptionNames<ServerPoolOptions> = {
  start: true,
  servers: true,
  threadsPerServer: true,
  maxWaiting: true,
  memoryLimitBytes: true,
  checkMs: true,
  checkTimeoutMs: true,
};

/**
 * The use of a server for one thread.
 *
 * @example
 * ```ts
 * import type { ServerLease } from "@codex-app-server/sdk/fleet";
 *
 * async function use(lease: ServerLease): Promise<void> {
 *   using _held = lease;
 *   await lease.codex.threadStart();
 * }
 * ```
 */
export interface ServerLease extends Disposable {
  /** The client of the server. */
  readonly codex: Codex;
  /** Aborts with {@linkcode ServerLostError} when the server has ended, or does not answer. */
  readonly lost: AbortSignal;
  /** Gives the place back. Safe to call again. */
  release(): void;
}

/**
 * How a pool is doing.
 *
 * @example
 * ```ts
 * import type { PoolStats } from "@codex-app-server/sdk/fleet";
 *
 * const isFull = ({ waiting }: PoolStats): boolean => waiting > 0;
 * ```
 */
export interface PoolStats {
  /** Servers that run. */
  readonly servers: number;
  /** Leases that are in use. */
  readonly leases: number;
  /** Leases that wait for a place. */
  readonly waiting: number;
  /** Servers that ended without being asked, since the pool was created. */
  readonly crashes: number;
  /** Servers that were replaced because of their memory. */
  readonly retired: number;
  /** The resident memory of the servers in bytes, as last reported. */
  readonly memoryBytes: number;
}

interface Server {
  readonly slot: number;
  readonly codex: Codex;
  readonly leases: Set<AbortController>;
  readonly threads: Set<string>;
  readonly stopChecks: () => void;
  readonly startedAt: number;
  memoryBytes: number;
  missed: number;
  isRetired: boolean;
}

interface Slot {
  server: Server | undefined;
  starting: boolean;
  /** Failed starts and early crashes in a row. */
  failures: number;
  notBefore: number;
}

interface Waiter {
  readonly thread: string;
  readonly place: Deferred<ServerLease>;
}

/** Milliseconds after which a server counts as stable. */
const STABLE_MS = 60_000;
const MAX_BACKOFF_MS = 30_000;
/** Number of starts that fail in a row before the waiting leases reject. */
const MAX_FAILURES = 3;

/**
 * Runs the app-servers of a worker: starts them when they are needed, shares them among threads, replaces those that crash,
 * do not answer or use too much memory. Bounded in every direction.
 *
 * @example
 * ```ts
 * import { Codex, printable } from "@codex-app-server/sdk";
 * import { ServerPool } from "@codex-app-server/sdk/fleet";
 *
 * async function main(): Promise<void> {
 *   await using pool = new ServerPool({
 *     start: (slot) => Codex.start({ codexHome: `/var/lib/worker/home-${slot}` }),
 *     servers: 2,
 *   });
 *   using lease = await pool.lease("customer-4");
 *   const thread = await lease.codex.threadStart();
 *   console.log(printable((await thread.run("Hello")).finalResponse ?? ""));
 * }
 * ```
 */
export class ServerPool implements AsyncDisposable {
  readonly #options: Required<
    { [Name in keyof ServerPoolOptions]: NonNullable<ServerPoolOptions[Name]> }
  >;
  readonly #slots: readonly Slot[];
  readonly #waiting: Waiter[] = [];
  #state: "open" | "draining" | "closed" = "open";
  #idle: Deferred<void> | undefined;
  #crashes = 0;
  #retired = 0;
  readonly #closing = new Set<Promise<void>>();
  readonly #abort = new AbortController();

  /**
   * Creates a pool, which starts no server yet.
   *
   * @throws {TypeError} if an option is unknown or has the wrong type
   * @throws {RangeError} if a number is out of range
   */
  constructor(options: ServerPoolOptions) {
    checkOptionNames("ServerPool", options, OPTIONS);
    if (typeof options.start !== "function") {
      throw new TypeError(`"start" of ServerPool must be a function that starts a client`);
    }
    const {
      start,
      servers = 1,
      threadsPerServer = 8,
      maxWaiting = 1_000,
      memoryLimitBytes = Infinity,
      checkMs = 10_000,
      checkTimeoutMs = 10_000,
    } = options;
    for (const [name, value] of Object.entries({ servers, threadsPerServer })) {
      if (Number.isInteger(value) && value > 0) continue;
      throw new RangeError(`"${name}" of ServerPool must be a whole number above 0, got ${value}`);
    }
    checkLimitMs("checkMs", checkMs);
    checkLimitMs("checkTimeoutMs", checkTimeoutMs);
    for (const [name, value] of Object.entries({ maxWaiting, memoryLimitBytes })) {
      if (typeof value === "number" && value >= 0) continue;
      throw new RangeError(`"${name}" of ServerPool must be a number of at least 0, got ${value}`);
    }
    this.#options = {
      ...{ start, servers, threadsPerServer, maxWaiting },
      ...{ memoryLimitBytes, checkMs, checkTimeoutMs },
    };
    this.#slots = Array.from({ length: servers }, () => {
      return { server: undefined, starting: false, failures: 0, notBefore: 0 };
    });
  }

  /** How many threads the pool can run at a time. */
  get capacity(): number {
    return this.#options.servers * this.#options.threadsPerServer;
  }

  /** How the pool is doing. */
  get stats(): PoolStats {
    const servers = this.#servers();
    return {
      servers: servers.length,
      leases: servers.reduce((sum, { leases }) => sum + leases.size, 0),
      waiting: this.#waiting.length,
      crashes: this.#crashes,
      retired: this.#retired,
      memoryBytes: servers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
  }

  /**
   * Leases a place on a server for a thread, once there is one. A thread has one lease at a time on one server.
   *
   * @throws {PoolClosedError} if the pool is drained or closed, or too many leases wait
   * @throws {ServerLostError} if no server can be started; `signal.reason` if the signal fires
   */
  async lease(
    thread: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ServerLease> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#state !== "open") throw new PoolClosedError(`the pool is ${this.#state}`);
    if (this.#waiting.length >= this.#options.maxWaiting) {
      throw new PoolClosedError(`${this.#waiting.length} leases wait already`);
    }
    const waiter: Waiter = { thread, place: deferred() };
    this.#waiting.push(waiter);
    this.#serve();
    try {
      return await abortable(waiter.place.promise, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      else waiter.place.promise.then((lease) => lease.release(), () => {});
      throw error;
    }
  }

  /** Gives no further leases, and fulfils when all are given back. Those that wait are refused. */
  async drain(): Promise<void> {
    if (this.#state === "open") this.#state = "draining";
    this.#refuse(new PoolClosedError("the pool is drained"));
    if (this.stats.leases === 0) return;
    this.#idle ??= deferred();
    await this.#idle.promise;
  }

  /** Ends all servers; leases that are in use are lost. */
  async close(): Promise<void> {
    this.#state = "closed";
    this.#abort.abort(new PoolClosedError("the pool is closed"));
    this.#refuse(new PoolClosedError("the pool is closed"));
    for (const server of this.#servers()) this.#end(server, "was closed");
    await Promise.all(this.#closing);
  }

  /** Ends all servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #servers(): Server[] {
    return this.#slots.flatMap(({ server }) => server === undefined ? [] : [server]);
  }

  #refuse(error: Error): void {
    for (const { place } of this.#waiting.splice(0)) {
      place.promise.catch(() => {});
      place.reject(error);
    }
  }

  /** Gives places to those that wait, in order, and starts a server if one is missing. */
  #serve(): void {
    for (let at = 0; at < this.#waiting.length;) {
      const waiter = this.#waiting[at] as Waiter;
      const server = this.#placeFor(waiter.thread);
      if (server === undefined) at++;
      else {
        this.#waiting.splice(at, 1);
        waiter.place.resolve(this.#leaseOn(server, waiter.thread));
      }
    }
    const starting = this.#slots.filter((slot) => slot.starting).length;
    const missing = Math.ceil(this.#waiting.length / this.#options.threadsPerServer) - starting;
    const free = this.#slots.filter((slot) => slot.server === undefined && !slot.starting);
    for (const slot of free.slice(0, Math.max(0, missing))) void this.#start(slot);
  }

  /** The server with the fewest threads; none while another one has this thread. */
  #placeFor(thread: string): Server | undefined {
    const servers = this.#servers();
    if (servers.some(({ threads }) => threads.has(thread))) return undefined;
    return servers
      .filter((one) => !one.isRetired && one.leases.size < this.#options.threadsPerServer)
      .sort((one, other) => one.leases.size - other.leases.size)[0];
  }

  #leaseOn(server: Server, thread: string): ServerLease {
    const held = new AbortController();
    server.leases.add(held);
    server.threads.add(thread);
    const release = (): void => {
      if (!server.leases.delete(held)) return;
      server.threads.delete(thread);
      if (server.isRetired && server.leases.size === 0) this.#end(server, "was replaced");
      this.#serve();
      if (this.stats.leases === 0) this.#idle?.resolve();
    };
    return { codex: server.codex, lost: held.signal, release, [Symbol.dispose]: release };
  }

  async #start(slot: Slot): Promise<void> {
    slot.starting = true;
    try {
      await sleep(Math.max(0, slot.notBefore - now()), this.#abort.signal);
      const codex = await this.#options.start(this.#slots.indexOf(slot));
      if (this.#state === "closed") return await codex.close();
      this.#use(slot, codex);
    } catch (error) {
      if (this.#state === "closed") return;
      this.#backOff(slot);
      if (slot.failures >= MAX_FAILURES) {
        this.#refuse(
          new ServerLostError(`cannot be started (${errorText(error)})`, { cause: error }),
        );
      }
    } finally {
      slot.starting = false;
      this.#serve();
    }
  }

  #use(slot: Slot, codex: Codex): void {
    const server: Server = {
      slot: this.#slots.indexOf(slot),
      codex,
      leases: new Set(),
      threads: new Set(),
      stopChecks: this.#check(() => server),
      startedAt: now(),
      memoryBytes: 0,
      missed: 0,
      isRetired: false,
    };
    slot.server = server;
    void codex.exited.then(() => {
      if (slot.server !== server) return;
      this.#crashes++;
      if (now() - server.startedAt > STABLE_MS) slot.failures = 0;
      this.#backOff(slot);
      this.#end(server, "ended by itself");
    });
  }

  #backOff(slot: Slot): void {
    const delayMs = Math.min(MAX_BACKOFF_MS, 100 * 2 ** slot.failures);
    slot.failures++;
    slot.notBefore = now() + delayMs * (0.5 + Math.random() / 2);
  }

  #end(server: Server, what: string): void {
    const slot = this.#slots[server.slot] as Slot;
    if (slot.server === server) slot.server = undefined;
    server.stopChecks();
    const closing: Promise<void> = server.codex.close().catch(() => {}).finally(() => {
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
    for (const held of [...server.leases]) held.abort(new ServerLostError(what));
    this.#serve();
    if (this.stats.leases === 0) this.#idle?.resolve();
  }

  /** Asks a server from time to time whether it is well. */
  #check(get: () => Server): () => void {
    const { checkMs } = this.#options;
    if (checkMs <= 0) return () => {};
    let isOver = false;
    let cancel = (): void => {};
    const schedule = (): void => {
      cancel = after(checkMs, () => {
        void this.#examine(get()).finally(() => {
          if (!isOver) schedule();
        });
      });
    };
    schedule();
    return () => {
      isOver = true;
      cancel();
    };
  }

  async #examine(server: Server): Promise<void> {
    const { checkTimeoutMs: timeoutMs, memoryLimitBytes } = this.#options;
    try {
      const reply = await server.codex.request("server/diagnostics", {}, { timeoutMs });
      server.missed = 0;
      server.memoryBytes = reply.process.residentMemoryBytes ?? 0;
    } catch (error) {
      // An older server has no diagnostics, but it answers.
      if ((error as { code?: string }).code === "method_not_found") return;
      if (++server.missed >= 2) this.#end(server, "does not answer");
      return;
    }
    if (server.memoryBytes <= memoryLimitBytes || server.isRetired) return;
    server.isRetired = true;
    this.#retired++;
    if (server.leases.size === 0) this.#end(server, "was replaced");
  }
}
