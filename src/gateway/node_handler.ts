/** The Web's requests and responses on a server of `node:http`, without importing it. */
import { startTimer } from "../util/timer.ts";

/** What is read of a body that nobody wants, so that its sender gets to the response: bytes, and milliseconds. */
const DISCARD = [16_000_000, 5_000] as const;

/**
 * What is needed of an `IncomingMessage`.
 *
 * @example
 * ```ts
 * import type { NodeRequest } from "@codex-app-server/sdk/gateway/node";
 * import type { IncomingMessage } from "node:http";
 *
 * const asRequest = (request: IncomingMessage): NodeRequest => request;
 * ```
 */
export interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  /** The method. */
  readonly method?: string | undefined;
  /** The path and the query. */
  readonly url?: string | undefined;
  /** The headers as sent: names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** The connection, whose `encrypted` is true under TLS. */
  readonly socket: object;
}

/**
 * What is needed of a `ServerResponse`.
 *
 * @example
 * ```ts
 * import type { NodeResponse } from "@codex-app-server/sdk/gateway/node";
 * import type { ServerResponse } from "node:http";
 *
 * const asResponse = (response: ServerResponse): NodeResponse => response;
 * ```
 */
export interface NodeResponse {
  /** Whether the head was sent. */
  readonly headersSent: boolean;
  /** Whether the connection has ended. */
  readonly destroyed: boolean;
  /** Writes the head. */
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  /** Sends the head. */
  flushHeaders(): void;
  /** Writes a part of the body; `false` if it must wait for `drain`. */
  write(chunk: Uint8Array): boolean;
  /** Ends the response. */
  end(chunk?: string): unknown;
  /** Ends the connection. */
  destroy(): unknown;
  /** Listens. */
  on(event: "drain" | "close", listener: () => void): unknown;
}

/**
 * Returns the listener of a `node:http` server that answers with a function from `Request` to `Response`, such as
 * `gateway.fetch`. It waits for slow readers, and reports those that have left through `request.signal`.
 *
 * @example
 * ```ts
 * import type { Gateway } from "@codex-app-server/sdk/gateway";
 * import { toNodeHandler } from "@codex-app-server/sdk/gateway/node";
 * import { createServer } from "node:http";
 *
 * function serve(gateway: Gateway): void {
 *   createServer(toNodeHandler(gateway.fetch)).listen(8000, "127.0.0.1");
 * }
 * ```
 */
export function toNodeHandler(
  fetch: (request: Request) => Response | Promise<Response>,
): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    void respond(fetch, request, response).catch(() => void response.destroy());
  };
}

async function respond(
  fetch: (request: Request) => Response | Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
): Promise<void> {
  const left = new AbortController();
  let wake = (): void => {};
  outgoing.on("close", () => {
    left.abort(new DOMException("The reader has left", "AbortError"));
    wake();
  });
  outgoing.on("drain", () => wake());
  let request: Request;
  try {
    request = webRequest(incoming, left.signal, () => void outgoing.destroy());
  } catch {
    outgoing.writeHead(400, {});
    outgoing.end();
    return;
  }
  const response = await fetch(request);
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  outgoing.writeHead(response.status, headers);
  outgoing.flushHeaders();
  if (response.body === null) return void outgoing.end();
  const reader = response.body.getReader();
  const stop = (): void => void reader.cancel(left.signal.reason).catch(() => {});
  left.signal.addEventListener("abort", stop, { once: true });
  if (left.signal.aborted) stop();
  // A stream that is cut while its reader takes nothing: the connection ends too.
  reader.closed.catch(() => wake());
  for (;;) {
    const { done, value } = await reader.read();
    if (left.signal.aborted) return;
    if (done) break;
    if (outgoing.write(value) || outgoing.destroyed) continue;
    await new Promise<void>((resolve) => wake = resolve);
  }
  outgoing.end();
}

function webRequest(incoming: NodeRequest, signal: AbortSignal, cut: () => void): Request {
  const { method = "GET", url = "/", rawHeaders, socket } = incoming;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!name.startsWith(":")) headers.append(name, rawHeaders[at + 1] ?? "");
  }
  const host = headers.get("host") ?? "localhost";
  // An absolute address in the request line would be taken for the origin.
  const path = url.startsWith("/") ? url : "/";
  // Nor may a host carry a path, a query or a user.
  if (!/^[\w.:[\]-]+$/.test(host)) throw new TypeError("The host is invalid");
  const address = `${
    "encrypted" in socket && socket.encrypted ? "https" : "http"
  }://${host}${path}`;
  if (method === "GET" || method === "HEAD") {
    return new Request(address, { method, headers, signal });
  }
  const init = { method, headers, signal, body: bodyOf(incoming, signal, cut), duplex: "half" };
  return new Request(address, init as RequestInit);
}

function bodyOf(
  incoming: NodeRequest,
  signal: AbortSignal,
  cut: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = incoming[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const { done, value } = await chunks.next();
      if (done) return controller.close();
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      controller.enqueue(new Uint8Array(bytes));
    },
    cancel(): void {
      void discard(chunks, signal, cut);
    },
  }, { highWaterMark: 0 });
}

/** Reads the rest of a body: to end the iteration would end the connection before the response is sent. */
async function discard(
  chunks: AsyncIterator<Uint8Array | string>,
  signal: AbortSignal,
  cut: () => void,
): Promise<void> {
  const [maxBytes, maxMs] = DISCARD;
  const stopTimer = startTimer(maxMs, cut);
  signal.addEventListener("abort", stopTimer, { once: true });
  try {
    for (let bytes = 0; bytes < maxBytes;) {
      const { done, value } = await chunks.next();
      if (done) return;
      bytes += value.length;
    }
    cut();
  } catch {
    // The sender has left.
  } finally {
    stopTimer();
  }
}
