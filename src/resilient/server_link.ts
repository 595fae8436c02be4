/** One connection to the server: what is read of it, what is sent, and its end. */
import { TransportClosedError } from "../errors/transport_errors.ts";
import { CodexError } from "../errors/codex_error.ts";
import type { Transport, TransportClose, TransportCloseOptions } from "../transport/transport.ts";
import { now } from "../util/clock.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { startTimer, waitAtMost } from "../util/timer.ts";
import { fieldsOf, parse } from "./peek.ts";

/** Milliseconds for the reply to a request of our own. */
const CALL_MS = 15_000;
/** Milliseconds for a connection that has stopped to say how it ended. */
const LINGER_MS = 500;
/** Milliseconds for a connection to close. */
const CLOSE_MS = 30_000;
/** What the ids of our own requests begin with; those of the client are numbers. */
const OWN = "resilient-";

/** The JSON-RPC code of an overloaded server. */
export const OVERLOADED = -32001;

/** The server's error to a request of our own. */
export class RefusedError extends CodexError {
  override readonly name: string = "RefusedError";
  /** The code of the server's error. */
  readonly rpcCode: unknown;

  /** Creates the error from a method and the server's error object. */
  constructor(method: string, error: unknown) {
    const { message, code } = fieldsOf(error);
    super(`Cannot follow the server: it refused "${method}": ${String(message)}`, {
      code: "refused",
    });
    this.rpcCode = code;
  }
}

/** A connection that is read by one reader and written to by many. */
export class ServerLink {
  readonly transport: Transport;
  /** Counts the connections of a client, from 1. */
  readonly number: number;
  /** Whether `initialized` was sent. */
  isInitialized = false;
  /** Milliseconds of the slowest reply to a request of our own. */
  slowestMs = 0;
  /** Fulfils when the connection has ended. */
  readonly ended: Promise<TransportClose>;
  readonly #reader: ReadableStreamDefaultReader<readonly string[]>;
  readonly #writer: WritableStreamDefaultWriter<string>;
  readonly #calls = new Map<string, Deferred<unknown>>();
  readonly #end = deferred<TransportClose>();
  /** Ends the waits for frames that the connection has not taken. */
  readonly #unsent = new Set<() => void>();
  #lastCall = 0;
  #isEnding = false;

  /** Takes over a transport. */
  constructor(transport: Transport, number: number) {
    this.transport = transport;
    this.number = number;
    this.ended = this.#end.promise;
    this.#reader = transport.readable.getReader();
    this.#writer = transport.writable.getWriter();
    this.#writer.closed.catch(() => this.drop());
    transport.closed.then(() => this.#stopReading(), () => this.#stopReading());
  }

  /** Returns the next frames; `undefined` at the end. */
  async read(): Promise<readonly string[] | undefined> {
    try {
      const { done, value } = await this.#reader.read();
      if (!done) return value;
    } catch {
      // `closed` says why
    }
    this.drop();
    return undefined;
  }

  /** Sends a frame; fulfils when the connection has taken it or has ended. */
  send(frame: string): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#unsent.delete(settle);
        resolve();
      };
      this.#unsent.add(settle);
      this.#writer.write(frame).then(settle, () => this.drop());
      if (this.#isEnding) settle();
    });
  }

  /** Sends a request of our own. Rejects with `RefusedError`, or if the connection ends or stays silent. */
  async call(method: string, params: unknown): Promise<Readonly<Record<string, unknown>>> {
    const id = `${OWN}${++this.#lastCall}`;
    const reply = deferred<unknown>();
    const sentAt = now();
    this.#calls.set(id, reply);
    const stop = startTimer(CALL_MS, () => reply.reject(new Error(`no reply to ${method}`)));
    try {
      if (this.#isEnding) throw new Error("the connection was lost again");
      void this.send(JSON.stringify({ id, method, params }));
      const message = fieldsOf(await reply.promise);
      this.slowestMs = Math.max(this.slowestMs, now() - sentAt);
      if (message.error != null) throw new RefusedError(method, message.error);
      return fieldsOf(message.result);
    } finally {
      stop();
      this.#calls.delete(id);
    }
  }

  /** Takes the frame if it is the reply to a request of our own. */
  takeReply(frame: string): boolean {
    if (this.#calls.size === 0 || !frame.includes(OWN)) return false;
    const message = parse(frame);
    if (message === undefined || "method" in message || typeof message.id !== "string") {
      return false;
    }
    this.#calls.get(message.id)?.resolve(message);
    return message.id.startsWith(OWN);
  }

  /** Gives the connection up. */
  drop(): void {
    if (!this.#isEnding) void this.close({ force: true }, false);
  }

  /** Closes the connection; bounded in time. `isOurs`: whether the client wanted it. */
  async close(options: TransportCloseOptions = {}, isOurs = true): Promise<TransportClose> {
    if (this.#isEnding) return await this.ended;
    this.#isEnding = true;
    const lost = new Error("the connection was lost again");
    for (const call of this.#calls.values()) call.reject(lost);
    const { transport } = this;
    const delivered = isOurs
      ? undefined
      : await waitAtMost(transport.closed.catch(unknown), LINGER_MS);
    const close = delivered ??
      await waitAtMost(transport.close(options).catch(unknown), CLOSE_MS) ??
      unknown(new Error(`The transport "${transport.name}" did not close within ${CLOSE_MS} ms`));
    for (const settle of this.#unsent) settle();
    this.#reader.cancel().catch(() => {});
    this.#writer.abort(new TransportClosedError(close)).catch(() => {});
    this.#end.resolve(close);
    return close;
  }

  /** Ends a transport that has closed but holds its stream open. */
  async #stopReading(): Promise<void> {
    await waitAtMost(this.ended, LINGER_MS);
    this.drop();
  }
}

function unknown(cause: unknown): TransportClose {
  return { kind: "stream", local: false, ...(cause === undefined ? {} : { cause }) };
}
