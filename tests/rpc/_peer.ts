/** A connection over an in-memory pair, with the test as its server. */
import type { TransportClosedError } from "../../src/errors/transport_errors.ts";
import { RpcConnection } from "../../src/rpc/connection.ts";
import type { RequestHandler } from "../../src/rpc/incoming_requests.ts";
import type { RpcNotification } from "../../src/rpc/messages.ts";
import { memoryTransportPair } from "../../src/transport/memory_pair.ts";
import type { Transport } from "../../src/transport/transport.ts";
import type { Diagnostic } from "../../src/util/diagnostics.ts";

/** A message as parsed. */
export type Message = Readonly<Record<string, unknown>>;

/** Settings of a peer. */
export interface PeerOptions {
  readonly onRequest?: RequestHandler;
  readonly onNotification?: (notification: RpcNotification) => void;
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
  /** The two ends: the connection's, then the server's. */
  readonly pair?: readonly [Transport, Transport];
}

/** The server's end of a connection, and the events the connection reported. */
export class Peer implements AsyncDisposable {
  #fences = 0;
  readonly rpc: RpcConnection;
  readonly server: Transport;
  readonly diagnostics: Diagnostic[] = [];
  readonly notifications: RpcNotification[] = [];
  readonly closeErrors: TransportClosedError[] = [];
  readonly #reader: ReadableStreamDefaultReader<readonly string[]>;
  readonly #writer: WritableStreamDefaultWriter<string>;
  readonly #unread: string[] = [];

  constructor(options: PeerOptions = {}) {
    const [client, server] = options.pair ?? memoryTransportPair();
    this.server = server;
    this.#reader = server.readable.getReader();
    this.#writer = server.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.rpc = new RpcConnection(client, {
      onNotification: (notification) => {
        this.notifications.push(notification);
        options.onNotification?.(notification);
      },
      onRequest: options.onRequest ?? (() => ({})),
      onClose: (error) => void this.closeErrors.push(error),
      onDiagnostic: (diagnostic) => {
        this.diagnostics.push(diagnostic);
        options.onDiagnostic?.(diagnostic);
      },
    });
  }

  /** Sends frames: text unchanged, the rest as JSON. Fulfils once the connection has received them. */
  async send(...messages: readonly (string | Message)[]): Promise<void> {
    const writes = messages.map((message) =>
      this.#writer.write(typeof message === "string" ? message : JSON.stringify(message))
    );
    await Promise.allSettled(writes);
  }

  /** The next frame that the connection wrote, as text; `undefined` at the end. */
  async nextFrame(): Promise<string | undefined> {
    while (this.#unread.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#unread.push(...value);
    }
    return this.#unread.shift();
  }

  /** The next message that the connection wrote. */
  async next(): Promise<Message> {
    const frame = await this.nextFrame();
    if (frame === undefined) throw new Error("The connection has ended");
    return JSON.parse(frame) as Message;
  }

  /** Everything written until the answer to a request sent now. */
  async written(): Promise<Message[]> {
    const fence = `fence ${++this.#fences}`;
    this.send({ id: fence, method: "fence" });
    const messages: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message.id === fence) return messages;
      messages.push(message);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rpc.close({ force: true });
    await this.server.close();
  }
}

/** A signal that counts its listeners. */
export class CountedSignal {
  readonly controller: AbortController = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;
  readonly #listeners: Set<unknown> = new Set();
  /** How many listeners were ever added. */
  added = 0;

  constructor() {
    const add = this.signal.addEventListener.bind(this.signal);
    const remove = this.signal.removeEventListener.bind(this.signal);
    this.signal.addEventListener = (...args: Parameters<typeof add>): void => {
      this.added++;
      this.#listeners.add(args[1]);
      add(...args);
    };
    this.signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      this.#listeners.delete(args[1]);
      remove(...args);
    };
  }

  /** How many listeners are left. */
  get listeners(): number {
    return this.#listeners.size;
  }
}
