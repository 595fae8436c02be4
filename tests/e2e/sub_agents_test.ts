import type { CodexOptions, SubAgent } from "../../mod.ts";
import {
  type Gate,
  gate,
  message,
  rawEvent,
  type RecordedRequest,
  type ResponseStep,
  shellCommand,
} from "../../testing.ts";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** The two generations of the tools that start agents. */
const GENERATIONS = {
  v1: {
    features: {},
    spawn: toolCall("multi_agent_v1", "spawn_agent", { message: "count the files" }),
  },
  v2: {
    features: { multi_agent_v2: true },
    spawn: toolCall("collaboration", "spawn_agent", {
      task_name: "counter",
      message: "count the files",
      fork_turns: "none",
    }),
  },
} as const;

/** A call to a tool in a namespace. */
function toolCall(namespace: string, name: string, args: Record<string, unknown>): ResponseStep {
  const item = { type: "function_call", call_id: "spawn", name, namespace };
  return rawEvent({
    type: "response.output_item.done",
    item: { ...item, arguments: JSON.stringify(args) },
  });
}

/** Whether a model request comes from a sub-agent. */
function isChild({ headers }: RecordedRequest): boolean {
  const metadata: unknown = JSON.parse(headers["x-codex-turn-metadata"] ?? "{}");
  return (metadata as { readonly parent_thread_id?: string }).parent_thread_id !== undefined;
}

/** The parent starts an agent, and ends after the agent has reported its answer. */
async function start(
  generation: keyof typeof GENERATIONS,
  child: (request: RecordedRequest) => ResponseStep[],
  parent: Gate,
  options: CodexOptions = {},
): Promise<ScriptedCodex> {
  const { features, spawn } = GENERATIONS[generation];
  return await ScriptedCodex.start(options, {
    features,
    respond: (request) => {
      if (isChild(request)) return child(request);
      return request.functionOutputs().has("spawn") ? [parent, message("all done")] : [spawn];
    },
  });
}

async function first(agents: AsyncIterableIterator<SubAgent>): Promise<SubAgent> {
  const { value, done } = await agents.next();
  assert(!done);
  return value;
}

for (const generation of ["v1", "v2"] as const) {
  test(
    `turn.subAgents shows what an agent does (${generation}), and the thread's handlers get its requests [R-18] [R-40]`,
    async () => {
      const parent = gate();
      await using session = await start(
        generation,
        (request) =>
          request.functionOutputs().has("list")
            ? [message("two files")]
            : [shellCommand("echo a b", { callId: "list", escalate: "to look" })],
        parent,
      );
      const thread = await session.codex.threadStart({ approvalMode: "ask" });
      const asked: string[] = [];
      thread.handle("item/commandExecution/requestApproval", ({ threadId, turnId, itemId }) => {
        asked.push(`${threadId} ${turnId} ${itemId}`);
        return { decision: "accept" };
      });
      const turn = await thread.turn("go");
      const agents = turn.subAgents();
      const agent = await first(agents);
      assertEquals(agent.parentThreadId, thread.id);
      assert(agent.threadId !== thread.id);
      if (generation === "v1") assertEquals([agent.prompt, agent.path], ["count the files", null]);
      else assertEquals([agent.prompt, agent.path], [null, "/root/counter"]);
      const output: string[] = [];
      for await (const command of agent.turn.commands()) {
        for await (const chunk of command.output) output.push(chunk);
      }
      const result = await agent.turn.run();
      assertEquals([result.threadId, result.finalResponse], [agent.threadId, "two files"]);
      assertEquals(output.join(""), "a b\n");
      assertEquals(asked, [`${agent.threadId} ${agent.turn.id} list`]);
      const { thread: stored } = await agent.read();
      assertEquals(stored.parentThreadId, thread.id);
      assertMatch(stored.agentNickname ?? "", /\w/);
      parent.open();
      const whole = await turn.run();
      assertEquals(whole.finalResponse, "all done");
      assert(whole.items.every(({ type }) => type !== "commandExecution"));
      assertEquals((await agents.next()).done, true);
    },
    { timeoutMs: 30_000 },
  );
}

test(
  "turn.subAgents yields an agent that survives the interrupt of its parent until it is interrupted too",
  async () => {
    const hold = gate();
    const parent = gate();
    await using session = await start("v1", () => [hold, message("late")], parent);
    const thread = await session.codex.threadStart();
    const turn = await thread.turn("go");
    const agents = turn.subAgents();
    const agent = await first(agents);
    await hold.untilReached();
    await turn.interrupt();
    assertEquals((await turn.run()).status, "interrupted");
    assertEquals((await agents.next()).done, true);
    const { thread: stored } = await agent.read();
    assertEquals(stored.status.type, "active");
    await agent.turn.interrupt();
    assertEquals((await agent.turn.run()).status, "interrupted");
  },
  { timeoutMs: 30_000 },
);

test("codex.close ends agents that are being followed", async () => {
  const hold = gate();
  const session = await start("v1", () => [hold, message("late")], gate());
  const turn = await (await session.codex.threadStart()).turn("go");
  const agent = await first(turn.subAgents());
  await hold.untilReached();
  await session[Symbol.asyncDispose]();
  assertEquals((await agent.turn.run()).status, "interrupted");
}, { timeoutMs: 30_000 });
