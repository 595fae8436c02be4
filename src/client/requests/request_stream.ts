/** What the caller reads the server's requests from. */
import { PendingReads } from "../events/value_queues.ts";
import type { UserRequest, UserRequestKind, UserRequestOf } from "./user_request.ts";

/** Told of what the reader does. */
interface StreamHooks {
  /** The reader has the request in hand. */
  readonly onTaken: (request: UserRequest) => void;
  /** The reader has left before the end. */
  readonly onLeave: () => void;
}

/**
 * Requests as they come, read with `for await`. Each can be answered in the loop or much later, from elsewhere, as long as
 * its `state` is `"open"`; one that is settled before it is read is left out. Leaving the loop answers nothing: what was
 * read stays with whoever has it, what was not read goes on to the next level.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 *
 * async function answerAll(thread: Thread): Promise<void> {
 *   for await (const request of thread.requests()) {
 *     if (request.kind === "commandApproval" && request.script === "ls") request.approve();
 *     else request.decline();
 *   }
 * }
 * ```
 */
export class RequestStream<Kind extends UserRequestKind = UserRequestKind>
  implements
    AsyncIterator<UserRequestOf<Kind>, undefined>,
    AsyncIterable<UserRequestOf<Kind>>,
    AsyncDisposable {
  readonly #kinds: ReadonlySet<UserRequestKind> | undefined;
  readonly #hooks: StreamHooks;
  readonly #unread = new Set<UserRequest>();
  readonly #reads = new PendingReads<UserRequest>();

  /**
   * Reads requests of these kinds.
   *
   * @ignore
   */
  constructor(kinds: readonly UserRequestKind[] | undefined, hooks: StreamHooks) {
    this.#kinds = kinds && new Set(kinds);
    this.#hooks = hooks;
  }

  /** How many requests wait to be read. */
  get pending(): number {
    return this.#unread.size;
  }

  /** Takes the next request, waiting for it when there is none. */
  next(): Promise<IteratorResult<UserRequestOf<Kind>, undefined>> {
    return this.#take() as Promise<IteratorResult<UserRequestOf<Kind>, undefined>>;
  }

  /** Leaves the stream. */
  return(): Promise<IteratorResult<UserRequestOf<Kind>, undefined>> {
    this.end();
    this.#hooks.onLeave();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** The stream itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Leaves the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /**
   * Whether the reader wants requests of this kind.
   *
   * @ignore
   */
  wants(kind: UserRequestKind): boolean {
    return !this.#reads.ended && (this.#kinds?.has(kind) ?? true);
  }

  /**
   * Gives the reader a request, if it wants such.
   *
   * @ignore
   */
  push(request: UserRequest): void {
    if (!this.wants(request.kind)) return;
    if (this.#reads.give(request)) this.#hooks.onTaken(request);
    else this.#unread.add(request);
  }

  /**
   * The request is settled, and need not be read.
   *
   * @ignore
   */
  drop(request: UserRequest): void {
    this.#unread.delete(request);
  }

  /**
   * Ends the stream, and forgets what is unread; with an error, one read rejects with it.
   *
   * @ignore
   */
  end(error?: unknown): void {
    this.#unread.clear();
    this.#reads.end(error);
  }

  #take(): Promise<IteratorResult<UserRequest, undefined>> {
    const [request] = this.#unread;
    if (request === undefined) return this.#reads.next();
    this.#unread.delete(request);
    this.#hooks.onTaken(request);
    return Promise.resolve({ value: request, done: false });
  }
}
