import { TransportClosedError } from "../errors/transport_errors.ts";
import { encodeFrame, frameStream } from "../framing/frames.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs, waitAtMost } from "../util/timer.ts";
import { StderrTail } from "../util/stderr_tail.ts";
import type { ProcessClose, StreamClose, Transport, TransportCloseOptions } from "./transport.ts";

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
  /**
   * The end of the process behind the streams, such as `status` of a `Deno.ChildProcess`: its exit code then stands in
   * errors, and the transport ends with it. A rejection ends the transport too, with that `cause`.
   */
  readonly exited?: Promise<StreamExit> | undefined;
  /** The stderr of the process behind the streams, which is read to its end; its last lines then stand in errors. */
  readonly stderr?: ReadableStream<Uint8Array> | undefined;
}

/**
 * How the process behind the streams of {@linkcode transportFromStreams} ended.
 *
 * @example
 * ```ts
 * import type { StreamExit } from "@codex-app-server/sdk/transport";
 *
 * const killed: StreamExit = { signal: "SIGKILL" };
 * ```
 */
export interface StreamExit {
  /** The exit code. */
  readonly code?: number | null;
  /** The signal that ended the process, or `null`. */
  readonly signal?: string | null;
}

const STREAM_OPTIONS: OptionNames<StreamTransportOptions> = {
  name: true,
  maxMessageBytes: true,
  closeTimeoutMs: true,
  exited: true,
  stderr: true,
};

/** How many unread batches are buffered while the transport ends. */
const UNREAD_BATCHES_AT_END = 64;

/**
 * Creates a transport over your own pipe or socket that carries one JSON message per line.
 *
 * `readable` ends however the peer's stream ends; an error of either stream becomes `cause` of `closed`. `close()`
 * ends the output and waits up to `closeTimeoutMs` for the peer to end its own. Over a process of your own, `exited` and
 * `stderr` give errors its exit code and its last lines.
 *
 * @throws {TypeError} if one of the streams is locked, or `exited` is not a promise
 * @throws {RangeError} if `maxMessageBytes` is not a positive number or `closeTimeoutMs` is negative
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { type ByteStreams, transportFromStreams } from "@codex-app-server/sdk/transport";
 *
 * const codexOver = (socket: ByteStreams): Promise<Codex> =>
 *   Codex.start({ connect: () => Promise.resolve(transportFromStreams(socket)) });
 *
 * const codexOverChild = ({ stdin, stdout, stderr, status }: Deno.ChildProcess): Promise<Codex> =>
 *   Codex.start({
 *     connect: async () =>
 *       transportFromStreams({ readable: stdout, writable: stdin }, { stderr, exited: status }),
 *   });
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
  readonly #closed: Deferred<StreamClose | ProcessClose> = deferred();
  /** Whether the streams are those of a process. */
  readonly #isProcess: boolean;
  readonly #stderr: StderrTail = new StderrTail();
  /** Fulfils when the process has ended and its stderr is read, if they are known; never rejects. */
  readonly #processDone: Promise<unknown>;
  #exit: StreamExit = {};
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
    const { name = "streams", closeTimeoutMs = 2_000, exited, stderr, ...limits } = options;
    checkLimitMs("closeTimeoutMs", closeTimeoutMs);
    if (exited !== undefined && typeof exited?.then !== "function") {
      throw new TypeError(`"exited" must be a promise, got ${typeof exited}`);
    }
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
    this.#isProcess = exited !== undefined || stderr !== undefined;
    this.#processDone = Promise.all([this.#watch(exited), this.#readStderr(stderr)]);
  }

  get closed(): Promise<StreamClose | ProcessClose> {
    return this.#closed.promise;
  }

  close(options: TransportCloseOptions = {}): Promise<StreamClose | ProcessClose> {
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

  /** Ends the transport with the process, once what it wrote is read: another process may keep the streams open. */
  async #watch(exited: Promise<StreamExit> | undefined): Promise<void> {
    let cause: unknown;
    try {
      this.#exit = await exited ?? {};
    } catch (error) {
      cause = error;
    }
    if (exited === undefined) return;
    if (this.#closeTimeoutMs > 0) await waitAtMost(this.#inputDone, this.#closeTimeoutMs);
    this.#end(false, cause);
  }

  async #readStderr(stderr: ReadableStream<Uint8Array> | undefined): Promise<void> {
    if (stderr === undefined) return;
    const reader = stderr.getReader();
    void this.closed.then(() => reader.cancel().catch(() => {}));
    try {
      for (
        let { done, value } = await reader.read();
        !done;
        { done, value } = await reader.read()
      ) {
        if (value !== undefined) this.#stderr.push(value);
      }
    } catch {
      // Keep what was read before the failure.
    }
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
    const output = this.#endOutput().catch(() => {});
    const done = Promise.all([this.#inputDone, output, this.#processDone]);
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
    this.#closed.resolve(this.#isProcess ? this.#ofProcess(close) : close);
  }

  #ofProcess({ kind: _stream, ...base }: StreamClose): ProcessClose {
    const { code = null, signal = null } = this.#exit;
    return {
      ...base,
      kind: "process",
      code: signal === null ? code : null, // some runtimes give both
      signal,
      stderrTail: this.#stderr.text(),
    };
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
