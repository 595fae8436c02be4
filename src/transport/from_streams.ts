import { TransportClosedError } from "../errors/transport_errors.ts";
import { encodeFrame, frameStream } from "../framing/frames.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs, waitAtMost } from "../util/timer.ts";
import type { StreamClose, Transport, TransportCloseOptions } from "./transport.ts";

/**
 * The two directions of a pipe or socket.
 *
 * @example
 * ```ts
 * import type { ByteStreams } from "@codex-app-server/sdk/transport";
 *
 * function loopback(): ByteStreams {
 *   return new TransformStream<Uint8Array, Uint8Array>();
 * }
 * ```
 */
export interface ByteStreams {
  /** The peer's output: one JSON message per line. */
  readonly readable: ReadableStream<Uint8Array>;
  /** The peer's input. */
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * Options of {@linkcode transportFromStreams}.
 *
 * @example
 * ```ts
 * import type { StreamTransportOptions } from "@codex-app-server/sdk/transport";
 *
 * const options: StreamTransportOptions = { name: "ssh:build-1", maxMessageBytes: 16 * 1024 ** 2 };
 * ```
 */
export interface StreamTransportOptions {
  /**
   * The transport's name in errors and logs.
   * @default {"streams"}
   */
  readonly name?: string;
  /**
   * Maximum message size in bytes; a larger message ends the transport.
   * @default {536_870_888}
   */
  readonly maxMessageBytes?: number;
  /**
   * Milliseconds to wait for both streams to end before they are dropped; 0 does not wait.
   * @default {2_000}
   */
  readonly closeTimeoutMs?: number;
}

const STREAM_OPTIONS: OptionNames<StreamTransportOptions> = {
  name: true,
  maxMessageBytes: true,
  closeTimeoutMs: true,
};

/** How many unread batches are buffered while the transport ends. */
const UNREAD_BATCHES_AT_END = 64;

/**
 * Creates a transport over your own pipe or socket that carries one JSON message per line.
 *
 * `readable` ends however the peer's stream ends; an error of either stream becomes `cause` of `closed`. `close()`
 * ends the output and waits up to `closeTimeoutMs` for the peer to end its own.
 *
 * @throws {TypeError} if one of the streams is locked
 * @throws {RangeError} if `maxMessageBytes` is not a positive number or `closeTimeoutMs` is negative
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { type ByteStreams, transportFromStreams } from "@codex-app-server/sdk/transport";
 *
 * const codexOver = (socket: ByteStreams): Promise<Codex> =>
 *   Codex.start({ connect: () => Promise.resolve(transportFromStreams(socket)) });
 * ```
 */
export function transportFromStreams(
  streams: ByteStreams,
  options: StreamTransportOptions = {},
): Transport {
  checkOptionNames("transportFromStreams()", options, STREAM_OPTIONS);
  return new StreamTransport(streams, options);
}

class StreamTransport implements Transport {
  readonly name: string;
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly #closeTimeoutMs: number;
  readonly #frames: ReadableStreamDefaultReader<readonly string[]>;
  readonly #bytes: WritableStreamDefaultWriter<Uint8Array>;
  readonly #closed: Deferred<StreamClose> = deferred();
  readonly #forced: Deferred<void> = deferred();
  readonly #inputDone: Promise<void>;
  #outputDone: Promise<void> | undefined;
  #input!: ReadableStreamDefaultController<readonly string[]>;
  #output!: WritableStreamDefaultController;
  /** Set once the transport starts to end. */
  #ending: TransportClosedError | undefined;
  #cancelled = false;
  /** Resumes the read loop when there is room for a batch. */
  #resume: (() => void) | undefined;
  /** Rejects the write or close that the peer has not accepted yet. */
  #abandon: ((error: unknown) => void) | undefined;

  constructor(streams: ByteStreams, options: StreamTransportOptions) {
    const { name = "streams", closeTimeoutMs = 2_000, ...limits } = options;
    checkLimitMs("closeTimeoutMs", closeTimeoutMs);
    this.name = name;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#frames = frameStream(streams.readable, limits).getReader();
    this.#bytes = streams.writable.getWriter();
    this.readable = new ReadableStream<readonly string[]>({
      start: (controller): void => {
        this.#input = controller;
      },
      pull: (): void => this.#resume?.(),
      cancel: (reason): Promise<void> => this.#cancel(reason),
    });
    this.writable = new WritableStream<string>({
      start: (controller): void => {
        this.#output = controller;
      },
      write: (frame): Promise<void> => this.#settled(() => this.#bytes.write(encodeFrame(frame))),
      close: (): Promise<void> => this.#settled(() => this.#endOutput()),
      abort: (reason): void => {
        this.#bytes.abort(reason).catch(() => {});
        this.#end(true, reason);
      },
    });
    this.#bytes.closed.catch((cause: unknown) => this.#end(false, cause));
    this.#inputDone = this.#readAll();
  }

  get closed(): Promise<StreamClose> {
    return this.#closed.promise;
  }

  close(options: TransportCloseOptions = {}): Promise<StreamClose> {
    if (options.force) this.#forced.resolve();
    this.#end(true);
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The only read loop: at most one batch ahead of the reader, until the source ends. Never rejects. */
  async #readAll(): Promise<void> {
    let cause: unknown;
    try {
      for (;;) {
        const { done, value } = await this.#frames.read();
        if (this.#cancelled) return;
        if (done) break;
        this.#input.enqueue(value);
        await this.#roomForBatch();
      }
    } catch (error) {
      cause = error;
    }
    if (this.#cancelled) return;
    this.#input.close();
    this.#end(false, cause);
  }

  async #roomForBatch(): Promise<void> {
    while (!this.#cancelled) {
      const unread = 1 - (this.#input.desiredSize ?? 0);
      if (unread < (this.#ending === undefined ? 1 : UNREAD_BATCHES_AT_END)) return;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  async #cancel(reason: unknown): Promise<void> {
    this.#cancelled = true;
    this.#resume?.();
    await this.#frames.cancel(reason);
  }

  #endOutput(): Promise<void> {
    return this.#outputDone ??= this.#bytes.close();
  }

  /** Waits for the peer to accept the output, unless the transport ends first. */
  #settled(action: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      const fail = (cause: unknown): void => {
        this.#end(false, cause);
        reject(this.#ending);
      };
      try {
        action().then(resolve, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Starts to end the transport, once: later writes reject, and pending data gets a limited time. */
  #end(local: boolean, cause?: unknown): void {
    if (this.#ending !== undefined) return;
    const close: StreamClose = { kind: "stream", local, ...(cause === undefined ? {} : { cause }) };
    this.#ending = new TransportClosedError(close);
    this.#output.error(this.#ending);
    this.#resume?.();
    void this.#finish(close, this.#ending);
  }

  async #finish(close: StreamClose, error: TransportClosedError): Promise<void> {
    const done = Promise.all([this.#inputDone, this.#endOutput().catch(() => {})]);
    if (this.#closeTimeoutMs > 0) {
      await waitAtMost(Promise.race([done, this.#forced.promise]), this.#closeTimeoutMs);
    }
    this.#bytes.abort(error).catch(() => {});
    this.#abandon?.(error);
    if (!this.#cancelled) {
      this.#cancelled = true;
      this.#frames.cancel(error).catch(() => {});
      this.#resume?.();
      closeQuietly(this.#input);
    }
    this.#closed.resolve(close);
  }
}

/** Closes a stream that may be closed already. */
function closeQuietly(controller: ReadableStreamDefaultController<readonly string[]>): void {
  try {
    controller.close();
  } catch {
    // Already closed by the end of the source.
  }
}
