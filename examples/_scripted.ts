/** The scripted model that the examples talk to, so that they run with no login and no network. */
import { deltas, message, ScriptedModel, shellCommand, usage } from "@codex-app-server/sdk/testing";

/** The real binary with a model that plays the quickstart's conversation. */
export async function quickstartModel(): Promise<ScriptedModel> {
  const scripted = await ScriptedModel.start();
  scripted.model.enqueue(
    message("I will look at the folder first. ", { phase: "commentary" }),
    shellCommand("pwd; date +%Y; touch notes.txt || echo 'nothing was written'"),
    usage({ inputTokens: 120, outputTokens: 30 }),
  );
  scripted.model.enqueue(
    deltas(
      ["The folder ", "is empty, ", "and the sandbox ", "kept me from ", "writing into it."],
      { phase: "final_answer" },
    ),
    usage({ inputTokens: 180, outputTokens: 20 }),
  );
  return scripted;
}
