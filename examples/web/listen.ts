/** A server on this machine alone, with what the runtime has: `Deno.serve`, `Bun.serve` or `node:http`. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { toNodeHandler } from "@codex-app-server/sdk/gateway/node";

type Fetch = (request: Request) => Promise<Response>;

/** A server that listens. */
export interface WebServer extends AsyncDisposable {
  readonly port: number;
}

interface Runtimes {
  readonly Deno?: {
    serve(
      options: { hostname: string; port: number; onListen: () => void },
      fetch: Fetch,
    ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  };
  readonly Bun?: {
    serve(
      options: { hostname: string; port: number; idleTimeout: number; fetch: Fetch },
    ): { readonly port: number; stop(closeConnections: boolean): Promise<void> };
  };
}

const hostname = "127.0.0.1";

/** Serves a function on a port of the loopback interface; 0 is a free one. */
export async function listen(fetch: Fetch, port = 0): Promise<WebServer> {
  const { Deno: deno, Bun: bun } = globalThis as Runtimes;
  if (deno !== undefined) {
    const server = deno.serve({ hostname, port, onListen: () => {} }, fetch);
    return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
  }
  if (bun !== undefined) {
    // 10 seconds are its default, less than between two signs of life of a stream.
    const server = bun.serve({ hostname, port, idleTimeout: 0, fetch });
    return { port: server.port, [Symbol.asyncDispose]: () => server.stop(true) };
  }
  const server = createServer(toNodeHandler(fetch));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Waits for Ctrl-C, or for the end of the program that started this one. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
