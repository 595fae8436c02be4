/** The client's end of a fake app-server: a transport that ends like a child process. */
import type { ProcessClose, Transport, TransportCloseOptions } from "../transport/transport.ts";
import { deferred } from "../util/deferred.ts";
import type { Deferred } from "../util/deferred.ts";

/**
 * How a fake process ends; a clean exit with code 0 unless told.
 *
 * @example
 * ```ts
 * import type { FakeExit } from "@codex-app-server/sdk/testing";
 *
 * const killed: FakeExit = { code: null, signal: "SIGKILL" };
 * ```
 */
export interface FakeExit {
  /** The exit code; 0 unless told, `null` with a signal. */
  readonly code?: number | null;
  /** The signal that ended it, such as `"SIGKILL"`. */
  readonly signal?: string | null;
  /** The last lines of stderr. */
  readonly stderrTail?: string;
}

/** What a fake transport tells its server. */
export interface FakeTransportListener {
  /** The client wrote a frame; the write is done when this is. */
  readonly onFrame: (frame: string) => void | Promise<void>;
  /** The transport has ended, whichever side did it. */
  readonly onClose: (close: ProcessClose) => void;
}

/** A transport whose other end is a listener in the same program. */
export class FakeTransport implements Transport {
  readonly name = "fake";
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly #listener: FakeTransportListener;
  readonly #closed: Deferred<ProcessClose> = deferred<ProcessClose>();
  #frames: ReadableStreamDefaultController<readonly string[]> | undefined;
  #end: ProcessClose | undefined;

  /** Makes a transport for a listener. */
  constructor(listener: FakeTransportListener) {
    this.#listener = listener;
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#frames = controller;
      },
      cancel: () => {
        this.#frames = undefined;
      },
    });
    this.writable = new WritableStream({
      write: async (frame) => {
        if (this.#end !== undefined) {
          throw new Error("Cannot write: the fake app-server has exited");
        }
        const taken = this.#listener.onFrame(frame);
        // A race leaves something with `closed` for as long as that is open: none where nothing is waited for.
        if (taken !== undefined) await Promise.race([taken, this.#closed.promise]);
      },
    });
  }

  /** Fulfils when the transport has ended. */
  get closed(): Promise<ProcessClose> {
    return this.#closed.promise;
  }

  /** Whether the transport has ended. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Gives the client a batch of frames; has no effect after the end. */
  deliver(frames: readonly string[]): void {
    if (!this.ended) this.#frames?.enqueue(frames);
  }

  /** Ends the transport as if the process had exited by itself. */
  exit(exit: FakeExit = {}): void {
    this.#finish({
      kind: "process",
      local: false,
      code: exit.code ?? (exit.signal == null ? 0 : null),
      signal: exit.signal ?? null,
      stderrTail: exit.stderrTail ?? "",
    });
  }

  /** Ends the transport for the client: the process exits cleanly, or by SIGKILL when forced. */
  close(options: TransportCloseOptions = {}): Promise<ProcessClose> {
    const [code, signal] = options.force ? [null, "SIGKILL"] : [0, null];
    this.#finish({ kind: "process", local: true, code, signal, stderrTail: "" });
    return this.closed;
  }

  /** Ends the transport for the client. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #finish(close: ProcessClose): void {
    if (this.#end !== undefined) return;
    this.#end = close;
    this.#frames?.close();
    this.#frames = undefined;
    this.#closed.resolve(close);
    this.#listener.onClose(close);
  }
}
