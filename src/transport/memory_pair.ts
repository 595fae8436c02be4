import { TransportClosedError } from "../errors/transport_errors.ts";
import { deferred } from "../util/deferred.ts";
import type { StreamClose, Transport } from "./transport.ts";

/**
 * Options of {@linkcode memoryTransportPair}.
 *
 * @example
 * ```ts
 * import type { MemoryTransportOptions } from "@codex-app-server/sdk/transport";
 *
 * const narrow: MemoryTransportOptions = { highWaterMark: 1 };
 * ```
 */
export interface MemoryTransportOptions {
  /**
   * Unread frames per direction before a write waits for the reader.
   * @default {64}
   */
  readonly highWaterMark?: number;
}

/**
 * Creates two transports connected in memory: each reads what the other writes. Frames that wait for the reader
 * arrive as one batch. Closing either end closes both.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { memoryTransportPair } from "@codex-app-server/sdk/transport";
 *
 * const [client, server] = memoryTransportPair();
 * const codex = new Codex({ connect: () => Promise.resolve(client) });
 * console.log(codex.pid, server.name);
 * ```
 */
export function memoryTransportPair(options: MemoryTransportOptions = {}): [Transport, Transport] {
  const highWaterMark = options.highWaterMark ?? 64;
  const there = new FramePipe({ highWaterMark, onEnd: () => endOutputOf(first) });
  const back = new FramePipe({ highWaterMark, onEnd: () => endOutputOf(second) });
  const first: MemoryTransport = new MemoryTransport(back, there, () => finish(first));
  const second: MemoryTransport = new MemoryTransport(there, back, () => finish(second));
  let halfClosedBy: MemoryTransport | undefined;

  /** One direction may end before the other, as stdin ends before stdout. */
  function endOutputOf(end: MemoryTransport): void {
    if (halfClosedBy === undefined) halfClosedBy = end;
    else finish(halfClosedBy);
  }
  function finish(initiator: MemoryTransport): void {
    first.finish(first === initiator);
    second.finish(second === initiator);
  }
  return [first, second];
}

class MemoryTransport implements Transport {
  readonly name: string = "memory";
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly closed: Promise<StreamClose>;
  readonly #output: FramePipe;
  readonly #onClose: () => void;
  #resolveClosed: ((close: StreamClose) => void) | undefined;

  constructor(input: FramePipe, output: FramePipe, onClose: () => void) {
    this.readable = input.readable;
    this.writable = output.writable;
    this.#output = output;
    this.#onClose = onClose;
    const { promise, resolve } = deferred<StreamClose>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  close(): Promise<StreamClose> {
    this.#onClose();
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  finish(local: boolean): void {
    const resolve = this.#resolveClosed;
    if (resolve === undefined) return;
    this.#resolveClosed = undefined;
    const close: StreamClose = { kind: "stream", local };
    this.#output.end(new TransportClosedError(close));
    resolve(close);
  }
}

/** Options of {@linkcode FramePipe}. */
export interface FramePipeOptions {
  /** Unread frames before a write waits for the reader. */
  readonly highWaterMark: number;
  /** Called after the writer closed or aborted its side. */
  readonly onEnd: () => void;
}

/** One direction of an in-memory connection: takes single frames, returns everything unread as one batch. */
export class FramePipe {
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  #input!: ReadableStreamDefaultController<readonly string[]>;
  #output!: WritableStreamDefaultController;
  #waiting: string[] = [];
  /** Whether a reader is waiting for the next frame. */
  #wanted = false;
  /** Whether the readable side has ended. */
  #ended = false;
  /** Resumes the write that waits for the reader. */
  #release: (() => void) | undefined;

  constructor({ highWaterMark, onEnd }: FramePipeOptions) {
    this.readable = new ReadableStream<readonly string[]>({
      start: (controller): void => {
        this.#input = controller;
      },
      pull: (): void => {
        this.#wanted = true;
        this.#flush();
      },
      cancel: (): void => this.#discard(),
    }, { highWaterMark: 0 });
    const endByWriter = (): void => {
      this.end();
      onEnd();
    };
    this.writable = new WritableStream<string>({
      start: (controller): void => {
        this.#output = controller;
      },
      write: (frame): Promise<void> | undefined => this.#write(frame, highWaterMark),
      close: endByWriter,
      abort: endByWriter,
    });
  }

  /** Ends the readable side after the pending frames; with an error, later writes reject with it. */
  end(writeError?: unknown): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#flush();
      this.#input.close();
    }
    if (writeError !== undefined) this.#output.error(writeError);
  }

  #write(frame: string, highWaterMark: number): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#waiting.push(frame);
    if (this.#wanted) this.#flush();
    if (this.#waiting.length < highWaterMark) return undefined;
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  #flush(): void {
    if (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#wanted = false;
      this.#input.enqueue(batch);
    }
    this.#release?.();
    this.#release = undefined;
  }

  /** After a cancel, frames are discarded and a write no longer waits. */
  #discard(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#release?.();
    this.#release = undefined;
  }
}
