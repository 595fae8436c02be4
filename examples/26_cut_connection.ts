/**
 * A connection that is cut while a turn runs: the server goes on, and the client gets what it has missed.
 *
 *     deno run -A examples/26_cut_connection.ts [--live]
 */
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { type Connect, resilient, type Transport } from "@codex-app-server/sdk/transport";
import { unix } from "@codex-app-server/sdk/transports/unix";
import { listeningServer } from "./_listening_server.ts";

await using server = await listeningServer("26_cut_connection");

// For this example alone: keeps the connection, so that it can be cut as a network would.
let current: Transport | undefined;
const open = unix(server.path);
const cuttable: Connect = async (options) => current = await open(options);

await using codex = await Codex.start({
  connect: resilient(cuttable, {
    giveUpMs: 30_000,
    onDown: () => console.log("[the connection is lost]"),
    onGap: ({ attempts, items }) =>
      console.log(`[back after ${attempts} attempt(s), ${items} item(s) read again]`),
  }),
});

const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
const turn = await thread.turn("Wait for two seconds in the shell, then say that you are done.");
for await (const event of turn) {
  switch (event.method) {
    case "item/started":
      if (event.params.item.type === "commandExecution") void current?.close({ force: true });
      break;
    case "item/completed":
      console.log(`Completed: ${event.params.item.type}`);
      break;
    case "sdk/gap":
      console.log("Gap:       what follows was missed, or came later");
      break;
  }
}
const { status, finalResponse } = await turn.run();
console.log(printable(`Turn:      ${status}. ${finalResponse}`));
