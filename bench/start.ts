/**
 * From nothing to a client that is ready, on the real binary: through the SDK, with a bare spawn and handshake, and through
 * the Python SDK. The real server takes most of the time.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 15 by default.
 */
import process from "node:process";
import { Codex } from "../mod.ts";
import { findRuntime } from "../src/process/find_runtime.ts";
import { ScriptedModel } from "../testing.ts";
import { host } from "../transports/node.ts";
import { alternate, type Sample, stopwatch, type Variant } from "./_lib/alternate.ts";
import { startBareClient } from "./_lib/bare_client.ts";
import { PYTHON_SDK, startPython } from "./_lib/python_sdk.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

const rounds = Number(process.argv[2] ?? 15);
const { path } = await findRuntime(host());
await using scripted = await ScriptedModel.start();
const { cwd, env } = scripted.options;

/** Times a start until the client is ready. */
function startOf(name: string, start: () => Promise<{ close(): Promise<void> }>): Variant {
  return {
    name,
    async run(): Promise<Required<Sample>> {
      const stop = stopwatch();
      const client = await start();
      const took = stop();
      await client.close();
      return took;
    },
  };
}

using python = startPython("start", JSON.stringify({ codex_bin: path, cwd, env }));
const all = await alternate([
  startOf("bare loop", () => startBareClient(path, { cwd, env: { ...process.env, ...env } })),
  startOf("this SDK", () => Codex.start({ ...scripted.options, codexBin: path })),
  ...python === undefined ? [] : [{ name: PYTHON_SDK, run: () => python.measure() }],
], { rounds, warmup: 2 });

console.log(`${runtimeName()}: ${rounds} rounds`);
const walls = all.map(({ name, wallMs }) => ({ name, values: wallMs, wallMs: [] }));
report({ bench: "start", task: "to ready", unit: "ms" }, walls);
report({ bench: "start", task: "of this process", unit: "CPU ms" }, all);
