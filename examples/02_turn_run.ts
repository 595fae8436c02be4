/**
 * A turn without streaming: start it, do something else, then wait for everything it produced.
 *
 *     deno run -A examples/02_turn_run.ts [--live]
 */
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("02_turn_run");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

// `thread.run(input)` combines these two calls; the handle also has steer(), interrupt() and stream().
const turn = await thread.turn("How many files are in this folder?");
console.log(`Turn ${turn.id} is running.`);
const result = await turn.run();

console.log(`Status:   ${result.status} in ${result.durationMs} ms`);
for (const item of result.items) {
  switch (item.type) {
    case "agentMessage":
      console.log(printable(`Message:  ${item.text.trim()} (${item.phase ?? "no phase"})`));
      break;
    case "commandExecution":
      console.log(printable(`Command:  ${item.command}`));
      console.log(
        printable(`Output:   ${item.aggregatedOutput?.trim()} (exit code ${item.exitCode})`),
      );
      break;
    default:
      console.log(`Item:     ${item.type}`);
  }
}
console.log(printable(`Answer:   ${result.finalResponse}`));
console.log(`Tokens:   ${result.usage?.turn.totalTokens}`);
