/**
 * What you can do with a thread: name, read, list, fork, compact, archive and delete it.
 *
 *     deno run -A examples/06_thread_lifecycle_and_controls.ts [--live]
 */
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("06_thread_lifecycle_and_controls");
await using codex = await Codex.start(scripted?.options);

const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
await thread.run("Remember the number seven.");
await thread.setName("Seven");
console.log(printable(`Named:      ${(await thread.read()).thread.name}`));

// The history stays on the server until you request it, here item by item.
for await (const { item } of thread.items()) {
  if (item.type === "userMessage") {
    console.log(printable(`History:    user: ${textOf(item.content)}`));
  }
  if (item.type === "agentMessage") console.log(printable(`History:    agent: ${item.text}`));
}

// A fork starts with the history of the other thread and then continues independently.
const fork = await codex.threadFork(thread.id, { sandbox: Sandbox.readOnly });
console.log(printable(`Forked:     ${(await fork.run("Double it.")).finalResponse}`));
console.log(`Other id:   ${fork.id !== thread.id}`);

// Compacting replaces the conversation with a summary written by the model, in one turn.
console.log(`Compacted:  ${(await thread.compact()).status}`);

await codex.threadArchive(thread.id);
console.log(`Archived:   ${await isListed(true)}, among the others: ${await isListed(false)}`);
const again = await codex.threadUnarchive(thread.id);
console.log(`Unarchived: ${again.id === thread.id}`);

await again.close(); // the server may now unload the thread; it stays stored
// A fork needs the history of its source, so delete the fork first.
for (const id of [fork.id, thread.id]) await codex.threadDelete(id);
console.log(`Deleted:    ${!await isListed(false)}`);

/** Searches all pages of the list. */
async function isListed(archived: boolean): Promise<boolean> {
  for await (const { id } of codex.threads({ archived })) if (id === thread.id) return true;
  return false;
}

function textOf(content: readonly { readonly type: string; readonly text?: string }[]): string {
  return content.map((part) => part.text ?? `(${part.type})`).join(" ");
}
