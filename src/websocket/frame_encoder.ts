import { CLOSE_CODE, OPCODE } from "./protocol.ts";

/** The server accepts frames of up to 16 MiB. */
const MAX_FRAME_BYTES = 16 * 1024 ** 2;

/** How much a message above the limit has in each of its frames. */
const FRAGMENT_BYTES = 4 * 1024 ** 2;

/** Bytes of random masks that are drawn at once. */
const MASK_POOL_BYTES = 1_024;

/** Encodes messages as the masked frames of a client. */
export class FrameEncoder {
  readonly #utf8: TextEncoder = new TextEncoder();
  readonly #masks = new Uint8Array(MASK_POOL_BYTES);
  #masksUsed: number = MASK_POOL_BYTES;

  /** Encodes a text as UTF-8; lone surrogates become U+FFFD. */
  bytesOf(text: string): Uint8Array {
    return this.#utf8.encode(text);
  }

  /** Returns the frames of a text message: one, or several if it is larger than a frame may be. */
  *message(bytes: Uint8Array): Generator<Uint8Array, void> {
    if (bytes.length <= MAX_FRAME_BYTES) {
      yield this.#frame(OPCODE.text, true, bytes);
      return;
    }
    let opcode: number = OPCODE.text;
    for (let start = 0; start < bytes.length; start += FRAGMENT_BYTES) {
      const end = start + FRAGMENT_BYTES;
      yield this.#frame(opcode, end >= bytes.length, bytes.subarray(start, end));
      opcode = OPCODE.continuation;
    }
  }

  /** Returns a ping or pong. */
  control(opcode: number, payload: Uint8Array): Uint8Array {
    return this.#frame(opcode, true, payload);
  }

  /** Returns a close frame without a reason. */
  close(code: number): Uint8Array {
    if (code === CLOSE_CODE.none) return this.#frame(OPCODE.close, true, new Uint8Array(0));
    return this.#frame(OPCODE.close, true, Uint8Array.of(code >> 8, code & 0xff));
  }

  #frame(opcode: number, isLast: boolean, payload: Uint8Array): Uint8Array {
    const { length } = payload;
    const extended = length < 126 ? 0 : length < 2 ** 16 ? 2 : 8;
    const start = 6 + extended;
    // Aligns the payload to words, which are faster to mask.
    const padding = -start & 3;
    const frame = new Uint8Array(padding + start + length).subarray(padding);
    const view = new DataView(frame.buffer, padding);
    frame[0] = (isLast ? 0x80 : 0) | opcode;
    frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
    if (extended === 2) view.setUint16(2, length);
    else if (extended === 8) view.setUint32(6, length);
    const mask = this.#nextMask();
    frame.set(mask, start - 4);
    frame.set(payload, start);
    applyMask(frame, start, mask);
    return frame;
  }

  #nextMask(): Uint8Array {
    if (this.#masksUsed === MASK_POOL_BYTES) {
      crypto.getRandomValues(this.#masks);
      this.#masksUsed = 0;
    }
    return this.#masks.subarray(this.#masksUsed, this.#masksUsed += 4);
  }
}

/** Masks the end of a frame, which starts at a multiple of four within its buffer. */
function applyMask(frame: Uint8Array, start: number, mask: Uint8Array): void {
  const words = (frame.length - start) >> 2;
  const word = new Uint32Array(mask.slice().buffer)[0] ?? 0;
  const view = new Uint32Array(frame.buffer, frame.byteOffset + start, words);
  for (let index = 0; index < words; index++) view[index] = (view[index] ?? 0) ^ word;
  for (let at = start + words * 4; at < frame.length; at++) {
    frame[at] = (frame[at] ?? 0) ^ (mask[(at - start) & 3] ?? 0);
  }
}
