/** The far end of a WebSocket in memory: writes any bytes, and reads the client's frames one by one. */
import { createHash } from "node:crypto";
import type { Transport } from "../../src/transport/transport.ts";
import {
  webSocketFromStreams,
  type WebSocketStreamOptions,
} from "../../src/websocket/from_streams.ts";

/** A frame of the client, unmasked. */
export interface ClientFrame {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly payload: Uint8Array;
}

/** The server's end. */
export class RawServer {
  readonly streams: { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> };
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #bytes = new Uint8Array(0);

  constructor() {
    const toServer = new TransformStream<Uint8Array, Uint8Array>();
    const toClient = new TransformStream<Uint8Array, Uint8Array>();
    this.streams = { readable: toClient.readable, writable: toServer.writable };
    this.#reader = toServer.readable.getReader();
    this.#writer = toClient.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  /** Writes bytes as one chunk; fulfils when the client has taken them. */
  write(bytes: Uint8Array | string): Promise<void> {
    return this.#writer.write(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  }

  /** Ends without a close frame. */
  end(): Promise<void> {
    return this.#writer.close();
  }

  fail(error: Error): Promise<void> {
    return this.#writer.abort(error);
  }

  /** Reads the head of the request. */
  async head(): Promise<string> {
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += String.fromCharCode(...await this.#take(1));
    return head;
  }

  /** Accepts the upgrade; `rest` follows in the same chunk. */
  async accept(rest: Uint8Array = new Uint8Array(0)): Promise<string> {
    const head = await this.head();
    const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? "";
    await this.write(joined(new TextEncoder().encode(acceptance(key)), rest));
    return head;
  }

  /** Reads the next frame; `undefined` after the last. */
  async frame(): Promise<ClientFrame | undefined> {
    if (!await this.#has(2)) return undefined;
    const [first = 0, second = 0] = await this.#take(2);
    let length = second & 0x7f;
    if (length === 126) length = new DataView((await this.#take(2)).buffer).getUint16(0);
    else if (length === 127) {
      length = Number(new DataView((await this.#take(8)).buffer).getBigUint64(0));
    }
    const isMasked = (second & 0x80) !== 0;
    const mask = isMasked ? await this.#take(4) : new Uint8Array(4);
    const payload = await this.#take(length);
    for (let at = 0; at < length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
    return { isLast: (first & 0x80) !== 0, opcode: first & 0x0f, isMasked, payload };
  }

  /** Reads the next frame as text. */
  async text(): Promise<string | undefined> {
    const frame = await this.frame();
    return frame && new TextDecoder().decode(frame.payload);
  }

  async #has(count: number): Promise<boolean> {
    while (this.#bytes.length < count) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#bytes = joined(this.#bytes, value);
    }
    return true;
  }

  async #take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!await this.#has(count)) throw new Error("The client has ended its output");
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.slice(count);
    return taken;
  }
}

/** The answer that accepts an upgrade. */
export function acceptance(key: string): string {
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** Opens a transport over a server in memory. */
export async function openRaw(
  options: WebSocketStreamOptions = {},
  rest?: Uint8Array,
): Promise<{ transport: Transport; server: RawServer; head: string }> {
  const server = new RawServer();
  const [transport, head] = await Promise.all([
    webSocketFromStreams(server.streams, { pingMs: 0, handshakeTimeoutMs: 0, ...options }),
    server.accept(rest),
  ]);
  return { transport, server, head };
}

/** A frame of a server: unmasked. `first` is its whole first byte. */
export function frame(first: number, payload: Uint8Array | string = ""): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const { length } = bytes;
  const header = length < 126
    ? [first, length]
    : length < 65_536
    ? [first, 126, length >> 8, length & 0xff]
    : [
      first,
      127,
      0,
      0,
      0,
      0,
      length >>> 24,
      length >>> 16 & 0xff,
      length >>> 8 & 0xff,
      length & 0xff,
    ];
  return joined(Uint8Array.from(header), bytes);
}

/** A whole text message. */
export function text(message: string): Uint8Array {
  return frame(0x81, message);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
