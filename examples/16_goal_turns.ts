/**
 * A goal: the server starts one turn after another until the model reports that it is reached. To the caller this is
 * one turn, with one stream and one result.
 *
 *     deno run -A examples/16_goal_turns.ts [--live]
 */
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("16_goal_turns");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

const turn = await thread.turn("Write three lines of a poem, one line a turn.", {
  goal: { tokenBudget: 20_000 },
  timeoutMs: 300_000,
});
for await (const event of turn) {
  switch (event.method) {
    case "item/completed":
      if (event.params.item.type === "agentMessage") console.log(printable(event.params.item.text));
      break;
    case "thread/goal/updated": {
      const { status, tokensUsed } = event.params.goal;
      console.log(`  (goal: ${status}, ${tokensUsed} tokens)`);
      break;
    }
  }
}

const result = await turn.run();
console.log(`Turn:   ${result.status}, ${result.items.length} items`);
console.log(printable(`Answer: ${result.finalResponse}`));

const goal = await thread.goal.get();
console.log(printable(`Goal:   ${goal?.status}, "${goal?.objective}"`));
await thread.goal.clear();
console.log(`Then:   ${(await thread.goal.get()) === null ? "no goal" : "still there"}`);
