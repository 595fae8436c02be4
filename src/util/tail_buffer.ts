/** Keeps the last bytes of an endless output in a fixed amount of memory. */
export class TailBuffer {
  readonly #ring: Uint8Array;
  #total = 0;

  /** Makes a buffer that keeps at most so many bytes. */
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

  /** Adds a chunk; the bytes are copied. */
  push(chunk: Uint8Array): void {
    const ring = this.#ring;
    const kept = chunk.subarray(Math.max(0, chunk.length - ring.length));
    const start = (this.#total + chunk.length - kept.length) % ring.length;
    const untilWrap = Math.min(kept.length, ring.length - start);
    ring.set(kept.subarray(0, untilWrap), start);
    ring.set(kept.subarray(untilWrap), 0);
    this.#total += chunk.length;
  }

  /** The kept bytes, oldest first, in a fresh array. */
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

/** The last bytes of an array, cut so that no UTF-8 character is split. */
export function utf8Tail(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.length <= limitBytes) return bytes;
  let start = bytes.length - limitBytes;
  // A continuation byte is 10xxxxxx; a character has at most three of them.
  for (let steps = 0; steps < 3 && (bytes[start] ?? 0) >> 6 === 0b10; steps++) start++;
  return bytes.subarray(start);
}
