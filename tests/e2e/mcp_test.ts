import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ElicitationRequest } from "../../mod.ts";
import { InvalidStateError, JsonRpcError } from "../../errors.ts";
import { message, rawEvent } from "../../testing.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assertEquals, assertMatch, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { scriptCommand, until } from "../process/_current.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const PAINTER = scriptCommand(fileURLToPath(new URL("_painter.mjs", import.meta.url)), "-A");
const [command = "", ...args] = PAINTER;
const TOOLS = ["add", "askForm", "askUrl", "coat", "fail", "takeBack"];

/** The text of a tool's result. */
const textOf = ({ content }: { readonly content: readonly unknown[] }): string =>
  (content[0] as { readonly text: string }).text;

test(
  "codex.mcp lists servers, calls tools, adds servers",
  async () => {
    await using session = await ScriptedCodex.start({
      mcpServers: { painter: { command, args }, broken: { command: "/nonexistent/mcp" } },
    });
    const { codex, scripted } = session;
    const failed = deferred<readonly [string, string | null]>();
    codex.on("mcpServer/startupStatus/updated", ({ name, status, error }) => {
      if (status === "failed") failed.resolve([name, error]);
    });
    const { id: threadId } = await codex.threadStart();

    const [name, error] = await failed.promise;
    assertEquals(name, "broken");
    assertMatch(error ?? "", /broken.*failed to start/);
    const call = { threadId, server: "painter" };
    const added = await codex.mcp.callTool({ ...call, tool: "add", arguments: { a: 1, b: 2 } });
    assertEquals([textOf(added), added.structuredContent], ["3", { sum: 3 }]);
    const servers = await codex.mcp.list({ threadId });
    assertEquals(
      servers.map(({ name, runtimeStatus }) => [name, runtimeStatus]),
      [["broken", "failed"], ["painter", "connected"]],
    );
    const [broken, painter] = servers;
    assertMatch(broken?.toolsError ?? "", /startup failed/);
    assertEquals(Object.keys(painter?.tools ?? {}).sort(), TOOLS);
    assertEquals(painter?.resources.map(({ uri }) => uri), ["paint://colours"]);
    assertEquals(painter?.serverInfo?.version, "1.2.3");
    const refused = await codex.mcp.callTool({ ...call, tool: "fail" });
    assertEquals([textOf(refused), refused.isError], ["no paint left", true]);
    for (const server of ["broken", "nobody"]) {
      await assertRejects(
        () => codex.mcp.callTool({ threadId, server, tool: "add" }),
        JsonRpcError,
      );
    }
    const resource = { server: "painter", uri: "paint://colours", threadId };
    assertEquals(await codex.mcp.readResource(resource), [
      { uri: "paint://colours", mimeType: "text/plain", text: "red, blue" },
    ]);

    await codex.mcp.add({ "second.one": { command, args, enabledTools: ["add"] } });
    const second = { threadId, server: "second.one" };
    const sum = await codex.mcp.callTool({ ...second, tool: "add", arguments: { a: 4, b: 5 } });
    assertEquals(textOf(sum), "9");
    const one = { threadId, serverName: "second.one", detail: "toolsAndAuthOnly" as const };
    assertEquals((await codex.mcp.list(one)).map(({ tools }) => Object.keys(tools)), [["add"]]);
    await codex.mcp.remove("second.one");
    assertEquals(await codex.mcp.list(one), []);
    await assertRejects(() => codex.mcp.callTool({ ...second, tool: "add" }), JsonRpcError);

    // What another layer of the configuration defines stays, and nothing is written.
    const changes = [
      () => codex.mcp.remove("painter"),
      () => codex.mcp.add({ painter: { command } }),
    ];
    for (const change of changes) {
      await assertRejects(change, InvalidStateError, '"mcpServers" of the client defines it');
    }
    const toml = await readFile(join(scripted.home.path, "config.toml"), "utf8");
    assertEquals(/mcp_servers/.test(toml), false);
  },
  { timeoutMs: 60_000 },
);

test(
  "questions of MCP servers reach handlers, and can be taken back [R-35]",
  async () => {
    await using session = await ScriptedCodex.start({ mcpServers: { painter: { command, args } } });
    const { codex, model } = session;
    const asked: ElicitationRequest[] = [];
    const ended: string[] = [];
    let leaveOpen = false;
    const thread = await codex.threadStart({
      onElicitation: (request) => {
        asked.push(request);
        if (!leaveOpen) return request.accept(request.mode === "form" ? { colour: "blue" } : {});
        return new Promise((resolve) =>
          request.signal.addEventListener("abort", () => {
            ended.push(`${request.state}: ${request.signal.reason.message}`);
            resolve();
          })
        );
      },
    });
    const call = { threadId: thread.id, server: "painter" };
    const form = textOf(await codex.mcp.callTool({ ...call, tool: "askForm" }));
    assertEquals(JSON.parse(form), { action: "accept", content: { colour: "blue" } });
    assertEquals(
      JSON.parse(textOf(await codex.mcp.callTool({ ...call, tool: "askUrl" }))).action,
      "accept",
    );
    assertEquals(asked.map(({ mode, message, url, turnId }) => [mode, message, url, turnId]), [
      ["form", "Which colour?", null, null],
      ["url", "Choose a colour", "https://paint.example.com/choose", null],
    ]);

    leaveOpen = true;
    const back = await codex.mcp.callTool({ ...call, tool: "takeBack", arguments: { ms: 50 } });
    assertMatch(textOf(back), /^taken back/);
    assertEquals(ended, ["withdrawn: The call that asked has ended"]);
    assertEquals(codex.openRequests(), []);
    // Codex itself no longer waits for an answer.
    await until(async () => (await thread.read()).thread.status.type === "idle");

    // The same for a call of the agent: the question ends with the call, before the turn does.
    model.enqueue(rawEvent({
      type: "response.output_item.done",
      item: {
        type: "function_call",
        id: "call-1",
        call_id: "call-1",
        name: "takeBack",
        namespace: "mcp__painter",
        arguments: '{"ms":50}',
      },
    }));
    model.enqueue(message("done"));
    const turn = await thread.turn("paint");
    for await (const event of turn.stream()) {
      if (event.method !== "item/completed" || event.params.item.type !== "agentMessage") continue;
      assertEquals(ended.length, 2);
    }
    assertEquals(asked.map(({ state }) => state), [
      "answered",
      "answered",
      "withdrawn",
      "withdrawn",
    ]);
  },
  { timeoutMs: 60_000 },
);
