import { MessageTooLargeError, TransportClosedError } from "../errors/transport_errors.ts";
import type { SocketClose, Transport, TransportCloseOptions } from "../transport/transport.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { waitAtMost } from "../util/timer.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { FrameEncoder } from "./frame_encoder.ts";
import { Heartbeat } from "./heartbeat.ts";
import { CLOSE_CODE, OPCODE } from "./protocol.ts";

/** The server ends a connection that sends a larger message. */
const MAX_SENT_BYTES = 64 * 1024 ** 2;
/** How much is written at once, so that the progress of a long message shows. */
const WRITE_BYTES = 256 * 1024;
/** Milliseconds for the connection below to end. */
const END_MS = 1_000;
/** How many unread batches are buffered while the transport ends. */
const UNREAD_BATCHES_AT_END = 64;

/** An upgraded connection. */
export interface UpgradedStreams {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  /** What was read after the upgrade. */
  readonly rest: Uint8Array;
}

/** Options of {@linkcode WebSocketTransport}. */
export interface WebSocketTransportOptions {
  readonly name: string;
  readonly maxMessageBytes: number | undefined;
  readonly pingMs: number;
  readonly pongMs: number;
  readonly closeTimeoutMs: number;
}

/** Carries each frame as a text message of a WebSocket. */
export class WebSocketTransport implements Transport {
  readonly name: string;
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly maxSentBytes: number = MAX_SENT_BYTES;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #decoder: FrameDecoder;
  readonly #encoder: FrameEncoder = new FrameEncoder();
  readonly #heartbeat: Heartbeat;
  readonly #closeTimeoutMs: number;
  readonly #closed: Deferred<SocketClose> = deferred();
  readonly #forced: Deferred<void> = deferred();
  readonly #inputDone: Promise<void>;
  #input!: ReadableStreamDefaultController<readonly string[]>;
  #output!: WritableStreamDefaultController;
  /** Set once the transport starts to end. */
  #ending: TransportClosedError | undefined;
  /** Whether nobody reads any more: messages are dropped. */
  #isDiscarding = false;
  /** Resumes the read loop when there is room for a batch. */
  #resume: (() => void) | undefined;
  /** Rejects the write that the peer has not accepted yet. */
  #abandon: ((error: unknown) => void) | undefined;
  /** The ping to answer next. */
  #ping: Uint8Array | undefined;
  #isAnswering = false;
  /** Whether a piece of a long message was accepted since the last look. */
  #hasMoved = false;

  constructor({ reader, writer, rest }: UpgradedStreams, options: WebSocketTransportOptions) {
    const { name, maxMessageBytes, pingMs, pongMs, closeTimeoutMs } = options;
    this.name = name;
    this.#reader = reader;
    this.#writer = writer;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#decoder = new FrameDecoder(maxMessageBytes === undefined ? {} : { maxMessageBytes });
    this.readable = new ReadableStream<readonly string[]>({
      start: (controller): void => {
        this.#input = controller;
      },
      pull: (): void => this.#resume?.(),
      // Reading goes on: the server's pings and its close frame are in the same stream.
      cancel: (): void => this.#discard(),
    });
    this.writable = new WritableStream<string>({
      start: (controller): void => {
        this.#output = controller;
      },
      write: (frame): Promise<void> => this.#settled(() => this.#send(frame)),
      close: (): void => this.#endLocally(),
      abort: (cause): void => {
        this.#forced.resolve();
        this.#endLocally(cause);
      },
    });
    this.#heartbeat = new Heartbeat({
      pingMs,
      pongMs,
      ping: () => void this.#control(OPCODE.ping, new Uint8Array(0)),
      isExcused: () => this.#isExcused(),
      onDead: () => {
        const reason = `no answer to a ping within ${pongMs} ms`;
        this.#forced.resolve();
        this.#end({ local: false, code: CLOSE_CODE.abnormal, reason });
      },
    });
    writer.closed.catch((cause: unknown) => this.#lose(cause));
    this.#inputDone = this.#readAll(rest);
  }

  get closed(): Promise<SocketClose> {
    return this.#closed.promise;
  }

  close(options: TransportCloseOptions = {}): Promise<SocketClose> {
    if (options.force) this.#forced.resolve();
    this.#endLocally();
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The only read loop: at most one batch ahead of the reader, until the socket ends. Never rejects. */
  async #readAll(rest: Uint8Array): Promise<void> {
    let cause: unknown;
    try {
      let chunk: Uint8Array | undefined = rest;
      while (chunk !== undefined) {
        this.#accept(chunk);
        if (this.#decoder.end !== undefined) break;
        await this.#roomForBatch();
        chunk = (await this.#reader.read()).value;
      }
    } catch (error) {
      cause = error;
    }
    this.#closeInput();
    const end = this.#decoder.end;
    if (end !== undefined) this.#end({ local: false, ...end }, end.code);
    else this.#lose(cause);
  }

  #accept(chunk: Uint8Array): void {
    this.#heartbeat.seen();
    const messages = this.#decoder.push(chunk);
    if (messages.length > 0 && !this.#isDiscarding) this.#input.enqueue(messages);
    const ping = this.#decoder.takePing();
    if (ping !== undefined && this.#ending === undefined) void this.#answer(ping);
  }

  async #roomForBatch(): Promise<void> {
    while (!this.#isDiscarding) {
      const unread = 1 - (this.#input.desiredSize ?? 0);
      if (unread < (this.#ending === undefined ? 1 : UNREAD_BATCHES_AT_END)) return;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#resume = undefined;
    }
  }

  #discard(): void {
    this.#isDiscarding = true;
    this.#resume?.();
  }

  /** Sends a message; fails without sending anything if it is too large. */
  async #send(text: string): Promise<void> {
    const bytes = this.#encoder.bytesOf(text);
    if (bytes.length > MAX_SENT_BYTES) {
      const cause = new MessageTooLargeError(MAX_SENT_BYTES, "send");
      this.#end({ local: true, code: CLOSE_CODE.tooLarge, reason: "", cause });
      throw cause;
    }
    for (const frame of this.#encoder.message(bytes)) {
      if (this.#ending !== undefined) throw this.#ending;
      await this.#write(frame);
    }
  }

  /** Writes a frame. Its pieces are queued together, so that no control frame gets between them. */
  async #write(frame: Uint8Array): Promise<void> {
    if (frame.length <= WRITE_BYTES) return await this.#writer.write(frame);
    const writes: Promise<void>[] = [];
    for (let start = 0; start < frame.length; start += WRITE_BYTES) {
      const written = this.#writer.write(frame.subarray(start, start + WRITE_BYTES));
      writes.push(written.then(() => void (this.#hasMoved = true)));
    }
    await Promise.all(writes);
  }

  #control(opcode: number, payload: Uint8Array): Promise<void> {
    if (this.#ending !== undefined) return Promise.resolve();
    return this.#writer.write(this.#encoder.control(opcode, payload)).catch(() => {});
  }

  /** Answers a ping; of those that arrive while an answer waits for the socket, only the last. */
  async #answer(ping: Uint8Array): Promise<void> {
    this.#ping = ping;
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    while (this.#ping !== undefined) {
      const pong = this.#control(OPCODE.pong, this.#ping);
      this.#ping = undefined;
      await pong;
    }
    this.#isAnswering = false;
  }

  /** Whether the peer is silent for another reason than being gone. */
  #isExcused(): boolean {
    const hasMoved = this.#hasMoved;
    this.#hasMoved = false;
    return hasMoved || this.#resume !== undefined;
  }

  /** Waits for the peer to accept the output, unless the transport ends first. */
  #settled(action: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      action().then(resolve, (cause: unknown) => {
        this.#lose(cause);
        reject(this.#ending);
      });
    });
  }

  /**
   * Starts to end the transport, once: later writes reject, and pending data gets a limited time. With `answer`, the peer
   * is sent that close code first.
   */
  #end(end: Omit<SocketClose, "kind">, answer?: number): void {
    if (this.#ending !== undefined) return;
    const close: SocketClose = { kind: "socket", ...end };
    this.#ending = new TransportClosedError(close);
    this.#heartbeat.stop();
    this.#output.error(this.#ending);
    this.#resume?.();
    void this.#finish(close, this.#ending, answer);
  }

  /** Ends without a close frame of the peer. */
  #lose(cause?: unknown): void {
    const end = { local: false, code: CLOSE_CODE.abnormal, reason: "" };
    this.#end({ ...end, ...(cause === undefined ? {} : { cause }) });
  }

  #endLocally(cause?: unknown): void {
    const end = { local: true, code: CLOSE_CODE.normal, reason: "" };
    this.#end({ ...end, ...(cause === undefined ? {} : { cause }) }, CLOSE_CODE.normal);
  }

  async #finish(
    close: SocketClose,
    error: TransportClosedError,
    answer: number | undefined,
  ): Promise<void> {
    const within = async (work: Promise<unknown>, limitMs: number): Promise<void> => {
      if (limitMs > 0) await waitAtMost(Promise.race([work, this.#forced.promise]), limitMs);
    };
    const sent = answer === undefined ? undefined : this.#writer.write(this.#encoder.close(answer));
    await within(Promise.all([this.#inputDone, sent?.catch(() => {})]), this.#closeTimeoutMs);
    const closing = this.#writer.close().catch(() => {});
    await within(closing, Math.min(this.#closeTimeoutMs, END_MS));
    this.#writer.abort(error).catch(() => {});
    this.#abandon?.(error);
    this.#reader.cancel(error).catch(() => {});
    this.#closeInput();
    this.#resume?.();
    this.#closed.resolve(close);
  }

  #closeInput(): void {
    if (this.#isDiscarding) return;
    this.#isDiscarding = true;
    this.#input.close();
  }
}
