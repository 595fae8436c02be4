import { MessageTooLargeError } from "../errors/transport_errors.ts";
import { FrameRun } from "./frame_run.ts";
import { CLOSE_CODE, isCloseCode, MAX_CONTROL_BYTES, OPCODE, type SocketEnd } from "./protocol.ts";
import { TextAssembler } from "./text_assembler.ts";

/** The longest string that every runtime can hold. */
const LONGEST_STRING = 2 ** 29 - 24;

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly length: number;
}

/**
 * Decodes the frames of a server into text messages. Each byte is read once: the pieces of a long message are decoded as
 * they arrive.
 */
export class FrameDecoder {
  readonly #maxMessageBytes: number;
  readonly #run: FrameRun = new FrameRun();
  readonly #text: TextAssembler = new TextAssembler();
  readonly #header: Uint8Array = new Uint8Array(10);
  readonly #control: Uint8Array = new Uint8Array(MAX_CONTROL_BYTES);
  #headerLength = 0;
  /** The frame whose payload is being read. */
  #frame: Frame | undefined;
  /** How much of that payload was read. */
  #read = 0;
  /** The bytes of the incomplete message; `undefined` between messages. */
  #messageBytes: number | undefined;
  #messages: string[] = [];
  #ping: Uint8Array | undefined;
  #end: SocketEnd | undefined;

  /** Creates a decoder for one stream. */
  constructor({ maxMessageBytes = Infinity }: { readonly maxMessageBytes?: number } = {}) {
    this.#maxMessageBytes = Math.min(maxMessageBytes, LONGEST_STRING);
  }

  /** How the server ended the stream, or which rule it broke. Bytes after that are ignored. */
  get end(): SocketEnd | undefined {
    return this.#end;
  }

  /** Returns the payload of the last ping that was not taken yet; only the last one needs an answer. */
  takePing(): Uint8Array | undefined {
    const ping = this.#ping;
    this.#ping = undefined;
    return ping;
  }

  /** Decodes a chunk and returns the messages that it completed. Sets {@linkcode end} instead of throwing. */
  push(chunk: Uint8Array): string[] {
    try {
      for (let at = 0; at < chunk.length && this.#end === undefined;) {
        if (this.#frame !== undefined) at = this.#readPayload(this.#frame, chunk, at);
        else at = this.#readHeader(chunk, this.#readRun(chunk, at));
      }
    } catch { // from the text decoder, which throws nothing else
      this.#fail(CLOSE_CODE.invalidText, "text that is not UTF-8");
    }
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  /** Reads the messages that are complete in this chunk. */
  #readRun(chunk: Uint8Array, start: number): number {
    if (this.#headerLength > 0 || this.#messageBytes !== undefined) return start;
    return this.#run.read(chunk, start, this.#messages, this.#maxMessageBytes);
  }

  #readHeader(chunk: Uint8Array, start: number): number {
    const header = this.#header;
    let at = start;
    let length = this.#headerLength;
    let needed = length < 2 ? 2 : headerLength(header);
    while (length < needed && at < chunk.length) {
      header[length++] = chunk[at++] ?? 0;
      if (length === 2) needed = headerLength(header);
    }
    this.#headerLength = length < needed ? length : 0;
    if (length === needed) this.#begin(header);
    return at;
  }

  #begin(header: Uint8Array): void {
    const [first = 0, second = 0] = header;
    const opcode = first & 0x0f;
    const isLast = (first & 0x80) !== 0;
    const length = payloadLength(header);
    const fault = this.#faultOf(first, opcode, isLast, length) ??
      ((second & 0x80) === 0 ? undefined : "a masked frame");
    if (fault !== undefined) return this.#fail(CLOSE_CODE.protocolError, fault);
    if (opcode === OPCODE.binary) return this.#fail(CLOSE_CODE.unsupported, "a binary message");
    if (!isControl(opcode)) {
      const bytes = (this.#messageBytes ?? 0) + length;
      if (bytes > this.#maxMessageBytes) return this.#failTooLarge();
      this.#messageBytes = bytes;
    }
    this.#read = 0;
    this.#frame = { opcode, isLast, length };
    if (length === 0) this.#finish(this.#frame);
  }

  #faultOf(
    first: number,
    opcode: number,
    isLast: boolean,
    length: number,
  ): string | undefined {
    if ((first & 0x70) !== 0) return "a reserved bit";
    if (isControl(opcode)) {
      if (opcode > OPCODE.pong) return `the unknown opcode ${opcode}`;
      if (!isLast) return "a fragmented control frame";
      return length > MAX_CONTROL_BYTES ? "a control frame that is too long" : undefined;
    }
    if (opcode > OPCODE.binary) return `the unknown opcode ${opcode}`;
    const isContinued = this.#messageBytes !== undefined;
    if (opcode === OPCODE.continuation) {
      return isContinued ? undefined : "a continuation without a message";
    }
    return isContinued ? "a message within another" : undefined;
  }

  #readPayload(frame: Frame, chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + frame.length - this.#read);
    const piece = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
    if (isControl(frame.opcode)) this.#control.set(piece, this.#read);
    else this.#text.push(piece);
    this.#read += piece.length;
    if (this.#read === frame.length) this.#finish(frame);
    return end;
  }

  /** Handles a frame whose payload is complete. */
  #finish({ opcode, isLast, length }: Frame): void {
    this.#frame = undefined;
    if (opcode === OPCODE.ping) this.#ping = this.#control.slice(0, length);
    else if (opcode === OPCODE.close) this.#finishClose(this.#control.subarray(0, length));
    else if (!isControl(opcode) && isLast) this.#complete(this.#text.end());
  }

  #complete(message: string): void {
    this.#messageBytes = undefined;
    this.#messages.push(message);
  }

  #finishClose(payload: Uint8Array): void {
    if (payload.length === 0) {
      this.#end = { code: CLOSE_CODE.none, reason: "" };
      return;
    }
    const [high = 0, low = 0] = payload;
    const code = high << 8 | low;
    if (payload.length === 1 || !isCloseCode(code)) {
      return this.#fail(CLOSE_CODE.protocolError, "an invalid close code");
    }
    this.#end = { code, reason: this.#text.whole(payload.subarray(2)) };
  }

  #failTooLarge(): void {
    const cause = new MessageTooLargeError(this.#maxMessageBytes);
    this.#end = { code: CLOSE_CODE.tooLarge, reason: "message too large", cause };
  }

  #fail(code: number, what: string): void {
    this.#end ??= { code, reason: `the server sent ${what}` };
  }
}

function isControl(opcode: number): boolean {
  return opcode >= OPCODE.close;
}

/** Returns the length of a header of which at least two bytes are known; a mask is an error, so it does not count. */
function headerLength(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return 2;
  return short === 126 ? 4 : 10;
}

function payloadLength(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return short;
  const view = new DataView(header.buffer);
  // Lengths of more than 2^53 are inexact, and far above every limit.
  return short === 126 ? view.getUint16(2) : view.getUint32(2) * 2 ** 32 + view.getUint32(6);
}
