/** The scripted model of the examples, which lets them run without a login or a network. */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { ScriptedModel, type ScriptedModelOptions } from "@codex-app-server/sdk/testing";
import { conversations } from "./_conversations.ts";

/**
 * Starts the model that plays the conversation of an example. Returns `undefined` with `--live`, which uses your own
 * login and its model. Your own program does not need this: it calls `Codex.start()`.
 */
export async function scriptedModel(
  example: string,
  options: ScriptedModelOptions = {},
): Promise<ScriptedModel | undefined> {
  if (process.argv.includes("--live")) {
    if (!await loggedIn()) {
      console.error(
        "There is no Codex login: run `npx codex login` once, then run this again.",
      );
      process.exit(1);
    }
    console.log("Model: your own Codex login.");
    return undefined;
  }
  const { respond, script } = conversations[example] ?? {};
  const scripted = await ScriptedModel.start(respond ? { respond, ...options } : options);
  await script?.(scripted);
  console.log(
    "Model: SCRIPTED, its words are made up. The binary, the sandbox and the command are real.\n" +
      "For a real model, run `npx codex login` once, then run this again with --live.",
  );
  return scripted;
}

/** Checks this first, because without a login the server would retry for minutes before the turn fails. */
async function loggedIn(): Promise<boolean> {
  await using codex = await Codex.start();
  const { account, requiresOpenaiAuth } = await codex.request("account/read", {});
  return account !== null || !requiresOpenaiAuth;
}
