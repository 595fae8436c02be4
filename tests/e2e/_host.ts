/**
 * A host process for tests to kill: a client, a turn with a running command, and commands of its own. The argument
 * contains its options.
 */
import process from "node:process";
import { Codex, Sandbox } from "../../mod.ts";

const { options, seconds } = JSON.parse(process.argv[2] ?? "{}");
const codex = await Codex.start(options);
const free = { sandbox: Sandbox.fullAccess } as const;
codex.exec(["sh", "-c", `sleep ${seconds} & sleep ${seconds}`], free);
codex.exec(["sleep", String(seconds)], { tty: true, ...free });
codex.exec(["sleep", String(seconds)], { sandbox: Sandbox.readOnly, stdin: "pipe" });
const thread = await codex.threadStart();
const turn = await thread.turn("wait");
for await (const event of turn.stream({ onLeave: "detach" })) {
  if (event.method === "item/started" && event.params.item.type === "commandExecution") break;
}
console.log(codex.pid);
await codex.exited;
