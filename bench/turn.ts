/**
 * A complete turn on the real binary with a scripted model: through the SDK, through a hand-written bare loop, through
 * the Python SDK, and through `@openai/codex-sdk`, which starts a process for each turn.
 *
 * Run it with Deno, Bun or Node. The argument is the number of turns, 100 by default.
 */
import process from "node:process";
import { Codex as ExecCodex } from "@openai/codex-sdk";
import { Codex } from "../mod.ts";
import { findRuntime } from "../src/process/find_runtime.ts";
import { deltas, ScriptedModel } from "../testing.ts";
import { host } from "../transports/node.ts";
import { alternate, type Sample, type Variant, wallClock } from "./_lib/alternate.ts";
import { startBareClient } from "./_lib/bare_client.ts";
import { PYTHON_SDK, startPython } from "./_lib/python_sdk.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

const ANSWER = Array.from({ length: 40 }, (_, index) => ` word ${index}`);
const rounds = Number(process.argv[2] ?? 100);

const { path } = await findRuntime(host());
await using scripted = await ScriptedModel.start({
  respond: () => [deltas(ANSWER, { phase: "final_answer" })],
});
const { cwd, env } = scripted.options;

await using codex = await Codex.start({ ...scripted.options, codexBin: path });
const thread = await codex.threadStart();
const bare = await startBareClient(path, { cwd, env: { ...process.env, ...env } });
await bare.threadStart();
const exec = new ExecCodex({
  codexPathOverride: path,
  env: { PATH: process.env["PATH"] ?? "", ...env },
});

const execThread = exec.startThread({ workingDirectory: cwd, skipGitRepoCheck: true });

/** Times one turn and checks that it returned the complete answer. */
function turnOf(name: string, turn: () => Promise<string | null>): Variant {
  return {
    name,
    async run(): Promise<Sample> {
      const stop = wallClock();
      const text = await turn();
      const took = stop();
      return check(name, text, took);
    },
  };
}

function check(name: string, text: string | null, sample: Sample): Sample {
  if (text !== ANSWER.join("")) throw new Error(`${name} answered ${JSON.stringify(text)}`);
  return sample;
}

using python = startPython("turn", JSON.stringify({ codex_bin: path, cwd, env }));
const inPython: Variant[] = python === undefined ? [] : [{
  name: PYTHON_SDK,
  async run(): Promise<Sample> {
    const { text, wallMs } = await python.measure();
    return check(PYTHON_SDK, text, { value: wallMs });
  },
}];
const ours = turnOf("this SDK", async () => (await thread.run("go")).finalResponse);
const loop = turnOf("bare loop", () => bare.turn("go"));
const execs = turnOf("@openai/codex-sdk", async () => (await execThread.run("go")).finalResponse);

const all = await alternate([loop, ours, ...inPython], { rounds, warmup: 5 });
const few = await alternate([ours, execs], { rounds: Math.ceil(rounds / 5), warmup: 1 });
await bare.close();

console.log(`${runtimeName()}: ${rounds} turns of one thread each`);
report({ bench: "turn", task: "a turn", unit: "ms" }, all);
report({ bench: "turn", task: "a process per turn", unit: "ms" }, few);
