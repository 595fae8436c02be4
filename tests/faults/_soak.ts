/** Work that is repeated for long: neither its time, nor the memory, nor the handles of the process may grow. */
import process from "node:process";
import { Codex, type Thread } from "../../mod.ts";
import {
  agentMessage,
  FakeAppServer,
  fakeThreadStart,
  fakeTurn,
  turnEvents,
} from "../../testing.ts";
import { delta, reasonOf, textOf, THREAD } from "../client/_fixture.ts";
import { memoryInUse } from "../client/_memory_in_use.ts";

/** A client, and the server that the work scripts. */
interface Pair extends AsyncDisposable {
  readonly server: FakeAppServer;
  readonly codex: Codex;
  readonly thread: Thread;
}

/** One kind of work. */
export interface Soak {
  readonly name: string;
  /** How often it is done in each part of the short form. */
  readonly times: number;
  /** Does it once. */
  readonly once: (pair: Pair) => Promise<void>;
}

/** A part of a soak; all parts must be alike. */
export interface Part {
  /** Microseconds of the processor for each time. */
  readonly microseconds: number;
  readonly heapBytes: number;
  /** Timers, sockets and the like. */
  readonly handles: number;
}

/** How many parts there are, and how many of them warm up. */
const PARTS = { all: 8, warm: 2 } as const;

function scripted(): FakeAppServer {
  const server = new FakeAppServer({}, { maxMessages: 10 });
  let turns = 0;
  server.on("thread/start", () => fakeThreadStart(THREAD));
  server.on("thread/unsubscribe", () => ({ status: "unsubscribed" }));
  server.on("turn/start", () => ({ turn: fakeTurn(`turn-${++turns}`) }));
  server.on("turn/interrupt", ({ turnId }, request) => {
    request.reply({});
    end(server, String(turnId), "interrupted");
  });
  return server;
}

async function pairOf(): Promise<Pair> {
  const server = scripted();
  const codex = await Codex.start({ connect: server.connect });
  return {
    server,
    codex,
    thread: await codex.threadStart(),
    async [Symbol.asyncDispose](): Promise<void> {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function end(
  server: FakeAppServer,
  turnId: string,
  status: "completed" | "interrupted" = "completed",
): void {
  const items = [agentMessage(`message of ${turnId}`, "hello")];
  server.sendBatch(turnEvents({ threadId: THREAD, turnId, status, items }));
}

export const SOAKS: readonly Soak[] = [
  {
    name: "turns",
    times: 100,
    async once({ server, thread }): Promise<void> {
      const turn = await thread.turn("hi");
      const reading = textOf(turn.textStream());
      end(server, turn.id);
      await turn.run();
      await reading;
    },
  },
  {
    name: "starts and closes",
    times: 40,
    async once(): Promise<void> {
      await using _pair = await pairOf();
    },
  },
  {
    name: "stalled readers",
    times: 2,
    async once({ server, codex, thread }): Promise<void> {
      const turn = await thread.turn("hi");
      const readers = [turn.stream({ onLeave: "detach" }), codex.notifications(), thread.events()];
      const batch = Array.from({ length: 500 }, () => delta("x", "item-1", turn.id));
      for (let sent = 0; sent < 10; sent++) {
        server.sendBatch(batch);
        await Promise.resolve();
      }
      end(server, turn.id);
      await turn.run();
      for (const reader of readers) await reader.return();
    },
  },
  {
    name: "aborts",
    times: 100,
    async once({ server, codex, thread }): Promise<void> {
      const early = new AbortController();
      const list = server.defer("model/list");
      const listing = reasonOf(codex.models({ signal: early.signal }));
      await list.arrived();
      early.abort();
      await listing;
      list.reply({ data: [], nextCursor: null });
      const late = new AbortController();
      const turn = await thread.turn("hi", { signal: late.signal });
      late.abort();
      await reasonOf(turn.run());
    },
  },
];

/** Does the work in parts of equal size. */
export async function soak({ times, once }: Soak, factor: number): Promise<Part[]> {
  await using pair = await pairOf();
  const parts: Part[] = [];
  for (let part = 0; part < PARTS.all; part++) {
    const before = process.cpuUsage();
    for (let done = 0; done < times * factor; done++) await once(pair);
    const { user, system } = process.cpuUsage(before);
    parts.push({
      microseconds: (user + system) / (times * factor),
      heapBytes: memoryInUse(),
      handles: handlesOf(),
    });
  }
  return parts.slice(PARTS.warm);
}

/** Deno and Bun do not list theirs. */
function handlesOf(): number {
  return "Deno" in globalThis || "Bun" in globalThis ? 0 : process.getActiveResourcesInfo().length;
}

/** Bytes by which the memory may grow from the first parts to the last: caches and the noise of a collector. */
const NOISE_BYTES = 1_500_000;

/** What is wrong with the parts: growth from the better of the first two to the better of the last two. */
export function growthIn(parts: readonly Part[]): string[] {
  const least = (of: readonly Part[], field: keyof Part): number =>
    Math.min(...of.map((part) => part[field]));
  const [first, last] = [parts.slice(0, 2), parts.slice(-2)];
  const grown = least(last, "heapBytes") - least(first, "heapBytes");
  const slower = least(last, "microseconds") / least(first, "microseconds");
  return [
    ...grown > NOISE_BYTES ? [`the memory grew by ${(grown / 1e6).toFixed(1)} MB`] : [],
    ...slower > 2 ? [`the work takes ${slower.toFixed(1)} times as long`] : [],
    ...least(last, "handles") > least(first, "handles") ? ["handles are left"] : [],
  ];
}
