/**
 * A gateway for web pages on a server of `node:http`, and a page that talks to it: a turn that streams, and an approval
 * that survives a lost connection. See examples/gateway/ for other servers.
 *
 *     deno run -A examples/33_gateway.ts [--live]
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Codex, printable } from "@codex-app-server/sdk";
import { createGateway } from "@codex-app-server/sdk/gateway";
import { connect, type ThreadView } from "@codex-app-server/sdk/gateway/client";
import { toNodeHandler } from "@codex-app-server/sdk/gateway/node";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("33_gateway");
await using codex = await Codex.start(scripted?.options);

// The server. In your program, `authorize` looks up the session of the request.
const users = new Map([["Bearer key-of-ann", "ann"], ["Bearer key-of-bob", "bob"]]);
await using gateway = createGateway(codex, {
  basePath: "/api/codex",
  authorize: (request) => users.get(request.headers.get("authorization") ?? ""),
  onError: (error) => console.error(error),
});
const server = createServer(toNodeHandler(gateway.fetch));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}/api/codex`;

// The page of Ann.
const ann = connect(url, { headers: { authorization: "Bearer key-of-ann" } });
const thread = await ann.create();
const answered = new Set<string>();
thread.subscribe(() => {
  for (const { id, script, decisions } of thread.view.requests) {
    if (answered.has(id)) continue;
    answered.add(id);
    console.log(printable(`May it run ${script}? [${decisions.join(", ")}]`, { oneLine: true }));
    void thread.answer(id, { decision: "accept" });
  }
});
const turn = await thread.run("What is the time, roughly?");
console.log(`The turn is ${turn.status}: ${printable(lastMessage(thread.view))}`);
thread.close();

// The page of Bob, who has got hold of the id.
const bob = connect(url, { headers: { authorization: "Bearer key-of-bob" } });
await bob.read(thread.id).catch((error: Error) => console.log(`Bob: ${error.message}.`));

await gateway.close();
server.closeAllConnections();
server.close();

/** Returns the last message of the agent. */
function lastMessage({ turns }: ThreadView): string {
  const items = turns.flatMap((turn) => turn.items.map(({ item }) => item));
  const message = items.filter((item) => item.type === "agentMessage").at(-1);
  return message?.type === "agentMessage" ? message.text : "";
}
