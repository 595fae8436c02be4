/** Changes of a file or a folder, as they come. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import type { CallOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { fsFailure } from "./fs_failure.ts";

/** Milliseconds for the reply when a watch ends that nobody waits for any more. */
const UNWATCH_MS = 5_000;
/** Paths that are kept for a reader that does not come. */
const MAX_PATHS = 65_536;

/**
 * What has changed since the last look.
 *
 * @example
 * ```ts
 * import type { FsChange } from "@codex-app-server/sdk";
 *
 * const isSource = ({ paths }: FsChange): boolean => paths.some((path) => path.endsWith(".ts"));
 * ```
 */
export interface FsChange {
  /** The files and folders that were made, changed or removed: absolute, each once. */
  readonly paths: readonly string[];
}

type Result = IteratorResult<FsChange, undefined>;

type Waiter = (result: Result | Promise<Result>) => void;

/**
 * A watch on a path (`fs/watch`), read with `for await`; leaving the loop ends it (`fs/unwatch`). What changes while
 * nobody reads is joined into one change.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function untilTouched(codex: Codex, path: string): Promise<void> {
 *   for await (const { paths } of await codex.fs.watch(path)) {
 *     console.log(paths);
 *     break;
 *   }
 * }
 * ```
 */
export class FsWatch
  implements AsyncIterator<FsChange, undefined>, AsyncIterable<FsChange>, AsyncDisposable {
  /** The path that is watched, as the server has it. */
  readonly path: string;
  readonly #inbox: WatchInbox;

  /** Reads what a watch that the server has started sees. */
  constructor(path: string, inbox: WatchInbox) {
    this.path = path;
    this.#inbox = inbox;
  }

  /**
   * Waits for the next change. Rejects with `signal.reason` after an abort.
   *
   * @throws {TransportClosedError} when the connection ended before the watch did
   * @throws {StreamOverflowError} when 65,536 paths changed and nobody read
   */
  next(): Promise<IteratorResult<FsChange, undefined>> {
    return this.#inbox.next();
  }

  /** Ends the watch. */
  async return(): Promise<IteratorResult<FsChange, undefined>> {
    await this.#inbox.leave();
    return { value: undefined, done: true };
  }

  /** The watch itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the watch. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/** Starts to watch; what changes from the server's answer on is seen. */
export async function watchPath(
  context: ClientContext,
  path: string,
  options: CallOptions,
): Promise<FsWatch> {
  const { signal, timeoutMs } = options;
  const inbox = new WatchInbox(context, signal);
  const { watchId } = inbox;
  try {
    const reply = await context.request("fs/watch", { watchId, path }, {
      signal,
      timeoutMs,
      onLateResult: () => inbox.unwatch(),
    });
    inbox.started = true;
    return new FsWatch(typeof reply?.path === "string" ? reply.path : path, inbox);
  } catch (error) {
    inbox.end();
    throw fsFailure(error, path);
  }
}

/** What a watch has seen and nobody read yet. */
class WatchInbox {
  readonly watchId: string;
  /** Whether the server has something to end. */
  started = false;
  readonly #context: ClientContext;
  readonly #signal: AbortSignal | undefined;
  readonly #release: () => void;
  #paths = new Set<string>();
  #waiters: Waiter[] = [];
  #end: { readonly error: unknown } | undefined;

  /** Registers before the server is asked, so that nothing is missed. */
  constructor(context: ClientContext, signal: AbortSignal | undefined) {
    this.#context = context;
    this.#signal = signal;
    const { watchId, release } = context.watches.add({
      onChange: (paths) => this.#push(paths),
      onEnd: (error) => this.end(error),
    });
    this.watchId = watchId;
    this.#release = release;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  next(): Promise<Result> {
    if (this.#paths.size > 0) return Promise.resolve(this.#take());
    if (this.#end !== undefined) return this.#ended();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Ends the watch on both sides. */
  async leave(): Promise<void> {
    this.#paths.clear();
    const hadEnded = this.#end !== undefined;
    this.end();
    this.#end = { error: undefined }; // who has left is told nothing more
    if (!hadEnded) await this.unwatch();
  }

  /** Ends what is read here after what is unread; with an error, the last read rejects. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#release();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter(this.#ended());
  }

  /** Asks the server to end its part; it has no watch to end when that fails. */
  async unwatch(): Promise<void> {
    const { watchId } = this;
    await this.#context.request("fs/unwatch", { watchId }, { timeoutMs: UNWATCH_MS })
      .catch(() => {});
  }

  #push(paths: readonly string[]): void {
    for (const path of paths) this.#paths.add(path);
    if (this.#paths.size > MAX_PATHS) return this.#abandon(new StreamOverflowError(MAX_PATHS));
    const waiter = this.#paths.size > 0 ? this.#waiters.shift() : undefined;
    waiter?.(this.#take());
  }

  #take(): Result {
    const paths = [...this.#paths];
    this.#paths.clear();
    return { value: { paths }, done: false };
  }

  /** An error is told once, as iterators do. */
  #ended(): Promise<Result> {
    const error = this.#end?.error;
    if (error === undefined) return Promise.resolve({ value: undefined, done: true });
    this.#end = { error: undefined };
    return Promise.reject(error);
  }

  #abandon(error: unknown): void {
    this.#paths.clear();
    this.end(error);
    if (this.started) this.unwatch();
  }

  readonly #onAbort = (): void => this.#abandon(this.#signal?.reason);
}
