import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Codex, tool, TurnFailedError } from "../../mod.ts";
import {
  deltas,
  functionCall,
  ModelServer,
  recordTransport,
  replayTransport,
  ScriptedModel,
  shellCommand,
  viewRecording,
} from "../../testing.ts";
import type { Connect } from "../../transport.ts";
import { stdio } from "../../transports/auto.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { test } from "../_support/test.ts";

/** A turn with a message, a command that asks, and a tool. To record it again, delete the file and run this test. */
const SESSION = fileURLToPath(new URL("../_data/recordings/session.jsonl", import.meta.url));
const KEY = "opaque-upstream-key";

/** Runs a program against a server, and returns what it saw. */
async function program(connect: Connect): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const stock = tool<{ part: string }>({
    name: "stock",
    description: "How many of a part there are in stock.",
    input: { type: "object", properties: { part: { type: "string" } }, required: ["part"] },
    run: ({ part }) => {
      seen.push(`tool ${part}`);
      return "3";
    },
  });
  await using codex = await Codex.start({ connect, clientName: "recorded" });
  const thread = await codex.threadStart({
    tools: [stock],
    onCommandApproval: ({ command, reason }) => {
      seen.push(`approval ${command} ${reason}`);
      return "accept";
    },
  });
  const turn = await thread.turn("How many gears are there?");
  let pieces = 0;
  for await (const _ of turn.textStream()) pieces++;
  const { finalResponse, items, usage } = await turn.run();
  return [
    ...seen,
    ...[pieces, finalResponse, usage?.turn.inputTokens],
    ...items.map((item) => item.type === "commandExecution" ? item.aggregatedOutput : item.type),
  ];
}

test("a recorded session plays without a server what the real binary did", async () => {
  if (!existsSync(SESSION)) {
    await using scripted = await ScriptedModel.start();
    const { codexHome, cwd, env } = scripted.options;
    scripted.model.enqueue(shellCommand("echo gear", { escalate: "to see it" }));
    scripted.model.enqueue(functionCall("stock", { part: "gear" }, { callId: "call-1" }));
    scripted.model.enqueue(deltas(["There are ", "3 gears."]));
    const redact = (text: string): string =>
      text.replaceAll(hostname(), "[host]").replaceAll(tmpdir(), "/tmp")
        .replace(/codex-test-\w+/g, "codex-test");
    await program(recordTransport(stdio({ codexHome, cwd, env }), SESSION, { redact }));
  }
  assertEquals(await program(replayTransport(SESSION)), [
    "approval /bin/bash -lc 'echo gear' to see it",
    "tool gear",
    2,
    "There are 3 gears.",
    0,
    "userMessage",
    "gear\n",
    "dynamicToolCall",
    "agentMessage",
  ]);
  const lines = await collect(viewRecording(SESSION));
  assert(lines.some((line) => /< \? item\/commandExecution\/requestApproval/.test(line)));
  assert(lines.some((line) => /< item\/agentMessage\/delta x2 "There are 3 gears\."/.test(line)));
});

test(
  "a model that was recorded once answers the real binary offline, in another folder, with its command and its output",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "codex-recording-"));
    const file = join(folder, "model.jsonl");
    const answer = async (server: ModelServer, question: string): Promise<string | null> => {
      await using scripted = await ScriptedModel.start({ server });
      await using codex = await Codex.start(scripted.options);
      const thread = await codex.threadStart();
      const { finalResponse, items } = await thread.run(question);
      const command = items.find((item) => item.type === "commandExecution");
      assertStringIncludes(command?.aggregatedOutput ?? "", scripted.options.cwd);
      return finalResponse;
    };
    const upstream = await ModelServer.start();
    upstream.enqueue(shellCommand("pwd"));
    upstream.enqueue(deltas(["You are ", "here."]));
    const options = { file, upstream: { url: upstream.url, apiKey: KEY } };
    const first = await answer(await ModelServer.record(options), "Where am I?");
    assertEquals([first, upstream.requests.length], ["You are here.", 2]);
    assertEquals(upstream.requests[1]?.headers["authorization"], `Bearer ${KEY}`);
    await upstream.close();
    assert(!(await readFile(file, "utf8")).includes(KEY));

    const again = await ModelServer.record(options);
    assertEquals(await answer(again, "Where am I?"), "You are here.");
    assertEquals(again.unexpected.length, 0);
    const error = await assertRejects(
      async () => answer(await ModelServer.replay(file), "Who am I?"),
      TurnFailedError,
    );
    assertStringIncludes(error.message, "Who am I?");
    assertStringIncludes(error.message, "use ModelServer.record()");
    await rm(folder, { recursive: true });
  },
  { timeoutMs: 120_000 },
);
