/** A watch on a file or a folder. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import { onAbort } from "../../util/on_abort.ts";
import type { CallOptions } from "../call_options.ts";
import { checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { LiveStream } from "../events/live_stream.ts";
import { PendingReads } from "../events/value_queues.ts";
import { fsFailure } from "./fs_failure.ts";

/** Milliseconds for the reply when a watch ends in the background. */
const UNWATCH_MS = 5_000;
/** Maximum number of unread paths; past it, the watch fails. */
const MAX_PATHS = 65_536;

/**
 * The changes since the previous read.
 *
 * @example
 * ```ts
 * import type { FsChange } from "@codex-app-server/sdk";
 *
 * const isSource = ({ paths }: FsChange): boolean => paths.some((path) => path.endsWith(".ts"));
 * ```
 */
export interface FsChange {
  /** Absolute paths of the files and folders that were created, changed or removed, without duplicates. */
  readonly paths: readonly string[];
}

/**
 * A watch on a path (`fs/watch`), read with `for await`; leaving the loop ends it (`fs/unwatch`) and waits at most 5
 * seconds for the reply. Unread changes are
 * merged.
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
export class FsWatch extends LiveStream<FsChange> {
  /** The watched path, as the server reports it. */
  readonly path: string;

  /** Reads from a watch that the server has started. */
  constructor(path: string, queue: WatchQueue) {
    super(queue, () => queue.leave());
    this.path = path;
  }

  /**
   * Waits for the next change. Rejects with `signal.reason` after an abort.
   *
   * @throws {TransportClosedError} if the connection ended before the watch did
   * @throws {StreamOverflowError} if 65,536 paths changed while nobody was reading
   */
  override next(): Promise<IteratorResult<FsChange, undefined>> {
    return super.next();
  }
}

/** Starts a watch; it sees every change after the server's reply. */
export async function watchPath(
  context: ClientContext,
  path: string,
  options: CallOptions,
): Promise<FsWatch> {
  const { signal, timeoutMs } = options;
  const queue = new WatchQueue(context, signal);
  const { watchId } = queue;
  try {
    const reply = await context.request("fs/watch", { watchId, path }, {
      signal,
      timeoutMs,
      onLateResult: () => queue.unwatch(),
    });
    queue.started = true;
    checkObject("fs/watch", reply);
    return new FsWatch(typeof reply.path === "string" ? reply.path : path, queue);
  } catch (error) {
    if (queue.started) void queue.unwatch(); // the reply was unreadable
    queue.end();
    throw fsFailure(error, path);
  }
}

/** The unread changes of one watch, merged. */
class WatchQueue {
  readonly watchId: string;
  /** Whether the server has a watch to end. */
  started = false;
  readonly #context: ClientContext;
  readonly #stopListening: () => void;
  readonly #release: () => void;
  readonly #paths = new Set<string>();
  readonly #reads = new PendingReads<FsChange>();
  #left = false;

  /** Registers before the request is sent, so that no change is missed. */
  constructor(context: ClientContext, signal: AbortSignal | undefined) {
    this.#context = context;
    this.watchId = context.operations.newId("watch");
    this.#release = context.operations.add(this.watchId, {
      accept: ({ changedPaths }) => this.#push(changedPaths),
      onClose: (error) => this.end(error),
    });
    this.#stopListening = onAbort(signal, () => this.#abandon(signal?.reason));
  }

  next(): Promise<IteratorResult<FsChange, undefined>> {
    if (this.#left) return Promise.resolve({ value: undefined, done: true });
    if (this.#paths.size === 0) return this.#reads.next();
    const paths = [...this.#paths];
    this.#paths.clear();
    return Promise.resolve({ value: { paths }, done: false });
  }

  /** Ends the watch on both sides. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#paths.clear();
    if (this.#reads.ended) return;
    this.end();
    await this.unwatch();
  }

  /** Ends the queue after its unread paths; with an error, the last read rejects with it. */
  end(error?: unknown): void {
    this.#release();
    this.#stopListening();
    this.#reads.end(error);
  }

  /** Ends the watch on the server; if that fails, the server has none. */
  async unwatch(): Promise<void> {
    const { watchId } = this;
    await this.#context.request("fs/unwatch", { watchId }, { timeoutMs: UNWATCH_MS })
      .catch(() => {});
  }

  #push(changed: unknown): void {
    if (!Array.isArray(changed)) return;
    const paths = [...new Set(changed.filter((path) => typeof path === "string"))];
    if (paths.length === 0 || this.#reads.give({ paths })) return;
    for (const path of paths) this.#paths.add(path);
    if (this.#paths.size > MAX_PATHS) this.#abandon(new StreamOverflowError(MAX_PATHS));
  }

  #abandon(error: unknown): void {
    this.#paths.clear();
    this.end(error);
    if (this.started) void this.unwatch();
  }
}
