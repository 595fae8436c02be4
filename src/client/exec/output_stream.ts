/** What a command writes to one of its outputs, as a stream that keeps a bounded number of unread bytes. */
import { ExecOutputOverflowError } from "../../errors/exec_errors.ts";
import type { Bytes } from "../../util/bytes.ts";

/** Bytes that a kept piece costs apart from its own, so that a flood of tiny pieces is bounded too. */
const PIECE_COST = 128;

/**
 * One output of a command. The server pushes and cannot be told to wait: once so many bytes are unread, the stream
 * fails with `ExecOutputOverflowError` and what it held is freed.
 */
export class OutputStream {
  readonly #name: "stdout" | "stderr";
  readonly #limitBytes: number;
  readonly #controller: ReadableStreamDefaultController<Bytes>;
  #ended = false;
  #truncated = false;
  /** What the caller reads. */
  readonly readable: ReadableStream<Bytes>;

  /** Makes a stream that keeps at most so many unread bytes. */
  constructor(name: "stdout" | "stderr", limitBytes: number) {
    this.#name = name;
    this.#limitBytes = limitBytes;
    let controller!: ReadableStreamDefaultController<Bytes>;
    this.readable = new ReadableStream<Bytes>({
      start: (own) => void (controller = own),
      cancel: () => void (this.#ended = true), // nobody reads: the rest is dropped
    }, { highWaterMark: limitBytes, size: (piece) => piece.byteLength + PIECE_COST });
    this.#controller = controller;
  }

  /** Whether the server left out what came after the output cap. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Adds a piece; ignored after the end. */
  push(piece: Bytes): void {
    if (this.#ended || piece.byteLength === 0) return;
    // A reader that waits takes the piece at once; of the others, the limit holds.
    this.#controller.enqueue(piece);
    if ((this.#controller.desiredSize ?? 0) < 0) {
      this.fail(new ExecOutputOverflowError(this.#name, this.#limitBytes));
    }
  }

  /** Takes note that the server leaves out the rest. */
  truncate(): void {
    this.#truncated = true;
  }

  /** Ends the stream after what is unread. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#controller.close();
  }

  /** Fails the stream; what is unread is freed. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#controller.error(reason);
  }
}
