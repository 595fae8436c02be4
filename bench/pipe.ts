/**
 * Deltas through the pipe of a child process to the caller's `for await`, compared with a bare loop (`spawn`, split,
 * `JSON.parse`): 100,000 as fast as the pipe takes them, and 5,000 one by one, as a model sends them. The CPU time is that of
 * the reading process.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 6 by default.
 */
import process from "node:process";
import { alternate, type Variant } from "./_lib/alternate.ts";
import { deltaLines } from "./_lib/delta_wire.ts";
import {
  type Load,
  peerCommand,
  type Read,
  readBare,
  READERS,
  readOurs,
} from "./_lib/pipe_readers.ts";
import { PYTHON_SDK, pythonOnce } from "./_lib/python_sdk.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

const rounds = Number(process.argv[2] ?? 6);
const loads: readonly Load[] = [
  { name: "fast", count: 100_000, paceUs: 0 },
  { name: "one by one", count: 5_000, paceUs: 50 },
];

/** The variants of a load. One that lost or merged events must not win. */
function variantsOf(load: Load): Variant[] {
  const complete = { events: load.count, letters: deltaLines(load.count).letters };
  const python = pythonOnce("deltas", ...peerCommand(load));
  const reads: readonly (readonly [name: string, read: () => Promise<Read>])[] = [
    ["bare loop", () => readBare(load)],
    ...Object.entries(READERS)
      .map(([name, read]) => [name, () => readOurs(load, read, complete)] as const),
    ...python === undefined ? [] : [[PYTHON_SDK, python] as const],
  ];
  return reads.map(([name, read]) => ({
    name,
    async run(): Promise<Read> {
      const got = await read();
      if (got.events !== complete.events || got.letters !== complete.letters) {
        throw new Error(`${name} read ${JSON.stringify(got)} of ${JSON.stringify(complete)}`);
      }
      return got;
    },
  }));
}

console.log(`${runtimeName()}: ${rounds} rounds`);
for (const load of loads) {
  const all = await alternate(variantsOf(load), { rounds, warmup: 1 });
  report({ bench: "pipe", task: load.name, unit: "CPU ms" }, all);
}
