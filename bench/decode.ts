/**
 * The hot path: how fast the deltas of one turn get from bytes to the caller's `for await`, compared with the floor (only
 * `JSON.parse` of the same lines) and with the reader of another SDK.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 9 by default.
 */
import process from "node:process";
import { ndJsonStream } from "@agentclientprotocol/sdk";
import { Codex } from "../mod.ts";
import { type Connect, resilient } from "../transport.ts";
import { alternate, type Sample, stopwatch } from "./_lib/alternate.ts";
import { chunkStream, deltaPeer, deltaWire } from "./_lib/delta_wire.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

const COUNT = 100_000;

interface DeltaMessage {
  readonly params: { readonly delta: string };
}

const wire = deltaWire(COUNT);

/** Only `JSON.parse` of lines that are already split: no client can be faster. */
function readFloor(): Promise<Sample> {
  const stop = stopwatch();
  let letters = 0;
  for (const line of wire.lines) {
    const message = JSON.parse(line) as DeltaMessage;
    letters += message.params.delta.length;
  }
  return finish(stop, COUNT, letters);
}

async function readPeer(): Promise<Sample> {
  const stop = stopwatch();
  let events = 0;
  let letters = 0;
  const reader = ndJsonStream(new WritableStream(), chunkStream(wire.chunks)).readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return finish(stop, events, letters);
    events++;
    letters += (value as unknown as DeltaMessage).params.delta.length;
  }
}

const open: Connect = () => Promise.resolve(deltaPeer(wire));

async function readTurn(connect = open): Promise<Sample> {
  await using codex = await Codex.start({ connect });
  const thread = await codex.threadStart();
  const stop = stopwatch();
  let events = 0;
  let letters = 0;
  const turn = await thread.turn("go");
  for await (const event of turn.stream()) {
    if (event.method !== "item/agentMessage/delta") continue;
    events++;
    letters += event.params.delta.length;
  }
  return await finish(stop, events, letters);
}

/** Returns the time. A variant that lost or merged events must not win. */
function finish(stop: () => Sample, events: number, letters: number): Promise<Sample> {
  const took = stop();
  if (events !== COUNT || letters !== wire.letters) {
    throw new Error(`Got ${events} events of ${COUNT} with ${letters} of ${wire.letters} letters`);
  }
  return Promise.resolve(took);
}

const rounds = Number(process.argv[2] ?? 9);
const all = await alternate([
  { name: "JSON.parse of split lines", run: readFloor },
  { name: "ndJsonStream", run: readPeer },
  { name: "turn.stream()", run: () => readTurn() },
  { name: "the same, resilient()", run: () => readTurn(resilient(open)) },
], { rounds, warmup: 2 });

console.log(
  `${runtimeName()}: ${COUNT} deltas of ${Math.round(wire.bytes / COUNT)} bytes, ${rounds} rounds`,
);
report({ bench: "decode", task: "in memory", unit: "CPU ms" }, all);
