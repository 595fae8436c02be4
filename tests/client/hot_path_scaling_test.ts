/**
 * The short form of `deno task bench`: what a delta costs on its way to the reader, as a multiple of what no client can
 * do without. A slower hot path is red; other load changes both sides alike.
 */
import { chunkStream, deltaPeer, type DeltaWire, deltaWire } from "../../bench/_lib/delta_wire.ts";
import { type Load, type Read, readBare, readOurs } from "../../bench/_lib/pipe_readers.ts";
import { Codex } from "../../mod.ts";
import { assertEquals, assertLess } from "../_support/assert.ts";
import { cpuRatio } from "../_support/cpu_time.ts";
import { test } from "../_support/test.ts";
import { runtime } from "../process/_current.ts";

/** The ratios that were reached, and the share of that speed below which a test fails. */
const REACHED = {
  chunks: { deno: 1.45, bun: 1.9, node: 1.3 },
  singly: { deno: 1.75, bun: 2.35, node: 1.95 },
  pipe: { deno: 1.15, bun: 1.2, node: 1.35 },
} as const;
const LEAST = 0.8;

const options = { timeoutMs: 120_000 };

/** Reads the deltas of one turn from memory. */
async function readTurn(wire: DeltaWire): Promise<void> {
  await using codex = await Codex.start({ connect: () => Promise.resolve(deltaPeer(wire)) });
  const turn = await (await codex.threadStart()).turn("go");
  let letters = 0;
  for await (const event of turn.stream()) {
    if (event.method === "item/agentMessage/delta") letters += event.params.delta.length;
  }
  assertEquals(letters, wire.letters);
}

/** Reads the same bytes from the same stream, and only parses them. */
async function parse(wire: DeltaWire): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  let letters = 0;
  for await (const chunk of chunkStream(wire.chunks)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) letters += JSON.parse(line).params.delta.length;
  }
  assertEquals(letters, wire.letters);
}

async function check(
  reached: number,
  ours: () => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<void> {
  const limit = reached / LEAST;
  const ratio = await cpuRatio({
    whole: async () => void await ours(),
    inParts: async () => void await bare(),
    limit,
    patient: true,
  });
  assertLess(ratio, limit);
}

test("turn.stream() costs little more than JSON.parse", async () => {
  const wire = deltaWire(40_000);
  await check(REACHED.chunks[runtime], () => readTurn(wire), () => parse(wire));
}, options);

test("turn.stream() costs little for deltas that arrive one by one", async () => {
  const { lines, ...wire } = deltaWire(20_000);
  const encoder = new TextEncoder();
  const singly = { ...wire, lines, chunks: lines.map((line) => encoder.encode(line + "\n")) };
  await check(REACHED.singly[runtime], () => readTurn(singly), () => parse(singly));
}, options);

test("turn.stream() through a pipe costs little more than a bare loop", async () => {
  const load: Load = { name: "fast", count: 40_000, paceUs: 0 };
  const read = (readOnce: () => Promise<Read>) => async (): Promise<void> => {
    assertEquals((await readOnce()).events, load.count);
  };
  await check(REACHED.pipe[runtime], read(() => readOurs(load)), read(() => readBare(load)));
}, options);
