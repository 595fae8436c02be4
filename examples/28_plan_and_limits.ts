/**
 * A thread that plans first, then works within limits; its settings change in between.
 *
 *     deno run -A examples/28_plan_and_limits.ts [--live]
 */
import { Codex, printable, Sandbox, type TurnResult } from "@codex-app-server/sdk";
import { TurnLimitError } from "@codex-app-server/sdk/errors";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("28_plan_and_limits");
await using codex = await Codex.start(scripted?.options);

const thread = await codex.threadStart({
  sandbox: Sandbox.readOnly,
  onUserInput({ questions }): Record<string, string> {
    // Your program would ask a person: this one takes the first choice.
    return Object.fromEntries(questions.map(({ id, question, options }) => {
      const answer = options?.[0]?.label ?? "You decide.";
      console.log(printable(`Asked:      ${question} ${answer}`));
      return [id, answer];
    }));
  },
});

await thread.set({ collaborationMode: "plan", effort: "high" });
const { items } = await thread.run("Write a greeting into a file.");
const plan = items.find((item) => item.type === "plan");
console.log(printable(`Plan:       ${plan?.type === "plan" ? plan.text.trim() : "none"}`));

await thread.set({ collaborationMode: "default", effort: "low", sandbox: Sandbox.workspace });
console.log(
  `Settings:   ${thread.settings.sandbox.type}, effort ${thread.settings.reasoningEffort}`,
);
const limits = { tokens: 100_000, turns: 10, toolCalls: 1 };
try {
  await thread.run("Carry out the plan, and keep a server running.", { limits });
  console.log("Done:       within the limits");
} catch (error) {
  if (!(error instanceof TurnLimitError)) throw error;
  const { limit, max, used } = error;
  const { status, usage } = error.result as TurnResult;
  console.log(`Limit:      ${used} of ${limit}, ${max} allowed`);
  console.log(`The turn:   ${status}, after ${usage?.turn.totalTokens} tokens`);
}

for (const terminal of await thread.backgroundTerminals()) {
  console.log(printable(`Background: ${terminal.command}`));
  console.log(`Stopped:    ${await terminal.stop()}`);
}
