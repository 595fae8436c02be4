import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { toNodeHandler } from "../../gateway/node.ts";
import { assert, assertEquals, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fakeThreadStart } from "../../testing.ts";
import { delta, GatewayPeer, messageStart, ORIGIN } from "./_fixture.ts";

const HEAD = "connection: close\r\nauthorization: ann\r\ncontent-type: application/json\r\n";

/** Sends bytes to a server and returns what comes back, up to the end of the connection or of the first response. */
async function exchange(port: number, ...parts: string[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.setEncoding("utf8");
  socket.on("error", () => {});
  let text = "";
  const over = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => void (text += chunk));
    socket.on("close", () => resolve());
  });
  for (const part of parts) socket.write(part);
  await over;
  socket.destroy();
  return text;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

test("a path of slashes costs nothing, before the login too", async () => {
  await using peer = new GatewayPeer();
  const start = performance.now();
  const path = `GET a${"/".repeat(200_000)}a`;
  assertEquals(await peer.outcome(path, { user: null }), "401 unauthorized");
  assertEquals(await peer.outcome("GET /workspaces///"), "200 ok");
  assertLess(performance.now() - start, 2_000);
});

test("toNodeHandler: hosts with paths, absolute addresses and large bodies in chunks are answered", async () => {
  await using peer = new GatewayPeer({ hosts: ["127.0.0.1"], limits: { bodyBytes: 1_000 } });
  const server = createServer(toNodeHandler(peer.gateway.fetch));
  const port = await listen(server);
  try {
    const status = async (...parts: string[]): Promise<string> =>
      (await exchange(port, ...parts)).split(" ", 2)[1] ?? "none";
    const get = (path: string, host: string): string =>
      `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${HEAD}\r\n`;
    assertEquals(await status(get("/api/workspaces", "127.0.0.1")), "200");
    assertEquals(await status(get("/x", "127.0.0.1/api/workspaces?")), "400");
    assertEquals(await status(get("/api/workspaces", "127.0.0.1@evil.example")), "400");
    assertEquals(await status(get("/api/workspaces", "evil.example")), "403");
    assertEquals(await status(get("http://127.0.0.1/api/workspaces", "evil.example")), "403");
    assertEquals(await status(get("//evil.example/api/workspaces", "127.0.0.1")), "404");
    const post = `POST /api/threads HTTP/1.1\r\nhost: 127.0.0.1\r\n${HEAD}`;
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const chunked = `${post}transfer-encoding: chunked\r\n\r\n`;
    assertEquals(await status(chunked, ...Array(60).fill(chunk), "0\r\n\r\n"), "413");
    const waiting = `${post}expect: 100-continue\r\ncontent-length: 2\r\n\r\n`;
    assert((await exchange(port, waiting, "{}")).includes(" 201 "));
  } finally {
    await stop(server);
  }
});

test("toNodeHandler ends the connection of a reader that was cut because it reads nothing", async () => {
  let left = 0;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start: (given) => void (controller = given),
      pull: (given) => given.enqueue(new Uint8Array(1_000_000)),
    }, { highWaterMark: 0 });
  const server = createServer(toNodeHandler(() => new Response(body())));
  let socket: Socket | undefined;
  server.on("connection", (one: Socket) => void one.on("close", () => void left++));
  const port = await listen(server);
  try {
    socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    for (let at = 0; controller === undefined && at < 200; at++) await tick();
    for (let at = 0; at < 20; at++) await tick();
    controller?.error(new Error("too slow"));
    for (let at = 0; left === 0 && at < 300; at++) await tick();
    assert(left > 0, "the connection stays");
  } finally {
    socket?.destroy();
    await stop(server);
  }
});

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

test("a running turn without end takes a bounded memory, and its snapshot stays small", async () => {
  await using peer = new GatewayPeer({ limits: { snapshotChars: 100_000, logChars: 50_000 } });
  const { threadId, turnId } = await peer.begin();
  const line = "y\n".repeat(1_000);
  for (let item = 0; item < 60; item++) {
    peer.server.sendRaw(messageStart(threadId, turnId, `item-${item}`));
    const deltas = Array.from({ length: 30 }, () => delta(threadId, turnId, line, `item-${item}`));
    peer.server.sendBatch(deltas);
  }
  peer.server.sendBatch([delta(threadId, turnId, "the end", "item-59")]);
  await using reader = await peer.events(threadId);
  let text = "";
  for (let at = 0; !text.includes("the end") && at < 500; at++) {
    await using again = await peer.events(threadId);
    text = JSON.stringify(await again.next());
    await tick();
  }
  assert(text.includes("the end"), "the newest text is there");
  assertLess(text.length, 200_000);
  peer.server.sendBatch([delta(threadId, turnId, " and more", "item-59")]);
  await reader.until((event) => Array.isArray(event) && event[1].endsWith("more"));
});

test("a user's limit of threads holds for many requests at once, and so does that of bodies", async () => {
  await using peer = new GatewayPeer({ limits: { threads: 3, bodyBytes: 10_000 } });
  peer.server.on("thread/start", async (_params: unknown) => {
    await tick();
    return fakeThreadStart(crypto.randomUUID());
  });
  const create = (): Promise<string> => peer.outcome("POST threads", { body: {} });
  const outcomes = await Promise.all(Array.from({ length: 20 }, create));
  assertEquals(outcomes.filter((one) => one === "201 ok").length, 3);
  assertEquals(outcomes.filter((one) => one === "429 too_many_threads").length, 17);
  assertEquals(await create(), "201 ok"); // for one that nobody uses
  const slow = (): Promise<Response> => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller): Promise<void> {
        controller.enqueue(new Uint8Array(9_000));
        await tick();
        controller.close();
      },
    });
    const headers = { authorization: "ann", "content-type": "application/json" };
    const init = { method: "PATCH", headers, body, duplex: "half" };
    return peer.gateway.fetch(new Request(`${ORIGIN}/api/threads/x`, init as RequestInit));
  };
  const statuses = (await Promise.all(Array.from({ length: 8 }, slow))).map(({ status }) => status);
  assertEquals(statuses.toSorted(), [400, 400, 400, 400, 429, 429, 429, 429]);
  assertEquals((await slow()).status, 400);
});

test("a thread that is being created while the gateway closes is not kept", async () => {
  await using peer = new GatewayPeer();
  let go = (): void => {};
  const wait = new Promise<void>((resolve) => go = resolve);
  peer.server.on("thread/start", async (_params: unknown) => {
    await wait;
    return fakeThreadStart("late");
  });
  const creating = peer.outcome("POST threads", { body: {} });
  await peer.server.nextRequest("thread/start");
  await peer.gateway.close();
  go();
  assertEquals(await creating, "503 draining");
  await peer.server.nextRequest("thread/unsubscribe");
});

test("a page of the same host over http may not use a gateway behind https", async () => {
  await using peer = new GatewayPeer({ origins: ["https://app.example"] });
  const ask = (origin: string, site: string): Promise<string> =>
    peer.outcome("GET workspaces", { headers: { origin, "sec-fetch-site": site } });
  assertEquals(await ask(ORIGIN, "cross-site"), "403 origin_not_allowed");
  assertEquals(await ask(ORIGIN, "same-origin"), "200 ok");
  assertEquals(await ask("https://app.example", "cross-site"), "200 ok");
});

test("one user's idempotency keys displace no other user's", async () => {
  await using peer = new GatewayPeer({ limits: { threads: 2_000, requestsPerMinute: 10_000 } });
  const create = async (user: string, key: string): Promise<string> => {
    const headers = { "idempotency-key": key };
    return (await (await peer.ask("POST threads", { user, headers, body: {} })).json()).id;
  };
  const first = await create("ann", "k");
  assert(await create("bob", "k") !== first);
  for (let at = 0; at < 1_001; at++) await create("bob", `k${at}`);
  assertEquals(await create("ann", "k"), first);
  const headers = { "idempotency-key": "k".repeat(1_000) };
  assertEquals(await peer.outcome("POST threads", { headers, body: {} }), "400 invalid_request");
});

test("a page learns that the model is asked again, and when it answers", async () => {
  await using peer = new GatewayPeer();
  const { threadId, turnId } = await peer.begin();
  await using reader = await peer.events(threadId);
  const retries: unknown[] = [];
  const attempts: unknown[] = [];
  const next = async (): Promise<void> => {
    await reader.until((event) => {
      if (Array.isArray(event) || !("type" in event) || event.type !== "turn") return false;
      if (event.retry === undefined || event.status !== undefined) return false;
      retries.push(event.retry?.code ?? null);
      attempts.push(event.retry?.attempt);
      return true;
    });
  };
  await reader.next();
  const error = {
    message: "http://10.0.0.1 said no",
    codexErrorInfo: "serverOverloaded",
    additionalDetails: null,
    misalignment: null,
  } as const;
  for (let attempt = 0; attempt < 2; attempt++) {
    peer.server.notify("error", { threadId, turnId, willRetry: true, error });
    await next();
  }
  peer.server.sendRaw(messageStart(threadId, turnId));
  await next();
  assertEquals(retries, ["serverOverloaded", "serverOverloaded", null]);
  assertEquals(attempts, [1, 2, undefined]);
});

test("a body that is nested too deeply for the agent settles nothing", async () => {
  await using peer = new GatewayPeer();
  const { threadId, turnId } = await peer.begin();
  const params = { threadId, turnId, itemId: "i", questions: [{ id: "q", header: "h" }] };
  const reply = peer.server.request("item/tool/requestUserInput" as never, params as never);
  await using reader = await peer.events(threadId);
  const isOpen = (event: unknown): boolean => {
    const { type, requests } = event as { type?: string; requests?: unknown[] };
    return type === "request" || (requests?.length ?? 0) > 0;
  };
  await reader.until(isOpen);
  const [request] = (await (await peer.ask(`GET threads/${threadId}/requests`)).json()).data;
  const answer = (body: string): Promise<Response> =>
    peer.gateway.fetch(
      new Request(`${ORIGIN}/api/threads/${threadId}/requests/${request.id}`, {
        method: "POST",
        headers: { authorization: "ann", "content-type": "application/json" },
        body,
      }),
    );
  for (const body of [`{"answers":{"q":${"[".repeat(65)}${"]".repeat(65)}}}`, "[".repeat(1e6)]) {
    const response = await answer(body);
    assertEquals([response.status, (await response.json()).error.code], [400, "invalid_json"]);
  }
  const outcomes = await Promise.all([1, 2].map(async () => {
    const response = await answer(`{"answers":{"q":"\\"${"[".repeat(100)}"}}`);
    await response.body?.cancel();
    return response.status;
  }));
  assertEquals(outcomes.toSorted(), [200, 409]);
  await reply;
});
