/** Faults that people who embed the app-server have reported, tried on the real binary: docs/field-reports.md. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Codex } from "../../mod.ts";
import { message, ScriptedModel } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { isAlive, scriptCommand } from "../process/_current.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** An MCP server that writes its process id to a file and offers no tool. */
const MCP_SERVER = `
import { createInterface } from "node:readline";
import { writeFileSync } from "node:fs";
writeFileSync(process.argv[2], String(process.pid));
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  const serverInfo = { name: "probe", version: "1" };
  const result = method === "initialize"
    ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo }
    : { tools: [] };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
}
`;

test("a thread with its own config runs its turns", async () => {
  await using session = await ScriptedCodex.start();
  session.model.enqueue(message("done"));
  const config = { model_reasoning_effort: "high" };
  const thread = await session.codex.threadStart({ config, ephemeral: true });
  assertEquals((await thread.run("go", { timeoutMs: 20_000 })).finalResponse, "done");
});

test("codex.close ends the MCP servers that the app-server started", async () => {
  await using scripted = await ScriptedModel.start();
  const script = join(scripted.home.workspace, "server.mjs");
  const pidFile = join(scripted.home.workspace, "pid");
  await writeFile(script, MCP_SERVER);
  const [command = "", ...args] = scriptCommand(script, "-A");
  const mcpServers = { probe: { command, args: [...args, pidFile] } };
  const codex = await Codex.start({ ...scripted.options, mcpServers });
  try {
    scripted.model.enqueue(message("done"));
    await (await codex.threadStart()).run("go");
  } finally {
    await codex.close();
  }
  const pid = Number(await readFile(pidFile, "utf8"));
  assert(pid > 0);
  for (let tries = 0; tries < 200 && await isAlive(pid); tries++) await Promise.resolve();
  assertEquals(await isAlive(pid), false);
});
