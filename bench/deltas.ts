/**
 * The hot path: how fast the deltas of one turn get from bytes to the caller's `for await`, compared with the floor (only
 * `JSON.parse` of the same lines) and with the reader of another SDK.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 15 by default.
 */
import process from "node:process";
import { ndJsonStream } from "@agentclientprotocol/sdk";
import { Codex } from "../mod.ts";
import { type Connect, resilient } from "../transport.ts";
import { alternate, medianRatio, runtimeName, type Variant } from "./_lib/alternate.ts";
import { chunkStream, deltaPeer, deltaWire } from "./_lib/delta_wire.ts";
import { report } from "./_lib/results.ts";

const COUNT = 200_000;

interface DeltaMessage {
  readonly params: { readonly delta: string };
}

const wire = deltaWire(COUNT);

/** Only `JSON.parse` of lines that are already split: no client can be faster. */
function readFloor(): Promise<number> {
  const start = performance.now();
  let letters = 0;
  for (const line of wire.lines) {
    const message = JSON.parse(line) as DeltaMessage;
    letters += message.params.delta.length;
  }
  return finish(start, COUNT, letters);
}

async function readPeer(): Promise<number> {
  const start = performance.now();
  let events = 0;
  let letters = 0;
  const reader = ndJsonStream(new WritableStream(), chunkStream(wire.chunks)).readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return finish(start, events, letters);
    events++;
    letters += (value as unknown as DeltaMessage).params.delta.length;
  }
}

const open: Connect = () => Promise.resolve(deltaPeer(wire));

async function readTurn(connect = open): Promise<number> {
  await using codex = await Codex.start({ connect });
  const thread = await codex.threadStart();
  const start = performance.now();
  let events = 0;
  let letters = 0;
  const turn = await thread.turn("go");
  for await (const event of turn.stream()) {
    if (event.method !== "item/agentMessage/delta") continue;
    events++;
    letters += event.params.delta.length;
  }
  return await finish(start, events, letters);
}

/** Returns the time. A variant that lost or merged events must not win. */
function finish(start: number, events: number, letters: number): Promise<number> {
  const took = performance.now() - start;
  if (events !== COUNT || letters !== wire.letters) {
    throw new Error(`Got ${events} events of ${COUNT} with ${letters} of ${wire.letters} letters`);
  }
  return Promise.resolve(took);
}

const rounds = Number(process.argv[2] ?? 15);
const variants: readonly [Variant, Variant, Variant, Variant] = [
  { name: "JSON.parse of split lines", run: readFloor },
  { name: "ndJsonStream", run: readPeer },
  { name: "turn.stream()", run: () => readTurn() },
  { name: "the same, resilient()", run: () => readTurn(resilient(open)) },
];
const [floor, peer, turn, kept] = await alternate(variants, { rounds, warmup: 3 });

console.log(
  `${runtimeName()}: ${COUNT} deltas of ${Math.round(wire.bytes / COUNT)} bytes, ${rounds} rounds`,
);
report("deltas", "in memory", [{ wall: floor }, { wall: peer }, { wall: turn }]);
console.log(
  `  turn.stream() has ${
    medianRatio(floor, turn).toFixed(2)
  } of the throughput of JSON.parse (aim: 0.60) ` +
    `and ${medianRatio(peer, turn).toFixed(2)} x that of ndJsonStream (aim: 1.3)`,
);
console.log(
  `  resilient() has ${medianRatio(turn, kept).toFixed(2)} of the throughput of turn.stream()`,
);
