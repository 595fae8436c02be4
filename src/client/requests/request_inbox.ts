/** The requests that wait for those who read them, at one level: the client's, a thread's or a turn's. */
import type { AskedRequest } from "../../protocol/asked_request.ts";
import { RequestStream } from "./request_stream.ts";
import { KIND_NAMES } from "./request_kinds.ts";
import type { UserRequest, UserRequestKind } from "./user_request.ts";

/** How many requests may wait at one level: the next goes on to the level behind. */
const MAX_WAITING = 1_000;

/**
 * What reading requests takes.
 *
 * @example
 * ```ts
 * import type { RequestStreamOptions } from "@codex-app-server/sdk/types";
 *
 * const approvals: RequestStreamOptions = { kinds: ["commandApproval", "fileChangeApproval"] };
 * ```
 */
export interface RequestStreamOptions<Kind extends UserRequestKind = UserRequestKind> {
  /** Only requests of these kinds; all when left out. */
  readonly kinds?: readonly Kind[] | undefined;
  /** Ends the stream: the next read rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  /** Whether a reader has it in hand: then it stays here, to be answered by reference. */
  isTaken: boolean;
  /** Lets the next level be asked. */
  readonly passOn: () => void;
}

/** Hands each request to every reader that wants its kind; the first answer counts. */
export class RequestInbox {
  readonly #waiting = new Map<UserRequest, Waiting>();
  /** The readers, each with what takes it off its signal. */
  readonly #readers = new Map<RequestStream, () => void>();
  #end: { readonly error: unknown } | undefined;

  /** How many requests wait here. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many read here. */
  get readers(): number {
    return this.#readers.size;
  }

  /**
   * Takes a request for the readers; the promise fulfils when they leave it to the next level. `undefined` when nobody here
   * wants it.
   */
  offer(asked: AskedRequest): Promise<undefined> | undefined {
    const request = asked.view as UserRequest;
    const readers = this.#readersOf(request);
    if (readers.length === 0 || this.#waiting.size >= MAX_WAITING) return undefined;
    return new Promise((resolve) => {
      this.#waiting.set(request, { isTaken: false, passOn: () => resolve(undefined) });
      void asked.outcome.then(() => {
        this.#waiting.delete(request);
        for (const reader of this.#readers.keys()) reader.drop(request);
      });
      for (const reader of readers) reader.push(request);
    });
  }

  /**
   * Opens a stream, which begins with what waits here already.
   *
   * @throws {TypeError} when `kinds` is no list of kinds; `signal.reason` when the signal has fired already
   */
  open<Kind extends UserRequestKind>(
    { kinds, signal }: RequestStreamOptions<Kind>,
  ): RequestStream<Kind> {
    checkKinds(kinds);
    signal?.throwIfAborted();
    const onAbort = (): void => {
      this.#leave(stream);
      stream.end(signal?.reason);
    };
    const stream: RequestStream<Kind> = new RequestStream(kinds, {
      onTaken: (request) => this.#take(request),
      onLeave: () => this.#leave(stream),
    });
    if (this.#end !== undefined) {
      stream.end(this.#end.error);
      return stream;
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#readers.set(stream, () => signal?.removeEventListener("abort", onAbort));
    for (const request of this.#waiting.keys()) stream.push(request);
    return stream;
  }

  /** Ends every stream; what no reader has in hand goes on to the next level. */
  close(error?: unknown): void {
    this.#end ??= { error };
    for (const reader of [...this.#readers.keys()]) {
      this.#leave(reader);
      reader.end(error);
    }
  }

  #take(request: UserRequest): void {
    const waiting = this.#waiting.get(request);
    if (waiting !== undefined) waiting.isTaken = true;
  }

  /** What nobody has taken, and nobody who still reads here will, is the next level's. */
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
  throw new TypeError(`"kinds" must be a list of ${names}, got ${JSON.stringify(kinds)}`);
}
