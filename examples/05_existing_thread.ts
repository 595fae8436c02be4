/**
 * Continues a conversation in another process: store the thread id, resume it later.
 *
 *     deno run -A examples/05_existing_thread.ts [--live]
 */
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("05_existing_thread");
const threadId = await begin();
await resume(threadId);

/** The first process: starts the thread and exits. */
async function begin(): Promise<string> {
  await using codex = await Codex.start(scripted?.options);
  const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
  const { finalResponse } = await thread.run("Remember this word: heron.");
  console.log(printable(`Process ${codex.pid}, new thread ${thread.id}: ${finalResponse}`));
  return thread.id;
}

/** The second process: the thread was stored with its model, folder and approval settings. */
async function resume(id: string): Promise<void> {
  await using codex = await Codex.start(scripted?.options);
  const thread = await codex.threadResume(id);
  console.log(`Process ${codex.pid}, resumed ${thread.id}: model ${thread.settings.model}`);
  const { finalResponse } = await thread.run("Which word was it?");
  console.log(printable(`Answer: ${finalResponse}`));
}
