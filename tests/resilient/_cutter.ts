/** A byte proxy in front of a server, which treats its connections badly on demand. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** How a connection is treated. */
export interface Treatment {
  /** Bytes of the server after which the connection is cut. */
  readonly cutAfter?: number;
  /** Bytes of the client after which the connection is cut. */
  readonly cutAfterSent?: number;
  /** Milliseconds by which every chunk is late. */
  readonly delayMs?: number;
  /** The size of the pieces that chunks are split into. */
  readonly pieceBytes?: number;
}

interface Direction extends Pick<Treatment, "delayMs" | "pieceBytes"> {
  readonly from: Socket;
  readonly to: Socket;
  /** How many bytes are passed on before the cut. */
  readonly left: number;
}

/** Passes bytes on until it is told not to. */
export class Cutter implements AsyncDisposable {
  /** How many connections were made. */
  connections = 0;
  /** How many connections were cut. */
  cuts = 0;
  /** How the next connections are treated, in order; those after them well. */
  readonly next: Treatment[] = [];
  /** Whether new connections are closed at once. */
  isDown = false;
  readonly #target: string | number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(target: string | number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens at a path of a Unix socket, or at a free port if the server is at one. */
  static async start(path: string, target: string | number): Promise<Cutter> {
    const cutter = new Cutter(target);
    await new Promise<void>((resolve) => {
      if (typeof target === "string") cutter.#server.listen(path, resolve);
      else cutter.#server.listen(0, "127.0.0.1", resolve);
    });
    return cutter;
  }

  /** The port, if it listens at one. */
  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const pair of this.#pairs) this.#end(pair);
  }

  /** Passes nothing on any more, in either direction; the connections stay. */
  freeze(): void {
    for (const [one, other] of this.#pairs) {
      one.pause();
      other.pause();
    }
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    client.on("error", () => {});
    if (this.isDown) return void client.destroy();
    this.connections++;
    const server = dial(this.#target);
    server.on("error", () => {});
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const { cutAfter, cutAfterSent, ...rest } = this.next.shift() ?? {};
    this.#pass(pair, { from: client, to: server, left: cutAfterSent ?? Infinity, ...rest });
    this.#pass(pair, { from: server, to: client, left: cutAfter ?? Infinity, ...rest });
  }

  #pass(pair: readonly [Socket, Socket], direction: Direction): void {
    const { from, to, delayMs = 0, pieceBytes = Infinity } = direction;
    let { left } = direction;
    from.on("data", (chunk) => {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, Math.min(chunk.length, at + pieceBytes));
        const passed = piece.subarray(0, Math.max(0, left));
        left -= piece.length;
        const isLast = left < 0;
        const send = (): void => {
          if (passed.length > 0 && !to.destroyed) to.write(passed);
          if (isLast) this.#end(pair);
        };
        if (delayMs > 0) setTimeout(send, delayMs);
        else send();
        if (isLast) return;
      }
    });
    from.on("close", () => this.#end(pair));
  }

  #end(pair: readonly [Socket, Socket]): void {
    if (!this.#pairs.delete(pair)) return;
    this.cuts++;
    for (const socket of pair) socket.destroy();
  }
}

/** Connects to a path of a Unix socket or to a port of the loopback interface. */
export function dial(address: string | number): Socket {
  return typeof address === "string" ? connect(address) : connect(address, "127.0.0.1");
}
