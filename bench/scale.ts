/**
 * Whether the cost of the same work stays flat as more is open or larger: deltas in turn for 1 to 1,000 open turns, 1 to
 * 10,000 requests at once, and lines of 1 to 256 MiB. All in memory, in CPU time.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 5 by default.
 */
import process from "node:process";
import { Codex } from "../mod.ts";
import { FakeAppServer, fakeThreadStart, fakeTurn, notification } from "../testing.ts";
import { type Transport, transportFromStreams } from "../transport.ts";
import { alternate, type Sample, stopwatch, type Variant } from "./_lib/alternate.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

const EVENTS = 100_000;
/** Events that arrive together. */
const BATCH = 250;
const REQUESTS = 10_000;
const MIB = 1024 ** 2;
/** All lines of a variant together. */
const LINE_BYTES = 256 * MIB;

type Sent = Parameters<FakeAppServer["sendBatch"]>[0];

function deltasOf(turns: number): readonly Sent[] {
  return Array.from(
    { length: EVENTS / BATCH },
    (_, batch) =>
      Array.from({ length: BATCH }, (_, index) => {
        const id = (batch * BATCH + index) % turns;
        const params = {
          threadId: `thread ${id}`,
          turnId: `turn ${id}`,
          itemId: "item",
          delta: "word ",
        };
        return notification("item/agentMessage/delta", params);
      }),
  );
}

/** Opens turns, and times the deltas; the ends of the turns cost the same, however many are open. */
async function readTurns(open: number, deltas: readonly Sent[]): Promise<Sample> {
  await using server = new FakeAppServer();
  let threads = 0;
  let turns = 0;
  server.on("thread/start", () => fakeThreadStart(`thread ${threads++}`));
  let allOpen = (): void => {};
  const opened = new Promise<void>((resolve) => allOpen = resolve);
  server.on("turn/start", ({ threadId }) => {
    if (++turns === open) allOpen();
    return { turn: fakeTurn(String(threadId).replace("thread", "turn")) };
  });
  await using codex = await Codex.start({ connect: server.connect });
  const running: Promise<unknown>[] = [];
  for (let index = 0; index < open; index++) {
    const thread = await codex.threadStart();
    running.push(thread.run("go"));
  }
  await opened;
  const stop = stopwatch();
  for (const batch of deltas) server.sendBatch(batch);
  const allRead = new Promise<unknown>((resolve) => codex.on<string>("bench/read", resolve));
  server.notify("bench/read", {});
  await allRead;
  const took = stop();
  for (let id = 0; id < open; id++) {
    const turn = fakeTurn(`turn ${id}`, "completed");
    server.notify("turn/completed", { threadId: `thread ${id}`, turn });
  }
  await Promise.all(running);
  return took;
}

/** Sends all requests, so many at once. */
async function sendRequests(atOnce: number): Promise<Sample> {
  await using server = new FakeAppServer({}, { maxMessages: 10 });
  server.on("thread/loaded/list", () => ({ data: [], nextCursor: null }));
  await using codex = await Codex.start({ connect: server.connect });
  const stop = stopwatch();
  for (let sent = 0; sent < REQUESTS; sent += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, () => codex.request("thread/loaded/list", {})),
    );
  }
  return stop();
}

const encoder = new TextEncoder();
const [head, tail] = [`{"method":"bench/line","params":{"text":"`, `"}}\n`].map((text) =>
  encoder.encode(text)
) as [Uint8Array, Uint8Array];
const filling = new Uint8Array(64 * 1024).fill(0x78);

/** A peer that shakes hands and then sends lines of this size. */
function linePeer(lineBytes: number): Transport {
  let ready = (): void => {};
  const handshake = new Promise<void>((resolve) => ready = resolve);
  const readable = ReadableStream.from(async function* (): AsyncGenerator<Uint8Array> {
    await handshake;
    const result = { userAgent: "bench/1.0.0 (Test; x86_64) test" };
    yield encoder.encode(JSON.stringify({ id: 1, result }) + "\n");
    for (let sent = 0; sent < LINE_BYTES; sent += lineBytes) {
      yield head;
      for (let part = 0; part < lineBytes; part += filling.length) yield filling;
      yield tail;
    }
  }());
  return transportFromStreams({ readable, writable: new WritableStream({ write: ready }) });
}

async function readLines(lineBytes: number): Promise<Sample> {
  const stop = stopwatch();
  await using codex = new Codex({ connect: () => Promise.resolve(linePeer(lineBytes)) });
  const notifications = codex.notifications();
  await codex.connect();
  let letters = 0;
  for await (const { params } of notifications) {
    letters += String((params as { readonly text?: unknown }).text).length;
    if (letters === LINE_BYTES) break;
  }
  return stop();
}

/** Decodes, splits and parses the same lines. */
function readLinesBare(lineBytes: number): Promise<Sample> {
  const stop = stopwatch();
  const decoder = new TextDecoder();
  let letters = 0;
  for (let sent = 0; sent < LINE_BYTES; sent += lineBytes) {
    let line = decoder.decode(head, { stream: true });
    for (let part = 0; part < lineBytes; part += filling.length) {
      const text = decoder.decode(filling, { stream: true });
      if (text.includes("\n")) throw new Error("A line ended early");
      line += text;
    }
    line += decoder.decode(tail, { stream: true });
    letters += (JSON.parse(line) as { params: { text: string } }).params.text.length;
  }
  if (letters !== LINE_BYTES) throw new Error(`Got ${letters} letters`);
  return Promise.resolve(stop());
}

const rounds = Number(process.argv[2] ?? 5);

async function compare(task: string, variants: readonly Variant[], few = false): Promise<void> {
  const all = await alternate(variants, {
    rounds: few ? Math.ceil(rounds / 2) : rounds,
    warmup: 1,
  });
  report({ bench: "scale", task, unit: "CPU ms" }, all);
}

console.log(`${runtimeName()}: ${rounds} rounds`);
await compare(
  "100,000 deltas",
  [1, 10, 100, 1_000].map((open) => {
    const deltas = deltasOf(open);
    return { name: `${open.toLocaleString("en")} turns open`, run: () => readTurns(open, deltas) };
  }),
);
await compare(
  "10,000 requests",
  [1, 10, 100, 1_000, 10_000].map((atOnce) => ({
    name: `${atOnce.toLocaleString("en")} at once`,
    run: () => sendRequests(atOnce),
  })),
);
for (const mib of [1, 16, 256]) {
  await compare(`256 MiB, lines of ${mib}`, [
    { name: "bare loop", run: () => readLinesBare(mib * MIB) },
    { name: "this SDK", run: () => readLines(mib * MIB) },
  ], true);
}
