/**
 * A complete turn on the real binary with a scripted model: through the SDK, through a hand-written bare loop, and
 * through the official SDK, which starts a process for each turn.
 *
 * Run it with Deno, Bun or Node. The argument is the number of turns, 60 by default.
 */
import process from "node:process";
import { Codex as ExecCodex } from "@openai/codex-sdk";
import { Codex } from "../mod.ts";
import { findRuntime } from "../src/process/find_runtime.ts";
import { deltas, ScriptedModel } from "../testing.ts";
import { host } from "../transports/node.ts";
import { alternate, medianRatio, runtimeName, type Variant } from "./_lib/alternate.ts";
import { startBareClient } from "./_lib/bare_client.ts";
import { report } from "./_lib/results.ts";

const ANSWER = Array.from({ length: 40 }, (_, index) => ` word ${index}`);
const rounds = Number(process.argv[2] ?? 60);

const { path } = await findRuntime(host());
await using scripted = await ScriptedModel.start({
  respond: () => [deltas(ANSWER, { phase: "final_answer" })],
});
const { cwd, env } = scripted.options;

await using codex = await Codex.start({ ...scripted.options, codexBin: path });
const thread = await codex.threadStart();
const bare = await startBareClient(path, { cwd, env: { ...process.env, ...env } });
const exec = new ExecCodex({
  codexPathOverride: path,
  env: { PATH: process.env["PATH"] ?? "", ...env },
});

const execThread = exec.startThread({ workingDirectory: cwd, skipGitRepoCheck: true });

/** Times one turn and checks that it returned the complete answer. */
function turnOf(name: string, turn: () => Promise<string | null>): Variant {
  return {
    name,
    async run(): Promise<number> {
      const start = performance.now();
      const text = await turn();
      const took = performance.now() - start;
      if (text !== ANSWER.join("")) throw new Error(`${name} answered ${JSON.stringify(text)}`);
      return took;
    },
  };
}

const ours = turnOf("this SDK", async () => (await thread.run("go")).finalResponse);
const loop = turnOf("bare loop", () => bare.turn("go"));
const execs = turnOf("@openai/codex-sdk", async () => (await execThread.run("go")).finalResponse);

const [own, bareTimes] = await alternate([ours, loop], { rounds, warmup: 5 });
const [ownAgain, execTimes] = await alternate([ours, execs], { rounds: rounds / 4, warmup: 1 });
await bare.close();

console.log(`${runtimeName()}: ${rounds} turns of one thread each`);
report("turn", "a turn", [{ wall: bareTimes }, { wall: own }]);
report("turn", "of a thread", [{ wall: ownAgain }, { wall: execTimes }]);
console.log(
  `  this SDK takes ${
    medianRatio(own, bareTimes).toFixed(3)
  } x the time of the bare loop (aim: 1.03) and is ` +
    `${medianRatio(execTimes, ownAgain).toFixed(1)} x as fast as @openai/codex-sdk (aim: 4)`,
);
