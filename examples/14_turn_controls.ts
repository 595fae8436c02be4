/**
 * Redirects a running turn with `steer()` and ends one with `interrupt()`.
 *
 *     deno run -A examples/14_turn_controls.ts [--live]
 */
import process from "node:process";
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("14_turn_controls");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

// The turn stays the same; the model sees the new text immediately.
const counting = await thread.turn("Count from one to a hundred, in words.");
let steered = false;
for await (const piece of counting.textStream()) {
  process.stdout.write(printable(piece));
  if (!steered && piece.includes("two")) {
    steered = true;
    await counting.steer("Stop counting, and list three letters.");
    process.stdout.write("[steered]");
  }
}
const { status, items } = await counting.run();
const inputs = items.filter(({ type }) => type === "userMessage").length;
console.log(`\nThe steered turn is ${status}, with ${inputs} inputs.`);

// An interrupted turn returns a result like any other; it is not an error.
const endless = await thread.turn("Write the letter x and never stop.");
let pieces = 0;
for await (const piece of endless.textStream({ onLeave: "detach" })) {
  process.stdout.write(printable(piece));
  if (++pieces === 2) break;
}
await endless.interrupt();
console.log(`\nThe endless turn is ${(await endless.run()).status}.`);

const { finalResponse } = await thread.run("Are you still there?");
console.log(printable(`The next one works: ${finalResponse}`));
