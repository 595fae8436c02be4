/** The scripted model that the examples talk to, so that they run with no login and no network. */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { ScriptedModel, type ScriptedModelOptions } from "@codex-app-server/sdk/testing";
import { conversations } from "./_conversations.ts";

/**
 * Starts the model that plays the conversation of an example; gives nothing with `--live`, where your own login and
 * its model are used. A program of yours needs no such line: it calls `Codex.start()`.
 */
export async function scriptedModel(
  example: string,
  options: ScriptedModelOptions = {},
): Promise<ScriptedModel | undefined> {
  if (process.argv.includes("--live")) {
    if (!await loggedIn()) {
      console.error(
        "There is no Codex login: log in once with `npx codex login`, and run this again.",
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
    "Model: SCRIPTED, every word of it is made up. The binary, the sandbox and the command are real.\n" +
      "For a real model, log in once with `npx codex login` and run this again with --live.",
  );
  return scripted;
}

/** Without a login the server would try for minutes before the turn fails. */
async function loggedIn(): Promise<boolean> {
  await using codex = await Codex.start();
  const { account, requiresOpenaiAuth } = await codex.request("account/read", {});
  return account !== null || !requiresOpenaiAuth;
}
