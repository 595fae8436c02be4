/**
 * Sixty threads at once, each with one turn: read by the program itself, and by pages over the gateway and HTTP, half of
 * which lose their connection in the middle: `deno run -A bench/gateway.ts [ROUNDS]`.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Codex } from "../mod.ts";
import { createGateway } from "../gateway.ts";
import { connect, type LiveThread } from "../gateway/client.ts";
import { toNodeHandler } from "../gateway/node.ts";
import { deltas, ScriptedModel } from "../testing.ts";
import { loopbackFetch } from "../tests/_support/loopback_fetch.ts";

const SESSIONS = 60;
/** The deltas of a turn: 26 kB. */
const PIECES: readonly string[] = Array.from(
  { length: 400 },
  (_, at) => `${1_000 + at} is the number of a line that is about as long as others are.\n`,
);

/** What one way has taken. */
interface Times {
  /** Milliseconds from the start of each turn to its first text. */
  readonly first: number[];
  /** Milliseconds from the start of each turn to its end. */
  readonly whole: number[];
  /** Bytes over HTTP, for each character of text. */
  readonly bytes?: number;
}

async function direct(codex: Codex): Promise<Times> {
  const [first, whole]: [number[], number[]] = [[], []];
  const threads = await Promise.all(
    Array.from({ length: SESSIONS }, () => codex.threadStart({ sandbox: "readOnly" })),
  );
  await Promise.all(threads.map(async (thread) => {
    const start = performance.now();
    const turn = await thread.turn("hi");
    let isFirst = true;
    for await (const _piece of turn.textStream()) {
      if (isFirst) first.push(performance.now() - start);
      isFirst = false;
    }
    whole.push(performance.now() - start);
  }));
  await Promise.all(threads.map((thread) => thread.close()));
  return { first, whole };
}

async function overGateway(codex: Codex, isCut: boolean): Promise<Times> {
  const [first, whole]: [number[], number[]] = [[], []];
  await using gateway = createGateway(codex, {
    authorize: (request) => request.headers.get("authorization"),
  });
  const server = createServer(toNodeHandler(gateway.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let [bytes, chars] = [0, 0];
  const pages = await Promise.all(
    Array.from({ length: SESSIONS }, async (_, at) => {
      const cut = new AbortController();
      const page = connect(`http://127.0.0.1:${port}`, {
        headers: { authorization: `user-${at}` },
        fetch: async (url, { method = "GET", headers, body, signal }) => {
          const isStream = url.endsWith("/events");
          const signals = [...signal ? [signal] : [], ...isStream ? [cut.signal] : []];
          const response = await loopbackFetch(url, {
            method,
            headers: headers as Record<string, string>,
            ...(typeof body === "string" ? { body } : {}),
            ...(cut.signal.aborted || signals.length === 0
              ? {}
              : { signal: AbortSignal.any(signals) }),
          });
          if (!isStream || response.body === null) return response;
          const count = new TransformStream<Uint8Array, Uint8Array>({
            transform: (chunk, controller): void => {
              bytes += chunk.byteLength;
              controller.enqueue(chunk);
            },
          });
          return new Response(response.body.pipeThrough(count), response);
        },
      });
      const thread = await page.create();
      for await (const { connection } of thread.updates()) if (connection === "live") break;
      return { thread, cut };
    }),
  );
  bytes = 0;
  await Promise.all(pages.map(async ({ thread, cut }, at) => {
    const start = performance.now();
    let length = 0;
    const turnId = await thread.turn("hi");
    for await (const { turns } of thread.updates()) {
      const turn = turns.find(({ id }) => id === turnId);
      const now = turn === undefined ? 0 : textLength(turn.items);
      if (length === 0 && now > 0) {
        first.push(performance.now() - start);
        if (isCut && at % 2 === 0) cut.abort();
      }
      length = now;
      if (turn !== undefined && turn.status !== "inProgress") break;
    }
    if (length !== PIECES.join("").length) throw new Error(`${length} characters of a turn`);
    chars += length;
    whole.push(performance.now() - start);
  }));
  for (const { thread } of pages) thread.close();
  await gateway.close();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return { first, whole, bytes: bytes / chars };
}

type Items = LiveThread["view"]["turns"][number]["items"];

function textLength(items: Items): number {
  return items.reduce(
    (sum, { item }) => sum + (item.type === "agentMessage" ? item.text.length : 0),
    0,
  );
}

function at(values: readonly number[], part: number): string {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return `${Math.round(value ?? 0)} ms`;
}

const rounds = Number(process.argv[2] ?? 3);
await using scripted = await ScriptedModel.start();
await using codex = await Codex.start(scripted.options);
const ways: Record<string, () => Promise<Times>> = {
  "the program itself": () => direct(codex),
  "pages over the gateway": () => overGateway(codex, false),
  "half of them cut once": () => overGateway(codex, true),
};
const all = new Map<string, Times>();
for (let round = 0; round <= rounds; round++) {
  for (const [name, run] of Object.entries(ways)) {
    for (let session = 0; session < SESSIONS; session++) scripted.model.enqueue(deltas(PIECES));
    const times = await run();
    if (round === 0) continue; // warms up
    const before = all.get(name) ?? { first: [], whole: [] };
    all.set(name, {
      first: [...before.first, ...times.first],
      whole: [...before.whole, ...times.whole],
      ...(times.bytes === undefined ? {} : { bytes: times.bytes }),
    });
  }
}
console.log(
  "| read by | first text, median | 95 % | whole turn, median | 95 % | bytes per byte of text |",
);
console.log("| - | - | - | - | - | - |");
for (const [name, { first, whole, bytes }] of all) {
  const cells = [name, at(first, 0.5), at(first, 0.95), at(whole, 0.5), at(whole, 0.95)];
  console.log(`| ${[...cells, bytes === undefined ? "" : bytes.toFixed(2)].join(" | ")} |`);
}
