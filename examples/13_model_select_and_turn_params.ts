/**
 * Selects a model and an effort for each turn, from those that the server offers.
 *
 *     deno run -A examples/13_model_select_and_turn_params.ts [--live]
 */
import { Codex, printable, Sandbox, type Thread, type TurnOptions } from "@codex-app-server/sdk";
import type { Model } from "@codex-app-server/sdk/protocol";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("13_model_select_and_turn_params");
await using codex = await Codex.start(scripted?.options);

const models = await codex.models();
const usual = models.find(({ isDefault }) => isDefault) ?? models[0];
const other = models.find(({ id }) => id !== usual?.id) ?? usual;
if (usual === undefined || other === undefined) throw new Error("The server offers no model");
console.log(`${models.length} models; the default is ${usual.displayName}`);

const thread = await codex.threadStart({ model: usual.model, sandbox: Sandbox.readOnly });
// The server reports when a turn changes the settings of its thread.
codex.on("thread/settings/updated", ({ threadSettings: { model, effort } }) => {
  console.log(`  (the thread now uses ${model}, effort ${effort})`);
});
await ask(thread, "How do you think, in one word?", leastEffort(usual));
await ask(thread, "And now, in one sentence?", { model: other.model, ...mostEffort(other) });
await ask(thread, "Say it once more.", {}); // omitted options keep their value

async function ask(thread: Thread, question: string, options: TurnOptions): Promise<void> {
  const { finalResponse } = await thread.run(question, options);
  console.log(printable(`${question} ${finalResponse}`));
}

/** The efforts are listed from lowest to highest. */
function leastEffort({ supportedReasoningEfforts, defaultReasoningEffort }: Model): TurnOptions {
  return { effort: supportedReasoningEfforts[0]?.reasoningEffort ?? defaultReasoningEffort };
}

function mostEffort({ supportedReasoningEfforts, defaultReasoningEffort }: Model): TurnOptions {
  return { effort: supportedReasoningEfforts.at(-1)?.reasoningEffort ?? defaultReasoningEffort };
}
