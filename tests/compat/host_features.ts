/** The features of threads, of the host and of the account. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { message, shellCommand } from "../../testing.ts";
import type { Features, Setup } from "./features.ts";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const MCP_SERVER = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params: { protocolVersion } = {} } = JSON.parse(line);
  const send = (reply) => console.log(JSON.stringify({ jsonrpc: "2.0", id, ...reply }));
  const serverInfo = { name: "probe", version: "1" };
  const tools = [{ name: "ping", inputSchema: { type: "object" } }];
  if (method === "initialize") send({ result: { protocolVersion, serverInfo, capabilities: { tools: {} } } });
  else if (method === "tools/list") send({ result: { tools } });
  else if (method === "tools/call") send({ result: { content: [{ type: "text", text: "pong" }] } });
  else if (id !== undefined) send({ error: { code: -32601, message: "unknown" } });
}`;
/** The argument with which this runtime runs the code after it. */
const EVALUATE = "Deno" in globalThis ? "eval" : "-e";

/** Runs a turn that the model answers, and returns its id. */
async function say(
  { model, thread }: Pick<Setup, "model" | "thread">,
  text: string,
): Promise<string> {
  model.enqueue(message(`re: ${text}`));
  return (await thread.run(text)).id;
}

function ids(entries: readonly { readonly id: string }[]): string[] {
  return entries.map(({ id }) => id).sort();
}

/** The features of threads, of the host and of the account. */
export const hostFeatures: Features = {
  "Resume a thread": {
    async run(place): Promise<void> {
      await say(place, "one");
      await place.thread.close();
      const thread = await place.codex.threadResume(place.thread.id);
      await say({ ...place, thread }, "two");
      assert.deepEqual(place.model.requests[1]?.userTexts().slice(-2), ["one", "two"]);
    },
  },
  "Fork a thread": {
    async run(place): Promise<void> {
      await say(place, "one");
      const thread = await place.codex.threadFork(place.thread.id);
      await say({ ...place, thread }, "two");
      assert.notEqual(thread.id, place.thread.id);
      assert.deepEqual(place.model.requests[1]?.userTexts().slice(-2), ["one", "two"]);
    },
  },
  "List threads; archive and unarchive one": {
    async run(place): Promise<void> {
      const { codex, thread } = place;
      const other = await codex.threadStart();
      for (const one of [thread, other]) await say({ ...place, thread: one }, "hi");
      const list = async (archived: boolean): Promise<string[]> =>
        ids((await codex.threadList({ archived })).data);
      assert.deepEqual(await list(false), ids([thread, other]));
      await codex.threadArchive(thread.id);
      assert.deepEqual([await list(true), await list(false)], [[thread.id], [other.id]]);
      await codex.threadUnarchive(thread.id);
      assert.deepEqual(await list(false), ids([thread, other]));
    },
  },
  "Search threads": {
    async run(place): Promise<void> {
      await say(place, "a red fox");
      const found = await Array.fromAsync(place.codex.search.threads("red fox"));
      assert.deepEqual(found.map(({ thread }) => thread.id), [place.thread.id]);
    },
  },
  "Page through threads by creation time": {
    async run(place): Promise<string | void> {
      const threads = await Promise.all([1, 2, 3, 4].map(() => place.codex.threadStart()));
      for (const thread of threads) await say({ ...place, thread }, "hi");
      const pages = place.codex.threads({ limit: 1, sortKey: "created_at" });
      const { length } = await Array.fromAsync(pages);
      return length < 4 ? "some threads are omitted" : assert.equal(length, 4);
    },
    except: {
      before: "0.168.0",
      outcome: "differs: some threads are omitted",
      reason:
        "The cursor has whole seconds: a page omits threads created in the last second of the previous page.",
    },
  },
  "Fields that an older runtime does not know (`excludedThreadIds`)": {
    async run(place): Promise<string | void> {
      await say(place, "hi");
      const { data } = await place.codex.threadList({ excludedThreadIds: [place.thread.id] });
      const ignored = place.diagnostics.some(({ kind }) => kind === "ignoredField");
      assert.equal(data.length > 0, ignored);
      return ignored ? "ignored, with a diagnostic" : undefined;
    },
    except: {
      before: "0.163.0",
      outcome: "differs: ignored, with a diagnostic",
      reason: "The list is the same as without the field. All such fields are listed below.",
    },
  },
  "Read a thread with its turns": {
    async run(place): Promise<void> {
      const turns = [await say(place, "one"), await say(place, "two")].sort();
      assert.deepEqual(ids((await place.thread.read({ includeTurns: true })).thread.turns), turns);
      assert.deepEqual(ids(await Array.fromAsync(place.thread.turns({ limit: 1 }))), turns);
      const { id } = place.thread;
      const opened = await place.codex.threadResume(id, { includeTurns: true });
      assert.deepEqual(ids(opened.initialTurns ?? []), turns);
    },
  },
  "Read the items of a thread page by page": {
    async run(place): Promise<void> {
      for (const text of ["one", "two"]) await say(place, text);
      assert.equal((await Array.fromAsync(place.thread.items({ limit: 1 }))).length, 4);
    },
  },
  "Name a thread": {
    async run(place): Promise<void> {
      await say(place, "one");
      await place.thread.setName("a name");
      assert.equal((await place.thread.read()).thread.name, "a name");
    },
  },
  "Compact a thread": {
    async run(place): Promise<void> {
      await say(place, "a long story");
      place.model.enqueue(message("in short"));
      const { status, items } = await place.thread.compact();
      assert.deepEqual([status, items[0]?.type], ["completed", "contextCompaction"]);
    },
  },
  "Revert turns": {
    async run(place): Promise<void> {
      const [first, second] = [await say(place, "one"), await say(place, "two")];
      await place.thread.revert(second);
      assert.deepEqual(ids(await Array.fromAsync(place.thread.turns())), [first]);
    },
  },
  "Change the settings of a thread": {
    async run(place): Promise<void> {
      const { thread, model } = place;
      const changed = thread.events({ methods: ["thread/settings/updated"] });
      await thread.set({ model: "other", sandbox: "readOnly", collaborationMode: "plan" });
      await changed.next();
      await say(place, "hi");
      assert.deepEqual([thread.settings.model, model.requests[0]?.model], ["other", "other"]);
      assert.match(JSON.stringify(model.requests[0]?.developerTexts()), /Plan Mode/);
    },
  },
  "List and stop the commands in the background": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(shellCommand("sleep 300; true", { yieldTimeMs: 250 })).enqueue(message("ok"));
      await thread.run("go");
      const [terminal] = await thread.backgroundTerminals();
      assert.equal(await terminal?.stop(), true);
      await thread.stopBackgroundTerminals();
      assert.deepEqual(await thread.backgroundTerminals(), []);
    },
  },
  "Delete a thread": {
    async run(place): Promise<void> {
      await say(place, "one");
      await place.codex.threadDelete(place.thread.id);
      assert.deepEqual((await place.codex.threadList()).data, []);
    },
  },
  "Run a command": {
    async run({ codex, workspace }): Promise<void> {
      const command = codex.exec(["sh", "-c", "pwd; cat; exit 3"], { input: "in" });
      const { exitCode, stdout } = await command.output();
      assert.deepEqual([exitCode, stdout], [3, `${workspace}\nin`]);
    },
  },
  "Files: write, read, list, watch": {
    async run({ codex: { fs }, workspace }): Promise<void> {
      await using watch = await fs.watch(workspace);
      await fs.writeText(`${workspace}/a.txt`, "é");
      assert.equal(await fs.readText(`${workspace}/a.txt`), "é");
      assert.deepEqual((await fs.list(workspace)).map((one) => one.fileName), ["a.txt"]);
      assert.match(JSON.stringify(await watch.next()), /a\.txt/);
    },
  },
  "List models": {
    async run({ codex }): Promise<void> {
      for (const { id } of await codex.models()) assert.notEqual(id, "");
    },
  },
  "List model providers (`modelProvider/list`)": {
    async run({ codex }): Promise<void> {
      assert.ok((await codex.request("modelProvider/list", {})).data.length > 0);
    },
    except: {
      before: "0.168.0",
      outcome: "typed error: MethodNotSupportedError",
      reason: "The request is new in Codex 0.168.",
    },
  },
  "Log in with an API key; log out": {
    model: { requiresOpenaiAuth: true },
    async run(place): Promise<void> {
      const { codex, model } = place;
      await codex.loginApiKey("sk-test-0123456789");
      assert.equal((await codex.account()).account?.type, "apiKey");
      await say(place, "hi");
      assert.equal(model.requests[0]?.headers["authorization"], "Bearer sk-test-0123456789");
      await codex.logout();
      assert.equal((await codex.account()).account, null);
    },
  },
  "Configuration overrides": {
    options: { configOverrides: { model: "other" } },
    async run(place): Promise<void> {
      await say(place, "hi");
      assert.equal(place.model.requests[0]?.model, "other");
    },
  },
  "MCP servers": {
    options: { mcpServers: { probe: { command: process.execPath, args: [EVALUATE, MCP_SERVER] } } },
    async run({ codex, thread }): Promise<void> {
      const probe = (await codex.mcp.list()).find(({ name }) => name === "probe");
      assert.deepEqual(Object.keys(probe?.tools ?? {}), ["ping"]);
      const call = { server: "probe", tool: "ping", threadId: thread.id };
      const { content } = await codex.mcp.callTool(call);
      assert.deepEqual(content, [{ type: "text", text: "pong" }]);
    },
  },
  "Add and remove an MCP server": {
    async run({ codex }): Promise<void> {
      const names = async (): Promise<boolean> => {
        return (await codex.mcp.list()).some(({ name }) => name === "later");
      };
      await codex.mcp.add({ later: { command: process.execPath, args: [EVALUATE, MCP_SERVER] } });
      assert.equal(await names(), true);
      await codex.mcp.remove("later");
      assert.equal(await names(), false);
    },
  },
  "Skills": {
    async run({ codex, model, thread, workspace }): Promise<void> {
      const folder = join(workspace, ".agents", "skills", "greet");
      await mkdir(folder, { recursive: true });
      const head = "---\nname: greet\ndescription: How to greet.\n---\n";
      await writeFile(join(folder, "SKILL.md"), `${head}Say ahoy.\n`);
      model.enqueue(message("ahoy"));
      await thread.run(["Greet.", await codex.skills.get("greet", { forceReload: true })]);
      assert.match(JSON.stringify(model.requests.at(-1)?.inputItems), /Say ahoy/);
      await codex.skills.disable("greet");
      await assert.rejects(codex.skills.get("greet", { forceReload: true }), /is disabled/);
    },
  },
  "Trace context of requests": {
    options: { trace: () => ({ traceparent }) },
    async run(place): Promise<void> {
      await say(place, "hi");
    },
  },
};
