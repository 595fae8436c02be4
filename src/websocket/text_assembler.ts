import { completeLength } from "../framing/line_splitter.ts";

/** Pieces that are shorter are collected: each string costs memory, however short it is. */
const SMALL_BYTES = 4 * 1024;

/** Decodes the text of one message after another from pieces that may split code points. */
export class TextAssembler {
  // Not in stream mode, which disables Node's fast path. Split code points are completed by hand instead.
  readonly #decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #text = "";
  /** The pieces that were collected. */
  readonly #small: Uint8Array = new Uint8Array(SMALL_BYTES);
  #smallLength = 0;
  /** The first bytes of a code point that the last piece split; at most 3. */
  #cut: Uint8Array | undefined;

  /**
   * Returns the text of a message that is in one piece.
   *
   * @throws {TypeError} if it is not UTF-8
   */
  whole(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes);
  }

  /**
   * Appends a piece of a message.
   *
   * @throws {TypeError} if it, or one before it, is not UTF-8
   */
  push(piece: Uint8Array): void {
    if (this.#smallLength + piece.length > SMALL_BYTES) this.#flush();
    if (piece.length >= SMALL_BYTES) return this.#append(piece);
    this.#small.set(piece, this.#smallLength);
    this.#smallLength += piece.length;
  }

  #flush(): void {
    const length = this.#smallLength;
    this.#smallLength = 0;
    if (length > 0) this.#append(this.#small.subarray(0, length));
  }

  #append(piece: Uint8Array): void {
    const bytes = this.#cut === undefined ? piece : joined(this.#cut, piece);
    const length = completeLength(bytes);
    // Copy, because the source may reuse the memory of its chunk.
    this.#cut = length === bytes.length ? undefined : bytes.slice(length);
    this.#text += this.#decoder.decode(bytes.subarray(0, length));
  }

  /**
   * Returns the text of the pieces, and starts the next message.
   *
   * @throws {TypeError} if the text is not UTF-8, or ends within a code point
   */
  end(): string {
    this.#flush();
    if (this.#cut !== undefined) this.#decoder.decode(this.#cut);
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
