/** What a command wrote and how it ended. */
import { ExecOutputOverflowError } from "../../errors/exec_errors.ts";
import type { Bytes } from "../../util/bytes.ts";

/**
 * How a command ended. The server does not report signals: a command ended by a signal has exit code 128 plus the
 * signal's number, so 137 after a kill; in a terminal, the exit code is 1.
 *
 * @example
 * ```ts
 * import type { ExecStatus } from "@codex-app-server/sdk";
 *
 * const describe = ({ success, timedOut, exitCode }: ExecStatus): string =>
 *   success ? "done" : timedOut ? "took too long" : `failed with ${exitCode}`;
 * ```
 */
export interface ExecStatus {
  /** The exit code of the command. */
  readonly exitCode: number;
  /** Whether the exit code is 0. */
  readonly success: boolean;
  /** Whether `kill()` was called before it ended. */
  readonly killed: boolean;
  /** Whether the server ended it at `timeoutMs`; the exit code is then 124. */
  readonly timedOut: boolean;
  /** Whether the server dropped stdout past `maxOutputBytes`. */
  readonly stdoutTruncated: boolean;
  /** Whether the server dropped stderr past `maxOutputBytes`. */
  readonly stderrTruncated: boolean;
}

/**
 * How a command ended and what it wrote, as UTF-8 text.
 *
 * @example
 * ```ts
 * import type { ExecOutput } from "@codex-app-server/sdk";
 *
 * const lines = ({ stdout }: ExecOutput): string[] => stdout.trimEnd().split("\n");
 * ```
 */
export interface ExecOutput extends ExecStatus {
  /** Everything written to stdout; in a terminal, all output. */
  readonly stdout: string;
  /** Everything written to stderr. */
  readonly stderr: string;
}

/** Overhead in bytes per buffered chunk, so that a flood of tiny chunks is bounded too. */
const CHUNK_COST = 128;

/**
 * One output of a command. The server pushes without backpressure: past the limit of unread bytes the stream fails with
 * `ExecOutputOverflowError` and frees its buffer.
 */
export class OutputStream {
  readonly #name: "stdout" | "stderr";
  readonly #limitBytes: number;
  readonly #controller: ReadableStreamDefaultController<Bytes>;
  #ended = false;
  #truncated = false;
  /** The caller's side. */
  readonly readable: ReadableStream<Bytes>;

  /** Buffers at most `limitBytes` unread bytes. */
  constructor(name: "stdout" | "stderr", limitBytes: number) {
    this.#name = name;
    this.#limitBytes = limitBytes;
    let controller!: ReadableStreamDefaultController<Bytes>;
    this.readable = new ReadableStream<Bytes>({
      start: (own) => void (controller = own),
      cancel: () => void (this.#ended = true), // nobody is reading: drop the rest
    }, { highWaterMark: limitBytes, size: (chunk) => chunk.byteLength + CHUNK_COST });
    this.#controller = controller;
  }

  /** Whether the server dropped output beyond its cap. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Adds a chunk; ignored after the end. */
  push(chunk: Bytes): void {
    if (this.#ended || chunk.byteLength === 0) return;
    // A waiting reader takes the chunk immediately; only buffered chunks count towards the limit.
    this.#controller.enqueue(chunk);
    if ((this.#controller.desiredSize ?? 0) < 0) {
      this.fail(new ExecOutputOverflowError(this.#name, this.#limitBytes));
    }
  }

  /** Records that the server drops the rest. */
  truncate(): void {
    this.#truncated = true;
  }

  /** Ends the stream after its unread chunks. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#controller.close();
  }

  /** Fails the stream and frees its unread chunks. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#controller.error(reason);
  }
}

/**
 * Reads a stream to its end as text.
 *
 * @throws {ExecOutputOverflowError} past `limitBytes`
 */
export async function collectText(
  name: "stdout" | "stderr",
  stream: ReadableStream<Bytes>,
  limitBytes: number,
): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text + decoder.decode();
      bytes += value.length;
      if (bytes > limitBytes) throw new ExecOutputOverflowError(name, limitBytes);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
