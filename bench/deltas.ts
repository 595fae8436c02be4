/**
 * The hot path: how fast the deltas of one turn come from bytes to the caller's `for await`, against the floor (nothing
 * but `JSON.parse` of the same lines) and against the reader of another SDK. Run it with Deno, Bun or Node.
 */
import process from "node:process";
import { ndJsonStream } from "@agentclientprotocol/sdk";
import { Codex } from "../mod.ts";
import { alternate, runtimeName, type Times, type Variant } from "./_lib/alternate.ts";
import { chunkStream, deltaPeer, deltaWire } from "./_lib/delta_wire.ts";

const COUNT = 200_000;
const wire = deltaWire(COUNT);

const floor: Variant = {
  name: "JSON.parse of split lines",
  run() {
    const start = performance.now();
    let letters = 0;
    for (const line of wire.lines) letters += JSON.parse(line).params.delta.length;
    return finish(start, letters);
  },
};

const peer: Variant = {
  name: "ndJsonStream",
  async run() {
    const start = performance.now();
    let letters = 0;
    const { readable } = ndJsonStream(new WritableStream(), chunkStream(wire.chunks));
    const reader = readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return finish(start, letters);
      letters += (value as { params: { delta: string } }).params.delta.length;
    }
  },
};

const sdk: Variant = {
  name: "turn.stream()",
  async run() {
    const codex = await Codex.start({ connect: () => Promise.resolve(deltaPeer(wire)) });
    const thread = await codex.threadStart();
    const start = performance.now();
    let letters = 0;
    const turn = await thread.turn("go");
    for await (const event of turn.stream()) {
      if (event.method === "item/agentMessage/delta") letters += event.params.delta.length;
    }
    const took = finish(start, letters);
    await codex.close();
    return took;
  },
};

const expected = wire.lines.reduce((sum, line) => sum + JSON.parse(line).params.delta.length, 0);

/** Whoever lost an event must not win. */
function finish(start: number, letters: number): Promise<number> {
  const took = performance.now() - start;
  if (letters !== expected) throw new Error(`Read ${letters} letters of ${expected}`);
  return Promise.resolve(took);
}

const rounds = Number(process.argv[2] ?? 9);
const [floorTimes, peerTimes, sdkTimes] = await alternate([floor, peer, sdk], { rounds, warmup: 2 }) as [
  Times,
  Times,
  Times,
];
const perEvent = (wire.bytes / COUNT).toFixed(0);
console.log(`${runtimeName()}: ${COUNT} deltas of ${perEvent} bytes, ${rounds} rounds`);
for (const { name, best, median } of [floorTimes, peerTimes, sdkTimes]) {
  const rate = (COUNT / median).toFixed(0);
  console.log(`  ${name.padEnd(26)} best ${best.toFixed(0)} ms, median ${median.toFixed(0)} ms (${rate} events/ms)`);
}
const report = (pick: (times: Times) => number): string =>
  `${(pick(floorTimes) / pick(sdkTimes)).toFixed(2)} of the floor, ` +
  `${(pick(peerTimes) / pick(sdkTimes)).toFixed(2)} x ndJsonStream`;
console.log(`  by median ${report(({ median }) => median)}; by best ${report(({ best }) => best)}`);
