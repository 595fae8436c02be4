/** JSON-RPC over a transport: one read loop, one writer, and an end that settles everything. */
import {
  MessageTooLargeError,
  SendQueueFullError,
  TransportClosedError,
} from "../errors/transport_errors.ts";
import type { PeerFiles, Transport, TransportClose } from "../transport/transport.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { isRecord } from "../util/is_record.ts";
import { PushStream } from "../util/push_stream.ts";
import { redact } from "../util/redact.ts";
import {
  type RequestId,
  type RpcErrorObject,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
  stringifyFrame,
} from "./messages.ts";
import { waitAtMost } from "../util/timer.ts";
import { IncomingRequests, type RequestHandler } from "./incoming_requests.ts";
import { PendingRequests, type RpcRequestOptions } from "./pending_requests.ts";

/** Milliseconds for a peer that stopped sending to exit before it is ended. */
const LINGER_MS = 2_000;
/** Milliseconds for a transport to close; one over a process needs a few seconds, even if that has to be killed. */
const CLOSE_MS = 30_000;
/** Milliseconds for a transport that has ended to deliver what is left; it may go on sending. */
const DRAIN_MS = 20_000;
const INTERNAL_ERROR = -32603;

/** How many messages may wait for a server that does not read. */
const MAX_UNSENT = 10_000;

/** The callbacks of a connection. The read loop calls them, so they must not block. */
export interface ConnectionEvents {
  /** Called for each notification, in wire order. Returns `false` if nobody reads it with a promise of its own. */
  readonly onNotification: (notification: RpcNotification) => boolean | void;
  /** Answers a request of the server with what it returns or throws. */
  readonly onRequest: RequestHandler;
  /** Called when the connection has ended, after everything received was dispatched. */
  readonly onClose: (error: TransportClosedError) => void;
  readonly onDiagnostic: OnDiagnostic;
}

/** A JSON-RPC peer over one transport. */
export class RpcConnection {
  readonly #transport: Transport;
  readonly #events: ConnectionEvents;
  readonly #writer: WritableStreamDefaultWriter<string>;
  readonly #pending: PendingRequests;
  readonly #incoming: IncomingRequests;
  readonly #reader: ReadableStreamDefaultReader<readonly string[]>;
  /** Fulfils when nothing is left to read, with the error that ended the reading, if any. */
  readonly #read: Promise<unknown>;
  /** What a batch of a pushed stream failed with. */
  #fault: unknown;
  /** How many batches were read. */
  #batches = 0;
  /** Set once the transport did not close in time. */
  #givenUp: Error | undefined;
  readonly #closed: Promise<TransportClose>;
  #closeError: TransportClosedError | undefined;
  #closeRequested = false;
  #writeError: unknown;
  #malformed = 0;
  /** How many messages the transport has not accepted yet. */
  #unsent = 0;

  /** Takes over the transport and starts reading. */
  constructor(transport: Transport, events: ConnectionEvents) {
    this.#transport = transport;
    this.#events = events;
    this.#writer = transport.writable.getWriter();
    this.#writer.closed.catch((error) => this.#endDeaf(error));
    this.#pending = new PendingRequests((method, error) =>
      this.#diagnose({ kind: "callbackError", method, error })
    );
    this.#incoming = new IncomingRequests(events.onRequest, (answer) => this.#write(answer));
    this.#reader = transport.readable.getReader();
    this.#read = this.#readAll();
    this.#closed = this.#run();
    void transport.closed.catch(() => {}).then(() => this.#endReading());
  }

  /** The process id of the server, if it is a child process. */
  get pid(): number | undefined {
    return this.#transport.pid;
  }

  /** The server's environment variables that commands must not see. */
  get hiddenVariables(): readonly string[] {
    return this.#transport.hiddenVariables ?? [];
  }

  /** The files on the server's machine, if they can be reached. */
  get files(): PeerFiles | undefined {
    return this.#transport.files;
  }

  /** Fulfils when the connection has ended and everything pending is settled; never rejects. */
  get closed(): Promise<TransportClose> {
    return this.#closed;
  }

  /** How many requests await a reply, in each direction. */
  get pending(): { readonly outgoing: number; readonly incoming: number } {
    return { outgoing: this.#pending.size, incoming: this.#incoming.size };
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws {JsonRpcError} if the server replies with an error
   * @throws {TransportClosedError} if the connection is closed or closes
   * @throws {SendQueueFullError} if 10,000 messages wait for a server that does not read
   * @throws {MessageTooLargeError} if the transport accepts no message of this size; nothing is sent
   */
  async request(
    method: string,
    params: unknown,
    options: RpcRequestOptions = {},
  ): Promise<unknown> {
    options.signal?.throwIfAborted();
    if (this.#closeError !== undefined) throw this.#closeError;
    if (this.#unsent >= MAX_UNSENT) throw new SendQueueFullError(MAX_UNSENT);
    const { id, reply } = this.#pending.add(method, options);
    try {
      options.onSent?.(id);
      this.#write({ id, method, params, trace: options.trace });
    } catch (error) {
      this.#pending.fail(id, error);
    }
    return await reply;
  }

  /** Sends a notification. */
  notify(method: string, params?: unknown): void {
    if (this.#closeError !== undefined) throw this.#closeError;
    this.#write({ method, params });
  }

  /** Notifies the handler of a server request that its answer is no longer wanted. */
  cancelIncoming(id: RequestId, reason?: unknown): void {
    this.#incoming.cancel(id, reason);
  }

  /** Forgets the answers to server requests about a thread, or about an item, which will not be delivered again. */
  forgetAnswers(threadId: unknown, itemId?: unknown): void {
    this.#incoming.forgetAnswers(threadId, itemId);
  }

  /** Closes the connection and waits until everything pending is settled. */
  async close(options?: { readonly force?: boolean }): Promise<TransportClose> {
    this.#closeRequested = true;
    await this.#closeTransport(options).catch(() => {}); // it violates its contract
    await this.#endReading();
    return await this.#closed;
  }

  /**
   * The stream queues writes in order, and the text is returned; a failed write shows up as the end of the transport.
   *
   * @throws {MessageTooLargeError} if the peer would end the connection because of the message
   */
  #write(message: object): string {
    const frame = stringifyFrame(message);
    this.#checkSize(frame);
    const write = this.#writer.write(frame);
    this.#unsent++;
    const settle = (): void => void this.#unsent--;
    write.then(settle, settle);
    return frame;
  }

  #checkSize(frame: string): void {
    const { maxSentBytes = Infinity } = this.#transport;
    // Each UTF-16 unit is at most three bytes of UTF-8.
    if (frame.length * 3 <= maxSentBytes) return;
    if (new TextEncoder().encode(frame).length <= maxSentBytes) return;
    throw new MessageTooLargeError(maxSentBytes, "send");
  }

  async #run(): Promise<TransportClose> {
    const cause = await this.#read;
    const close = await this.#end(cause);
    const error = new TransportClosedError(close);
    this.#closeError = error;
    this.#pending.failAll(error);
    this.#incoming.cancelAll(error);
    this.#events.onClose(error);
    return close;
  }

  /** Dispatches every frame until the stream ends. Returns the error that ended it, if any. */
  async #readAll(): Promise<unknown> {
    const reader = this.#reader;
    const ready = Promise.resolve(); // creating a new one per frame costs 3 % on Deno
    try {
      if (this.#isPushed(reader)) {
        await reader.closed;
        return this.#fault;
      }
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        let left = this.#receive(value);
        while (left-- > 0) await ready;
      }
    } catch (error) {
      return error;
    } finally {
      reader.releaseLock();
    }
  }

  /** Takes the frames of our own transports without a promise per batch; returns `false` if those must be read. */
  #isPushed(reader: ReadableStreamDefaultReader<readonly string[]>): boolean {
    const { readable } = this.#transport;
    return readable instanceof PushStream && readable.push((frames: readonly string[]): number => {
      try {
        return this.#receive(frames);
      } catch (error) {
        this.#fault = error;
        reader.cancel(error).catch(() => {});
        return 0;
      }
    });
  }

  /**
   * Dispatches a batch. Returns how many frames somebody awaits, each in a microtask: a source that is always ready must
   * wait for those, or it starves its readers.
   */
  #receive(frames: readonly string[]): number {
    this.#batches++;
    let awaited = 0;
    for (const frame of frames) if (this.#dispatch(frame) !== false) awaited++;
    return awaited;
  }

  /** Stops reading from a transport that has ended but holds its stream open, once it is silent or for too long. */
  async #endReading(): Promise<void> {
    for (let waitedMs = 0; waitedMs < DRAIN_MS; waitedMs += LINGER_MS) {
      const before = this.#batches;
      if (await waitAtMost(this.#read.then(() => true), LINGER_MS)) return;
      if (this.#batches === before) break;
    }
    this.#reader.cancel().catch(() => {}); // fulfils the pending read
  }

  /**
   * Closes the transport, or gives it up.
   *
   * @throws {Error} if it does not close in time, and from then on
   */
  async #closeTransport(options?: { readonly force?: boolean }): Promise<TransportClose> {
    if (this.#givenUp !== undefined) throw this.#givenUp;
    const close = await waitAtMost(this.#transport.close(options), CLOSE_MS);
    if (close !== undefined) return close;
    throw this.#givenUp = new Error(
      `The transport "${this.#transport.name}" did not close within ${CLOSE_MS} ms`,
    );
  }

  async #end(readError: unknown): Promise<TransportClose> {
    const close = await this.#endTransport(readError !== undefined);
    if (close.local && this.#closeRequested) return close;
    const cause = close.cause ?? readError ?? (close.local ? this.#writeError : undefined);
    return { ...close, local: false, ...(cause === undefined ? {} : { cause }) };
  }

  async #endTransport(force: boolean): Promise<TransportClose> {
    try {
      if (force) return await this.#closeTransport({ force });
      return await waitAtMost(this.#transport.closed, LINGER_MS) ?? await this.#closeTransport();
    } catch (cause) {
      return { kind: "stream", local: this.#closeRequested, cause }; // the transport violates its contract
    }
  }

  /** Closes a peer that accepts no more frames, even if it might still send some. */
  async #endDeaf(error: unknown): Promise<void> {
    this.#writeError = error;
    const closed = this.#transport.closed.catch(() => {});
    if (await waitAtMost(closed.then(() => true), LINGER_MS)) return;
    await this.#closeTransport({ force: true }).catch(() => {});
    await this.#endReading();
  }

  /** Handles a message; returns `false` if nobody reads it with a promise of its own. */
  #dispatch(frame: string): boolean | void {
    let message: unknown;
    try {
      message = JSON.parse(frame);
    } catch {
      return this.#reportMalformed(frame);
    }
    if (!isRecord(message)) return this.#reportMalformed(frame);
    if ("method" in message) {
      if (typeof message.method !== "string") return this.#reportMalformed(frame);
      if (!("id" in message)) return this.#notify(message as unknown as RpcNotification);
      if (!isId(message.id)) return this.#reportMalformed(frame);
      return this.#incoming.accept(message as unknown as RpcRequest);
    }
    if (isResponse(message)) return this.#settle(message);
    if (isId(message.id)) this.#pending.settle({ id: message.id, error: unreadableReply(message) });
    this.#reportMalformed(frame);
  }

  #notify(notification: RpcNotification): boolean | void {
    try {
      return this.#events.onNotification(notification);
    } catch (error) {
      this.#diagnose({ kind: "callbackError", method: notification.method, error });
    }
  }

  #settle(response: RpcResponse): void {
    if (!this.#pending.settle(response)) {
      this.#diagnose({ kind: "unmatchedResponse", id: response.id });
    }
  }

  #reportMalformed(frame: string): void {
    this.#malformed++;
    const excerpt = redact(frame.slice(0, 4_096)).slice(0, 200);
    // Not enumerable: a log of the whole diagnostic does not show what the server printed.
    const diagnostic = { kind: "malformedMessage", count: this.#malformed } as const;
    this.#diagnose(Object.defineProperty({ ...diagnostic, excerpt }, "excerpt", {
      enumerable: false,
    }));
  }

  #diagnose(diagnostic: Parameters<OnDiagnostic>[0]): void {
    try {
      this.#events.onDiagnostic(diagnostic);
    } catch {
      // A throwing logger must not break the connection.
    }
  }
}

function isId(value: unknown): value is RequestId {
  return typeof value === "string" || typeof value === "number";
}

/** The error for a request that would otherwise wait forever. */
function unreadableReply(message: object): RpcErrorObject {
  return {
    code: INTERNAL_ERROR,
    message: "The reply has neither a result nor an error",
    data: message,
  };
}

function isResponse(message: Readonly<Record<string, unknown>>): message is
  & Readonly<Record<string, unknown>>
  & RpcResponse {
  const { id, error } = message;
  if (id !== null && !isId(id)) return false;
  if (error === undefined || error === null) return "result" in message;
  return isRecord(error) && typeof error.code === "number" && typeof error.message === "string";
}
