/**
 * The server of the npm package `ws` over plain sockets. Loaded by its path, because Bun has its own module of that name,
 * and without `node:http`, whose upgrades differ by runtime.
 */
import { createRequire } from "node:module";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { join } from "node:path";
import { projectRoot } from "../../scripts/_lib/project.ts";

/** The part of a connection of `ws` that tests use. */
export interface WsConnection {
  on(event: "message", listener: (data: Uint8Array, isBinary: boolean) => void): void;
  on(event: "close", listener: (code: number, reason: Uint8Array) => void): void;
  on(event: "ping" | "pong", listener: (data: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  send(data: string, done?: (error?: Error | null) => void): void;
  send(
    data: string | Uint8Array,
    options: { readonly fin?: boolean; readonly binary?: boolean },
    done?: (error?: Error | null) => void,
  ): void;
  ping(data?: string): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

interface WsServer {
  handleUpgrade(
    request: Upgrade,
    socket: Socket,
    head: Uint8Array,
    accept: (connection: WsConnection) => void,
  ): void;
}

/** The head of a request. */
export interface Upgrade {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A connection that was upgraded. */
export interface Accepted {
  readonly connection: WsConnection;
  /** The socket below it. */
  readonly socket: Socket;
  readonly request: Upgrade;
}

/** Options of {@linkcode serveWebSocket}. */
export interface ServeOptions {
  /** The path of a Unix socket; otherwise, a free port of loopback. */
  readonly path?: string;
  /** The certificate and key, for `wss:`. */
  readonly tls?: TlsOptions;
  /** Answers a request by itself, in place of the upgrade. */
  readonly answer?: (request: Upgrade) => string | undefined;
  /** Called with each upgraded connection, before it reads. */
  readonly onOpen?: (accepted: Accepted) => void;
}

/** A running server. */
export interface ServedWebSocket extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Returns the next connection that was upgraded. */
  next(): Promise<Accepted>;
}

/** Starts a server. */
export async function serveWebSocket(options: ServeOptions = {}): Promise<ServedWebSocket> {
  const path = join(projectRoot, "node_modules/ws/lib/websocket-server.js");
  const Server = createRequire(import.meta.url)(path) as new (options: object) => WsServer;
  const upgrades = new Server({
    noServer: true,
    clientTracking: false,
    maxPayload: 256 * 1024 ** 2,
  });
  const sockets = new Set<Socket>();
  const accepted: Accepted[] = [];
  let wake = (): void => {};

  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    readHead(socket, (request, head) => {
      const answer = options.answer?.(request);
      if (answer !== undefined) return void socket.end(answer);
      upgrades.handleUpgrade(request, socket, head, (connection) => {
        connection.on("error", () => {});
        options.onOpen?.({ connection, socket, request });
        accepted.push({ connection, socket, request });
        wake();
      });
    });
  };
  const { tls } = options;
  const server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  await listen(server, options.path);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: `${tls === undefined ? "ws" : "wss"}://127.0.0.1:${port}`,
    async next(): Promise<Accepted> {
      for (;;) {
        const first = accepted.shift();
        if (first !== undefined) return first;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, path: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
}

/** Reads the head of a request and passes on the bytes after it. */
function readHead(socket: Socket, done: (request: Upgrade, rest: Uint8Array) => void): void {
  let text = "";
  const onData = (bytes: Uint8Array): void => {
    text += Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const end = text.indexOf("\r\n\r\n");
    if (!text.startsWith("GET ")) return void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    if (end === -1) return;
    socket.off("data", onData);
    const [first = "", ...lines] = text.slice(0, end).split("\r\n");
    const [method = "", url = ""] = first.split(" ");
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const rest = Uint8Array.from(text.slice(end + 4), (char) => char.charCodeAt(0));
    done({ method, url, headers }, rest);
  };
  socket.on("data", onData);
}
