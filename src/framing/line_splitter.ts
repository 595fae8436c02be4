import { MessageTooLargeError } from "../errors/transport_errors.ts";

/** Options of {@linkcode LineSplitter}. */
export interface LineSplitterOptions {
  /**
   * Maximum line length in bytes, without its newline. A higher limit than the default has no effect.
   * @default {536_870_888}
   */
  readonly maxMessageBytes?: number;
}

/** The longest string that every runtime can hold. */
const LONGEST_STRING = 2 ** 29 - 24;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Splits bytes into lines at 0x0A only, strips one trailing CR, and decodes UTF-8 across chunks.
 *
 * Each chunk is decoded and scanned once, so a long line costs no more per byte than a short one. Lines are returned
 * unchanged, including blank ones; invalid UTF-8 becomes U+FFFD.
 */
export class LineSplitter {
  readonly #maxMessageBytes: number;
  // Not in stream mode, which disables Node's fast path. Split code points are completed by hand instead.
  readonly #decoder: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The decoded pieces of the incomplete line. */
  #pieces: string[] = [];
  /** The first bytes of a code point that the last chunk split; at most 3. */
  #cut: Uint8Array | undefined;
  /** The length of the incomplete line in bytes. */
  #lineBytes = 0;
  #failure: MessageTooLargeError | undefined;

  /**
   * Creates a splitter for one byte stream.
   *
   * @throws {RangeError} if `maxMessageBytes` is not a positive number
   */
  constructor(options: LineSplitterOptions = {}) {
    const limit = options.maxMessageBytes ?? Infinity;
    if (!(limit > 0)) {
      throw new RangeError(
        `"maxMessageBytes" must be a positive number, got ${String(limit)}`,
      );
    }
    this.#maxMessageBytes = Math.min(limit, LONGEST_STRING);
  }

  /**
   * The error that the next `push()` or `end()` throws. Set when a line was too large but earlier lines were returned
   * first.
   */
  get failure(): MessageTooLargeError | undefined {
    return this.#failure;
  }

  /**
   * Appends bytes and returns the lines they completed.
   *
   * @throws {MessageTooLargeError} if a line exceeds the limit, even before its newline has arrived. Lines completed
   * by the same bytes are returned first; the error is then in {@linkcode failure}, and the next call throws it.
   */
  push(chunk: Uint8Array): string[] {
    this.#throwFailure();
    const lines = this.#split(this.#decode(this.#withinLimit(chunk)));
    if (lines.length === 0) this.#throwFailure();
    return lines;
  }

  /**
   * Returns the incomplete last line, unless it is blank.
   *
   * @throws {MessageTooLargeError} if the last `push()` left a {@linkcode failure}
   */
  end(): string[] {
    this.#throwFailure();
    if (this.#cut !== undefined) this.#pieces.push(this.#decoder.decode(this.#cut));
    const line = withoutCarriageReturn(this.#pieces.join(""));
    this.#cut = undefined;
    this.#pieces = [];
    this.#lineBytes = 0;
    return line.trim() === "" ? [] : [line];
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Returns the chunk, or only the part before an oversized line. */
  #withinLimit(chunk: Uint8Array): Uint8Array {
    let start = 0;
    let carried = this.#lineBytes;
    // While everything fits, only the start of the incomplete line matters.
    if (carried + chunk.length <= this.#maxMessageBytes) start = chunk.lastIndexOf(NEWLINE) + 1;
    else {
      for (let end = 0; (end = chunk.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
        if (carried + end - start > this.#maxMessageBytes) return this.#fail(chunk, start);
        carried = 0;
      }
    }
    if (start > 0) carried = 0;
    this.#lineBytes = carried + chunk.length - start;
    return this.#lineBytes > this.#maxMessageBytes ? this.#fail(chunk, start) : chunk;
  }

  #fail(chunk: Uint8Array, start: number): Uint8Array {
    this.#failure = new MessageTooLargeError(this.#maxMessageBytes);
    return chunk.subarray(0, start);
  }

  #decode(chunk: Uint8Array): string {
    const bytes = this.#cut === undefined ? chunk : concat(this.#cut, chunk);
    const length = completeLength(bytes);
    // Copy, because the source may reuse the memory of its chunk.
    this.#cut = length === bytes.length ? undefined : bytes.slice(length);
    return this.#decoder.decode(length === bytes.length ? bytes : bytes.subarray(0, length));
  }

  #split(text: string): string[] {
    const lines: string[] = [];
    let start = 0;
    let end = text.indexOf("\n");
    if (end !== -1 && this.#pieces.length > 0) {
      this.#pieces.push(text.slice(0, end));
      lines.push(withoutCarriageReturn(this.#pieces.join("")));
      this.#pieces = [];
      start = end + 1;
      end = text.indexOf("\n", start);
    }
    while (end !== -1) {
      const stripped = text.charCodeAt(end - 1) === CARRIAGE_RETURN && end > start;
      lines.push(text.slice(start, stripped ? end - 1 : end));
      start = end + 1;
      end = text.indexOf("\n", start);
    }
    if (start < text.length) this.#pieces.push(start === 0 ? text : text.slice(start));
    return lines;
  }
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/**
 * Returns how many of the bytes can be decoded on their own: all but an incomplete code point that starts within the
 * last 3 bytes.
 *
 * A lead byte always starts a new sequence, so text split before one decodes to the same string in two parts, including
 * invalid bytes.
 */
export function completeLength(bytes: Uint8Array): number {
  const length = bytes.length;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? length - back : length;
  }
  return length;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
