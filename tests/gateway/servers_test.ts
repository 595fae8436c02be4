import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "../../gateway/node.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";
import { EventReader, GatewayPeer } from "./_fixture.ts";

type Fetch = (request: Request) => Promise<Response>;

interface Served {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

interface Runtimes {
  readonly Deno?: {
    serve(
      options: { port: number; hostname: string; onListen: () => void },
      handler: Fetch,
    ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  };
  readonly Bun?: {
    serve(options: { port: number; hostname: string; idleTimeout: number; fetch: Fetch }): {
      readonly port: number;
      stop(closesConnections: boolean): Promise<void>;
    };
  };
}

async function nodeHttp(fetch: Fetch): Promise<Served> {
  const server = createServer(toNodeHandler(fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The server of the runtime, if it has one of its own. */
function native(): ((fetch: Fetch) => Promise<Served>) | undefined {
  const { Deno, Bun } = globalThis as Runtimes;
  if (Deno !== undefined) {
    return (fetch) => {
      const options = { port: 0, hostname: "127.0.0.1", onListen: (): void => {} };
      const server = Deno.serve(options, fetch);
      return Promise.resolve({ port: server.addr.port, stop: () => server.shutdown() });
    };
  }
  if (Bun === undefined) return undefined;
  return (fetch) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 60, fetch });
    return Promise.resolve({ port: server.port, stop: () => server.stop(true) });
  };
}

const servers = [nodeHttp, native()].filter((one) => one !== undefined);

async function check(serve: (fetch: Fetch) => Promise<Served>): Promise<void> {
  await using peer = new GatewayPeer({ limits: { connections: 1, bodyBytes: 1_000 } });
  const { threadId } = await peer.begin();
  const { port, stop } = await serve(peer.gateway.fetch);
  try {
    const url = `http://127.0.0.1:${port}/api`;
    const headers = { authorization: "ann", "content-type": "application/json" };
    const post = async (body: string): Promise<[number, string]> => {
      const reply = await loopbackFetch(`${url}/threads`, { method: "POST", headers, body });
      return [reply.status, (await reply.json()).error?.code ?? "ok"];
    };
    assertEquals(await post("{}"), [201, "ok"]);
    assertEquals(await post("{"), [400, "invalid_json"]);
    assertEquals(await post(`{"name":"${"x".repeat(2_000)}"}`), [413, "body_too_large"]);
    const foreign = { ...headers, origin: "https://evil.example" };
    const refused = await loopbackFetch(`${url}/threads`, { headers: foreign });
    assertEquals(refused.status, 403);
    await refused.body?.cancel();
    for (let round = 0; round < 2; round++) {
      const cut = new AbortController();
      const events = `${url}/threads/${threadId}/events`;
      let response: Response;
      // The one before has left; the server learns that a moment later.
      for (let attempt = 0;; attempt++) {
        response = await loopbackFetch(events, { headers, signal: cut.signal });
        if (response.status === 200) break;
        await response.body?.cancel();
        assert(attempt < 200, "the reader that has left still counts");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const reader = new EventReader(response);
      const first = await reader.next();
      assert(first !== undefined && "type" in first && first.type === "snapshot");
      cut.abort();
      await reader[Symbol.asyncDispose]();
    }
  } finally {
    await peer.gateway.close();
    await stop();
  }
}

test("toNodeHandler and the runtime's own server carry bodies, errors and streams, and notice who has left", async () => {
  for (const serve of servers) await check(serve);
});
