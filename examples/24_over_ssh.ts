/**
 * A turn on another machine, over ssh. Without a host, a stand-in for `ssh` starts the server on this machine.
 *
 *     deno run -A examples/24_over_ssh.ts [HOST]
 */
import process from "node:process";
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { RemoteError } from "@codex-app-server/sdk/errors";
import { ssh, type SshOptions } from "@codex-app-server/sdk/transports/ssh";
import { standInForSsh } from "./_stand_in_for_ssh.ts";

const host = process.argv.slice(2).find((word) => !word.startsWith("-"));
await using standIn = host === undefined ? await standInForSsh("24_over_ssh") : undefined;

// Your own options, such as { codexBin: "/opt/codex/bin/codex", cwd: "projects/site", sshArgs: ["-p", "2222"] }.
const options: SshOptions = standIn?.options ?? {};

// The reason of the error says what to do: here, a host that is only off for now gets a second chance.
async function start(target: string): Promise<Codex> {
  const connect = ssh(target, options);
  try {
    return await Codex.start({ connect });
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    console.log(printable(`Failed:  ${error.reason}. ${error.message}`));
    if (error.reason !== "unreachable") process.exit(1);
    return await Codex.start({ connect });
  }
}

await using codex = await start(host ?? "box");
console.log(printable(`Server:  codex ${codex.metadata.version} on ${codex.metadata.platformOs}`));

const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
const turn = await thread.turn("In which folder are you, and are there files?");
const { finalResponse, items } = await turn.run();
for (const item of items) {
  if (item.type !== "commandExecution") continue;
  console.log(printable(`Command: ${item.command} (in ${item.cwd})`));
}
console.log(printable(`Answer:  ${finalResponse}`));
