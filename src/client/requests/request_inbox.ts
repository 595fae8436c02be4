/** The requests that wait for readers in one scope, and the streams that deliver them. */
import { onAbort } from "../../util/on_abort.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { PendingReads } from "../events/value_queues.ts";
import {
  KIND_NAMES,
  type UserRequest,
  type UserRequestKind,
  type UserRequestOf,
} from "./request_kinds.ts";
import type { ServerRequest } from "./server_request.ts";

/** Maximum number of waiting requests per scope; further ones are passed on. */
const MAX_WAITING = 1_000;

/**
 * Options of a stream of requests.
 *
 * @example
 * ```ts
 * import type { RequestStreamOptions } from "@codex-app-server/sdk/types";
 *
 * const approvals: RequestStreamOptions = { kinds: ["commandApproval", "fileChangeApproval"] };
 * ```
 */
export interface RequestStreamOptions<Kind extends UserRequestKind = UserRequestKind> {
  /** The kinds to read; all by default. */
  readonly kinds?: readonly Kind[] | undefined;
  /** Ends the stream: the next read rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

const STREAM_OPTIONS: OptionNames<RequestStreamOptions> = { kinds: true, signal: true };

interface Waiting {
  /** Whether a reader has received it, or it is kept: it then stays here until it is answered. */
  isTaken: boolean;
  /** Passes the request on to the next scope. */
  readonly passOn: () => void;
}

/** Offers each request to every reader of its kind; the first answer counts. */
export class RequestInbox {
  readonly #waiting = new Map<UserRequest, Waiting>();
  /** The readers, each with the function that detaches it from its signal. */
  readonly #readers = new Map<RequestStream, () => void>();
  #end: { readonly error: unknown } | undefined;

  /** Number of waiting requests. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Number of readers. */
  get readers(): number {
    return this.#readers.size;
  }

  /**
   * Offers a request to the readers. Fulfils when it is settled or the readers pass it on, immediately if none wants
   * its kind.
   */
  async offer(request: ServerRequest): Promise<void> {
    const { user } = request;
    if (user === undefined) return;
    const readers = this.#readersOf(user);
    if (readers.length === 0 || this.#waiting.size >= MAX_WAITING) return;
    await new Promise<void>((resolve) => {
      this.#add(user, request, { isTaken: false, passOn: resolve });
      void request.outcome.then(() => resolve());
    });
  }

  /** Keeps a request that nobody answers here, for later readers, until it is settled. */
  keep(request: ServerRequest): void {
    const { user } = request;
    if (user === undefined || this.#waiting.size >= MAX_WAITING) return;
    this.#add(user, request, { isTaken: true, passOn: () => {} });
  }

  /**
   * Opens a stream, which starts with the waiting requests.
   *
   * @throws {TypeError} if `kinds` is not an array of kinds; `signal.reason` if the signal has already been aborted
   */
  open<Kind extends UserRequestKind>(
    options: RequestStreamOptions<Kind>,
  ): RequestStream<Kind> {
    checkOptionNames("requests()", options, STREAM_OPTIONS);
    const { kinds, signal } = options;
    checkKinds(kinds);
    signal?.throwIfAborted();
    const stream: RequestStream<Kind> = new RequestStream(kinds, {
      onTaken: (request) => this.#take(request),
      onLeave: () => this.#leave(stream),
    });
    if (this.#end !== undefined) {
      stream.end(this.#end.error);
      return stream;
    }
    const stopListening = onAbort(signal, () => {
      this.#leave(stream);
      stream.end(signal?.reason);
    });
    this.#readers.set(stream, stopListening);
    for (const request of this.#waiting.keys()) stream.push(request);
    return stream;
  }

  /** Ends every stream; requests that no reader has received are passed on. */
  close(error?: unknown): void {
    this.#end ??= { error };
    this.fail(error);
  }

  /** Ends the open streams, but not later ones. */
  fail(error: unknown): void {
    for (const reader of [...this.#readers.keys()]) {
      this.#leave(reader);
      reader.end(error);
    }
  }

  #add(user: UserRequest, { outcome }: ServerRequest, waiting: Waiting): void {
    this.#waiting.set(user, waiting);
    void outcome.then(() => {
      this.#waiting.delete(user);
      for (const reader of this.#readers.keys()) reader.drop(user);
    });
    for (const reader of this.#readersOf(user)) reader.push(user);
  }

  #take(request: UserRequest): void {
    const waiting = this.#waiting.get(request);
    if (waiting !== undefined) waiting.isTaken = true;
  }

  /** Removes a reader, and passes on requests that no remaining reader wants. */
  #leave(stream: RequestStream): void {
    const release = this.#readers.get(stream);
    if (release === undefined) return;
    release();
    this.#readers.delete(stream);
    for (const [request, { isTaken, passOn }] of this.#waiting) {
      if (isTaken || this.#readersOf(request).length > 0) continue;
      this.#waiting.delete(request);
      passOn();
    }
  }

  #readersOf({ kind }: UserRequest): RequestStream[] {
    return [...this.#readers.keys()].filter((reader) => reader.wants(kind));
  }
}

function checkKinds(kinds: unknown): void {
  if (kinds === undefined) return;
  if (Array.isArray(kinds) && kinds.every((kind) => KIND_NAMES.includes(kind))) return;
  const names = KIND_NAMES.map((kind) => JSON.stringify(kind)).join(", ");
  throw new TypeError(`"kinds" must be an array of ${names}, got ${JSON.stringify(kinds)}`);
}

/** Called when the reader acts. */
interface StreamHooks {
  /** The reader has received the request. */
  readonly onTaken: (request: UserRequest) => void;
  /** The reader has left before the end. */
  readonly onLeave: () => void;
}

/**
 * Requests as they arrive, read with `for await`. Each can be answered in the loop or later, elsewhere, as long as its
 * `state` is `"open"`; a request that is settled before it is read is skipped. Leaving the loop answers nothing:
 * requests that were read stay open, and unread ones are passed on.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 *
 * async function answerAll(thread: Thread): Promise<void> {
 *   for await (const request of thread.requests()) {
 *     if (request.kind === "commandApproval" && request.script === "pwd") request.approve();
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

  /** The number of unread requests. */
  get pending(): number {
    return this.#unread.size;
  }

  /** Returns the next request, waiting for one if necessary. */
  next(): Promise<IteratorResult<UserRequestOf<Kind>, undefined>> {
    return this.#take() as Promise<IteratorResult<UserRequestOf<Kind>, undefined>>;
  }

  /** Leaves the stream. */
  return(): Promise<IteratorResult<UserRequestOf<Kind>, undefined>> {
    this.end();
    this.#hooks.onLeave();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Returns the stream itself. */
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
   * Passes the reader a request, if it wants the kind.
   *
   * @ignore
   */
  push(request: UserRequest): void {
    if (!this.wants(request.kind)) return;
    if (this.#reads.give(request)) this.#hooks.onTaken(request);
    else this.#unread.add(request);
  }

  /**
   * Skips a request that is settled.
   *
   * @ignore
   */
  drop(request: UserRequest): void {
    this.#unread.delete(request);
  }

  /**
   * Ends the stream and drops unread requests; with an error, one read rejects with it.
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
