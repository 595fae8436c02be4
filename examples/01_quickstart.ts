/**
 * One turn: streamed text, a command in the sandbox, the final answer, usage and timings.
 *
 * The real binary with a scripted model, no login needed: deno task quickstart The real binary with your own Codex
 * login: deno task quickstart --live
 */
import process from "node:process";
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("01_quickstart");

const begin = performance.now();
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
const ready = performance.now();
console.log(`codex ${codex.metadata.version}, process ${codex.pid}, thread ${thread.id}\n`);

const turn = await thread.turn("Look at this folder and say in one sentence what is in it.", {
  timeoutMs: 300_000,
});
for await (const event of turn) {
  if (event.method === "item/agentMessage/delta") {
    process.stdout.write(printable(event.params.delta));
  } else if (event.method === "item/completed" && event.params.item.type === "commandExecution") {
    const { command, aggregatedOutput, exitCode } = event.params.item;
    console.log(
      printable(`\n\n$ ${command}\n${aggregatedOutput?.trimEnd()}\n(exit code ${exitCode})\n`),
    );
  } else if (event.method === "error") {
    console.error(event.params.error.message); // with `willRetry` the turn continues
  }
}

const result = await turn.run();
console.log(printable(`\n\nAnswer:  ${result.finalResponse}`));
console.log(`Items:   ${result.items.map((item) => item.type).join(", ")}`);
console.log(
  `Tokens:  ${result.usage?.turn.inputTokens} in, ${result.usage?.turn.outputTokens} out`,
);
console.log(`Timings: start ${Math.round(ready - begin)} ms, turn ${result.durationMs} ms`);
