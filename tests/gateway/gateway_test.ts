import { Codex } from "../../mod.ts";
import { createGateway, type GatewayOptions } from "../../gateway.ts";
import { connect } from "../../gateway/client.ts";
import { agentMessage, fakeThread, fakeTurn } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import "../_support/loaded_modules.ts";
import { test } from "../_support/test.ts";
import { delta, GatewayPeer, isTurnEnd, messageStart, ORIGIN, pause } from "./_fixture.ts";

test("createGateway refuses unknown options and wrong values", () => {
  const authorize = (): string => "ann";
  const codex = new Codex();
  const wrong: readonly [object, RegExp][] = [
    [{}, /needs "authorize"/],
    [{ authorize, cors: true }, /Unknown option "cors"/],
    [{ authorize, allow: { modle: true } }, /did you mean "model"/],
    [{ authorize, limits: { turns: 0 } }, /greater than 0/],
    [{ authorize, basePath: "api" }, /begin with "\/"/],
    [{ authorize, heartbeatMs: -1 }, /at least 0/],
    [{ authorize, onLeave: "stop" }, /"continue" or "interrupt"/],
  ];
  for (const [options, message] of wrong) {
    const error = assertThrows(() => createGateway(codex, options as GatewayOptions), Error);
    assert(message.test(String(error)), String(error));
  }
});

test("the gateway sends at most 1.5 times the text, however small the deltas are [R-111]", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer();
  const { threadId, turnId } = await peer.begin();
  await using reader = await peer.events(threadId);
  await reader.next();
  const before = reader.bytes;
  peer.server.sendRaw(messageStart(threadId, turnId));
  // 500 characters a second, in tokens of 5, as a quick model writes.
  const text = "The way of a delta: it is short, and there are very many of them.\n".repeat(60);
  void (async () => {
    for (let at = 0; at < text.length; at += 5) {
      peer.server.sendBatch([delta(threadId, turnId, text.slice(at, at + 5))]);
      await pause(10);
    }
    peer.end(threadId, turnId, [agentMessage("item-1", text)]);
  })();
  const events = await reader.until(isTurnEnd);
  const pieces = events.filter((event) => Array.isArray(event)).map((event) => event[1]);
  assertEquals(pieces.join(""), text);
  const ratio = (reader.bytes - before) / text.length;
  assertLess(ratio, 1.5);
  assertLess(pieces.length, text.length / 50);
});

test("a reader that comes back gets what it missed, and a snapshot if that is gone [R-111]", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({ limits: { logEvents: 8 } });
  const { threadId, turnId } = await peer.begin();
  const first = await peer.events(threadId);
  peer.server.sendRaw(messageStart(threadId, turnId));
  peer.server.sendBatch([delta(threadId, turnId, "one ")]);
  await first.until(Array.isArray);
  const { lastEventId } = first;
  await first[Symbol.asyncDispose]();
  peer.server.sendBatch([delta(threadId, turnId, "two ")]);
  await pause(300);
  const again = await peer.events(threadId, { headers: { "last-event-id": lastEventId } });
  assertEquals(await again.next(), [1, "two "]);
  await again[Symbol.asyncDispose]();
  for (const stale of ["zzzzzz", "1", "../..", "999999999999999", lastEventId]) {
    for (let at = 0; at < 10; at++) {
      peer.server.sendBatch([delta(threadId, turnId, ".")]);
      await pause(300);
    }
    await using late = await peer.events(threadId, { headers: { "last-event-id": stale } });
    const snapshot = await late.next();
    assert(snapshot !== undefined && "type" in snapshot && snapshot.type === "snapshot", stale);
    const item = snapshot.turns.at(-1)?.items[0]?.item;
    assert(item?.type === "agentMessage" && item.text.startsWith("one two ....."));
  }
});

test("a reader that does not read costs no memory, gets a snapshot, and is cut in the end", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({ limits: { logChars: 10_000 }, heartbeatMs: 1_000 });
  const { threadId, turnId } = await peer.begin();
  const slow = await peer.events(threadId);
  await slow.next();
  peer.server.sendRaw(messageStart(threadId, turnId));
  for (let at = 0; at < 100; at++) {
    peer.server.sendBatch([delta(threadId, turnId, "x".repeat(1_000))]);
    await pause(20);
  }
  const events = await slow.until((event) => "type" in event && event.type === "snapshot");
  assertLess(events.length, 20);
  await pause(5_000); // four heartbeats without a read
  let error: unknown;
  try {
    while (await slow.next() !== undefined);
  } catch (reason) {
    error = reason;
  }
  assertEquals((error as Error | undefined)?.name, "AbortError");
  assertEquals(await peer.outcome(`GET threads/${threadId}/requests`), "200 ok");
});

test("the events of a quiet thread are a sign of life now and then, with headers for proxies", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({ heartbeatMs: 15_000 });
  const { threadId } = await peer.begin();
  const response = await peer.ask(`GET threads/${threadId}/events`);
  const { headers } = response;
  assertEquals(
    ["content-type", "cache-control", "x-accel-buffering"].map((name) => headers.get(name)),
    ["text/event-stream; charset=utf-8", "no-store, no-transform", "no"],
  );
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const next = async (): Promise<string> => decoder.decode((await reader.read()).value);
  assert((await next()).startsWith("retry:1000\n\nid:"));
  const start = _clock.elapsedMs;
  assertEquals(await next(), ":\n\n");
  assertLess(_clock.elapsedMs - start, 15_001);
  assertEquals(await next(), ":\n\n");
  await reader.cancel();
});

test("another user's thread does not exist, whatever is asked of it [R-111]", async () => {
  await using peer = new GatewayPeer();
  const { threadId, turnId } = await peer.begin("ann");
  const body = { input: "hi" };
  const asked: readonly [string, object?][] = [
    [`GET threads/${threadId}`],
    [`PATCH threads/${threadId}`, { name: "mine" }],
    [`PATCH threads/${threadId}`, { archived: true }],
    [`GET threads/${threadId}/events`],
    [`GET threads/${threadId}/turns`],
    [`POST threads/${threadId}/turns`, body],
    [`POST threads/${threadId}/turns/${turnId}/steer`, body],
    [`POST threads/${threadId}/turns/${turnId}/interrupt`, {}],
    [`GET threads/${threadId}/requests`],
    [`POST threads/${threadId}/requests/1`, { decision: "accept" }],
    ["GET threads/unknown"],
  ];
  for (const [what, body] of asked) {
    const outcome = await peer.outcome(what, { user: "bob", ...(body && { body }) });
    assertEquals(outcome, "404 thread_not_found", what);
    assertEquals(
      await peer.outcome(what, { user: null, ...(body && { body }) }),
      "401 unauthorized",
    );
  }
  // An older server ignores which threads are asked for.
  peer.server.on("thread/list", () => ({
    data: [fakeThread("other"), fakeThread("thread-1", { preview: "hi" })],
    nextCursor: null,
  }));
  const list = async (user: string): Promise<string[]> =>
    (await (await peer.ask("GET threads", { user })).json()).data.map(({ id }: { id: string }) =>
      id
    );
  assertEquals([await list("ann"), await list("bob")], [["thread-1"], []]);
});

test("the gateway refuses foreign origins, other hosts, forms and large bodies", async () => {
  await using peer = new GatewayPeer({
    origins: ["https://app.example"],
    hosts: ["gateway.test"],
    limits: { bodyBytes: 100 },
  });
  const host = { host: "gateway.test" };
  const outcomes: Record<string, [string, Record<string, string>, unknown?, string?]> = {
    "own origin": ["201 ok", { ...host, origin: ORIGIN }],
    "allowed origin": ["201 ok", { ...host, origin: "https://app.example" }],
    "no origin": ["201 ok", host],
    "foreign origin": ["403 origin_not_allowed", { ...host, origin: "https://evil.example" }],
    "sandboxed page": ["403 origin_not_allowed", { ...host, origin: "null" }],
    "foreign image": ["403 origin_not_allowed", { ...host, "sec-fetch-site": "cross-site" }],
    "rebound name": ["403 host_not_allowed", {
      host: "evil.example",
      origin: "http://evil.example",
    }],
    "form": ["415 not_json", { ...host, "content-type": "text/plain" }],
    "large body": ["413 body_too_large", host, { name: "x".repeat(100) }],
    "lying length": ["413 body_too_large", { ...host, "content-length": "1000000" }],
    "no object": ["400 invalid_json", host, []],
    "wrong method": ["405 method_not_allowed", host, {}, "PATCH threads"],
    "wrong path": ["404 not_found", host, {}, "POST thread"],
  };
  for (
    const [name, [expected, headers, body = {}, what = "POST threads"]] of Object.entries(outcomes)
  ) {
    assertEquals(await peer.outcome(what, { headers, body }), expected, name);
  }
  const preflight = await peer.ask("OPTIONS threads", {
    headers: { origin: "https://app.example" },
  });
  assertEquals(preflight.headers.get("access-control-allow-origin"), "https://app.example");
  const refused = await peer.ask("OPTIONS threads", {
    headers: { origin: "https://evil.example" },
  });
  assertEquals([...refused.headers.keys()].filter((name) => name.startsWith("access-")), []);
});

test("a page sets what the server allows and nothing else", async () => {
  await using peer = new GatewayPeer({
    workspaces: { docs: "/srv/docs", code: "/srv/code" },
    realPath: (path) => {
      const real = path.replace("/srv/code/link", "/etc").replace(/\/[^/]+\/\.\./g, "");
      return real.includes("missing") ? Promise.reject(new Error(path)) : Promise.resolve(real);
    },
    allow: { model: ["small"], sandbox: ["workspace"], images: false },
    thread: { developerInstructions: "be brief" },
  });
  const refused: readonly [object, string][] = [
    [{ cwd: "/" }, "400 option_not_allowed"],
    [{ config: {} }, "400 option_not_allowed"],
    [{ developerInstructions: "no" }, "400 option_not_allowed"],
    [{ model: "large" }, "403 option_not_allowed"],
    [{ sandbox: "fullAccess" }, "403 option_not_allowed"],
    [{ approvalMode: "autoReview" }, "403 option_not_allowed"],
    [{ model: ["small"] }, "400 invalid_request"],
    [{ workspace: "etc" }, "404 workspace_not_found"],
    [{ workspace: "__proto__" }, "404 workspace_not_found"],
    [{ directory: "../code" }, "404 directory_not_found"],
    [{ directory: "/etc" }, "404 directory_not_found"],
    [{ workspace: "code", directory: "link" }, "404 directory_not_found"],
    [{ directory: "missing" }, "404 directory_not_found"],
    [{ name: "" }, "400 invalid_request"],
  ];
  for (const [body, expected] of refused) {
    assertEquals(await peer.outcome("POST threads", { body }), expected, JSON.stringify(body));
  }
  const body = { workspace: "code", directory: "a/../b", model: "small", sandbox: "workspace" };
  const reply = await peer.ask("POST threads", { body });
  const thread = await reply.json();
  assertEquals(reply.status, 201);
  const { params } = await peer.server.nextRequest("thread/start");
  const { cwd, model, sandbox, developerInstructions, approvalPolicy } = params as Record<
    string,
    unknown
  >;
  assertEquals(
    [cwd, model, sandbox, developerInstructions, approvalPolicy],
    ["/srv/code/b", "small", "workspace-write", "be brief", "on-request"],
  );
  for (
    const input of [
      "",
      [],
      [{ type: "localImage", path: "/etc/passwd" }],
      [{ type: "image", url: "http://169.254.169.254/" }],
      [{ type: "mention", name: "x", path: "/etc" }],
      { text: "x" },
    ]
  ) {
    const outcome = await peer.outcome(`POST threads/${thread.id}/turns`, { body: { input } });
    assert(/^40[03] (?:invalid_request|option_not_allowed)$/.test(outcome), outcome);
  }
});

test("limits of a user answer 429 with a time, and are each user's own", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({
    limits: { connections: 1, turns: 1, requestsPerMinute: 12 },
  });
  const { threadId } = await peer.begin();
  const other = (await (await peer.ask("POST threads", { body: {} })).json()).id;
  const turn = await peer.ask(`POST threads/${other}/turns`, { body: { input: "hi" } });
  assertEquals([turn.status, turn.headers.get("retry-after")], [429, "5"]);
  await turn.body?.cancel();
  const stream = await peer.events(threadId);
  await stream.next();
  assertEquals(await peer.outcome(`GET threads/${threadId}/events`), "429 too_many_connections");
  await stream[Symbol.asyncDispose]();
  await using again = await peer.events(threadId);
  await again.next();
  assertEquals(again.response.status, 200);
  const outcomes: string[] = [];
  for (let at = 0; at < 7; at++) outcomes.push(await peer.outcome("GET workspaces"));
  assertEquals(outcomes.at(-1), "429 too_many_requests");
  assertEquals(await peer.outcome("GET workspaces", { user: "bob" }), "200 ok");
  await pause(5_000);
  assertEquals(await peer.outcome("GET workspaces"), "200 ok");
});

test("a turn that is sent again with the same key starts once", async () => {
  await using peer = new GatewayPeer();
  const { id } = await (await peer.ask("POST threads", { body: {} })).json();
  const send = async (user = "ann"): Promise<string> => {
    const headers = { "idempotency-key": "k1" };
    const what = `POST threads/${id}/turns`;
    return await (await peer.ask(what, { user, headers, body: { input: "hi" } })).text();
  };
  assertEquals(await Promise.all([send(), send()]), ['{"id":"turn-1"}', '{"id":"turn-1"}']);
  assert((await send("bob")).includes("thread_not_found"));
});

test("close() refuses new turns, lets the running ones end and then ends the streams", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({ drainMs: 30_000 });
  const { threadId, turnId } = await peer.begin();
  await using reader = await peer.events(threadId);
  await reader.next();
  const closing = peer.gateway.close();
  const turn = await peer.ask(`POST threads/${threadId}/turns`, { body: { input: "hi" } });
  assertEquals([turn.status, turn.headers.get("retry-after")], [503, "5"]);
  await turn.body?.cancel();
  assertEquals(await peer.outcome("POST threads", { body: {} }), "503 draining");
  await pause(20_000);
  peer.end(threadId, turnId);
  const events = await reader.until((event) => "type" in event && event.type === "end");
  assert(events.some(isTurnEnd));
  assertEquals(await reader.next(), undefined);
  await closing;
});

test("close() interrupts a turn that does not end in time", async () => {
  using clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({ drainMs: 5_000 });
  await peer.begin();
  await peer.gateway.close();
  assertEquals(Math.round(clock.elapsedMs), 5_000);
  await peer.server.nextRequest("turn/interrupt");
});

test('with onLeave "interrupt", a turn whose last reader stays away ends', async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer({ onLeave: "interrupt" });
  const { threadId } = await peer.begin();
  const leave = async (): Promise<void> => {
    const reader = await peer.events(threadId);
    await reader.next();
    await reader[Symbol.asyncDispose]();
  };
  await leave();
  await pause(9_000);
  await leave(); // back in time
  await pause(9_000);
  assertEquals(await peer.outcome(`GET threads/${threadId}/requests`), "200 ok");
  await pause(2_000);
  await peer.server.nextRequest("turn/interrupt");
});

test("an error of the server tells a page nothing but a code", async () => {
  await using peer = new GatewayPeer();
  const secret = "cannot open /srv/secret at http://10.0.0.1";
  const { threadId, turnId } = await peer.begin();
  peer.server.on("thread/start", () => {
    throw { code: -32603, message: secret };
  });
  const response = await peer.ask("POST threads", { body: {} });
  const text = await response.text();
  assertEquals([response.status, text.includes("secret")], [502, false]);
  assert(String(peer.errors[0]).includes(secret));
  await using reader = await peer.events(threadId);
  const error = {
    message: secret,
    codexErrorInfo: "serverOverloaded",
    additionalDetails: secret,
    misalignment: null,
  } as const;
  const turn = fakeTurn(turnId, "failed", { error });
  peer.server.notify("turn/completed", { threadId, turn });
  const events = JSON.stringify(await reader.until(isTurnEnd));
  assert(events.includes("serverOverloaded") && !events.includes("secret"));
});

test("authorize() that throws is a 401, and is reported", async () => {
  await using peer = new GatewayPeer({
    authorize: () => {
      throw new Error("the token store is away");
    },
  });
  assertEquals(await peer.outcome("GET threads"), "401 unauthorized");
  assert(String(peer.errors[0]).includes("token store"));
});

test("a thread that nobody uses is unloaded, and loaded again when it is", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer();
  const { threadId, turnId } = await peer.begin();
  await pause(400_000); // its turn runs
  peer.end(threadId, turnId);
  await pause(300_001);
  await peer.server.nextRequest("thread/unsubscribe");
  assertEquals(await peer.outcome(`GET threads/${threadId}`), "200 ok", String(peer.errors));
  const { params } = await peer.server.nextRequest("thread/resume");
  assertEquals((params as { sandbox: string }).sandbox, "read-only");
});

test("after the agent is lost, pages go on with the next client, on the same thread [R-111]", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer();
  await using next = new GatewayPeer();
  let client = peer.codex;
  await using gateway = createGateway(() => client, { authorize: () => "ann", drainMs: 0 });
  const page = connect("http://gateway.test", {
    fetch: (url, init) => gateway.fetch(new Request(url, init)),
  });
  await using thread = await page.create();
  const running = thread.turn("hi");
  for await (const { turns } of thread.updates()) if (turns.length > 0) break;
  const turnId = await running;
  next.server.on("thread/turns/list", () => ({
    data: [fakeTurn(turnId, "interrupted", { items: [agentMessage("item-1", "so far")] })],
    nextCursor: null,
  }));
  peer.server.exit({ code: 1 });
  for await (const { connection } of thread.updates()) if (connection === "lost") break;
  client = next.codex;
  assertEquals((await thread.done(turnId)).status, "interrupted");
  assertEquals(thread.view.turns.length, 1);
  assertEquals(thread.view.connection, "live");
});

test("a session that has ended ends its stream within a minute, and so does another user's", async () => {
  using clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  let session: string | null = "ann";
  await using peer = new GatewayPeer({ authorize: () => session, heartbeatMs: 1_000 });
  const { threadId } = await peer.begin();
  for (const other of [null, "bob"]) {
    session = "ann";
    const start = clock.elapsedMs;
    await using reader = await peer.events(threadId);
    await reader.next();
    void pause(90_000).then(() => session = other);
    await assertRejects(() => reader.until(() => false), DOMException);
    assertEquals(Math.round((clock.elapsedMs - start) / 1_000), 120);
  }
});

test("a gateway that is closed opens nothing any more", async () => {
  await using peer = new GatewayPeer();
  const { threadId } = await peer.begin();
  await peer.gateway.close();
  assertEquals(await peer.outcome(`GET threads/${threadId}/events`), "503 draining");
  assertEquals(await peer.outcome("GET workspaces"), "503 draining");
});
