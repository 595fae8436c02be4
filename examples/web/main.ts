/**
 * Codex in a browser: threads, streamed text, commands, diffs, approvals and questions, for one person on this machine.
 *
 *     npm run web              with a scripted model, no login needed
 *     npm run web -- --live    with your own Codex login, in the current folder
 *
 * `PORT` sets the port, which is a free one otherwise.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { bundlePage } from "./bundle.ts";
import { listen, untilStopped } from "./listen.ts";
import { everyThread } from "./owners.ts";
import { scriptedModel } from "../_scripted.ts";
import { GREETING, respond } from "./script.ts";
import { createPageServer } from "./server.ts";

await using scripted = await scriptedModel("web", { respond });
if (scripted !== undefined) await writeFile(join(scripted.home.workspace, "greeting.ts"), GREETING);
await using codex = await Codex.start(scripted?.options);
const files = await bundlePage();

// Other users of this machine reach the port too: who has no key sees nothing.
const key = crypto.randomUUID();
const port = Number(process.env["PORT"] ?? 0);
const hosts: string[] = [];
await using gateway = createPageServer(codex, {
  files,
  users: new Map([[key, "me"]]),
  hosts,
  owners: everyThread(codex, "me"),
  workspaces: { workspace: scripted?.home.workspace ?? process.cwd() },
  thread: {
    sandbox: Sandbox.workspace,
    config: {
      features: { default_mode_request_user_input: true }, // lets the agent ask questions
      tools: { update_plan: { enabled: true } }, // and keep a list of its steps
    },
  },
  allow: { always: true },
  drainMs: 2_000,
  onError: (error) => console.error(printable(String(error))),
});
await using server = await listen(gateway.fetch, port);
hosts.push(`127.0.0.1:${server.port}`, `localhost:${server.port}`);
console.log(`\nOpen http://127.0.0.1:${server.port}/?key=${key}\nCtrl-C ends the server.`);
await untilStopped();
await gateway.close(); // ends the streams, on which the server would wait
