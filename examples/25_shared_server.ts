/**
 * Two clients on one server: one drives a thread and answers its questions, the other looks on and joins in.
 *
 *     deno run -A examples/25_shared_server.ts [--live]
 */
import { ApprovalMode, Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { unix } from "@codex-app-server/sdk/transports/unix";
import { listeningServer } from "./_listening_server.ts";

await using server = await listeningServer("25_shared_server");
const connect = unix(server.path);

await using driver = await Codex.start({
  connect,
  onCommandApproval: (request) => {
    console.log(printable(`Driver:   is asked: ${request.command}`, { oneLine: true }));
    request.approve();
  },
});
// The server asks every client of a thread, and the first answer counts, even a refusal. So one that has no answer must
// leave the question to the others.
await using onlooker = await Codex.start({ connect, unhandled: "leave" });

const thread = await driver.threadStart({
  approvalMode: ApprovalMode.ask,
  sandbox: Sandbox.readOnly,
});
const { finalResponse } = await thread.run("Say hello.");
console.log(printable(`Driver:   ${finalResponse}`));

// A thread with a turn is stored, and whoever knows its id can open it.
const same = await onlooker.threadResume(thread.id);
const watching = watch();
await thread.run("Touch the file /tmp/codex-example outside of the sandbox.");
await watching;

const answer = await same.run("Thank you both.");
console.log(printable(`Onlooker: ${answer.finalResponse}`));
for await (const turn of thread.turns({ sortDirection: "asc", itemsView: "full" })) {
  console.log(printable(`Turn:     ${turn.status}, ${turn.items.length} items`));
}

/** Prints what happens to the thread until a turn ends. */
async function watch(): Promise<void> {
  for await (const { method, params } of onlooker.notifications()) {
    if (method === "item/completed" && params.item.type === "commandExecution") {
      console.log(printable(`Onlooker: sees ${params.item.command}`, { oneLine: true }));
    }
    if (method === "serverRequest/resolved") console.log("Onlooker: the question is answered");
    if (method === "turn/completed") break;
  }
}
