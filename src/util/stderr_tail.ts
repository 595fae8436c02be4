/** The end of a process's stderr, ready to be shown. */
import { redact } from "./redact.ts";

/** Maximum number of stderr bytes in an error. */
export const STDERR_TAIL_BYTES: number = 64 * 1024;

/** Extra bytes to keep, so that a secret that the limit would split is still complete and recognised. */
const SLACK_BYTES = 8 * 1024;

/** `api_key = secret` has three words. */
const WORDS_OF_A_SECRET = 4;

/** Collects stderr. Redacts on read, so that a secret split over two writes is found too. */
export class StderrTail {
  readonly #buffer: TailBuffer = new TailBuffer(STDERR_TAIL_BYTES + SLACK_BYTES);

  /** Adds a chunk of stderr. */
  push(chunk: Uint8Array): void {
    this.#buffer.push(chunk);
  }

  /**
   * Returns the redacted text without colours, which would split secrets; at most {@linkcode STDERR_TAIL_BYTES} bytes.
   */
  text(): string {
    const bytes = this.#buffer.bytes();
    const start = this.#buffer.truncated ? firstCleanByte(bytes) : 0;
    const redacted = redact(stripAnsi(decode(bytes.subarray(start))));
    return decode(utf8Tail(new TextEncoder().encode(redacted), STDERR_TAIL_BYTES));
  }
}

/**
 * Returns the start of the first whole line, or without lines a position a few words in: the text before may be part
 * of a secret, or a secret whose name (`Bearer`, `api_key =`) was cut off.
 */
function firstCleanByte(bytes: Uint8Array): number {
  const slack = bytes.subarray(0, SLACK_BYTES);
  const newline = slack.indexOf(0x0a);
  if (newline >= 0) return newline + 1;
  let start = 0;
  for (let words = 0; words < WORDS_OF_A_SECRET; words++) {
    const space = slack.indexOf(0x20, start);
    if (space < 0) return slack.length;
    start = space + 1;
  }
  return start;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Keeps the last bytes of an unbounded output in a fixed amount of memory. */
export class TailBuffer {
  readonly #ring: Uint8Array;
  #total = 0;

  /** Creates a buffer for at most `limitBytes` bytes. */
  constructor(limitBytes: number) {
    if (!Number.isSafeInteger(limitBytes) || limitBytes < 1) {
      throw new RangeError(`"limitBytes" must be a positive integer, got ${String(limitBytes)}`);
    }
    this.#ring = new Uint8Array(limitBytes);
  }

  /** Whether bytes were dropped from the start. */
  get truncated(): boolean {
    return this.#total > this.#ring.length;
  }

  /** Appends a copy of a chunk. */
  push(chunk: Uint8Array): void {
    const ring = this.#ring;
    const kept = chunk.subarray(Math.max(0, chunk.length - ring.length));
    const start = (this.#total + chunk.length - kept.length) % ring.length;
    const untilWrap = Math.min(kept.length, ring.length - start);
    ring.set(kept.subarray(0, untilWrap), start);
    ring.set(kept.subarray(untilWrap), 0);
    this.#total += chunk.length;
  }

  /** Returns the kept bytes, oldest first, in a new array. */
  bytes(): Uint8Array {
    const ring = this.#ring;
    if (!this.truncated) return ring.slice(0, this.#total);
    const start = this.#total % ring.length;
    const bytes = new Uint8Array(ring.length);
    bytes.set(ring.subarray(start), 0);
    bytes.set(ring.subarray(0, start), ring.length - start);
    return bytes;
  }
}

/** Returns the last bytes of an array without splitting a UTF-8 character. */
export function utf8Tail(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.length <= limitBytes) return bytes;
  let start = bytes.length - limitBytes;
  // A continuation byte is 10xxxxxx; a character has at most three.
  for (let steps = 0; steps < 3 && (bytes[start] ?? 0) >> 6 === 0b10; steps++) start++;
  return bytes.subarray(start);
}

// deno-lint-ignore no-control-regex -- escape sequences begin with a control character
const ANSI_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

/** Removes terminal escape sequences, such as colours. */
export function stripAnsi(text: string): string {
  return text.replace(ANSI_SEQUENCE, "");
}
