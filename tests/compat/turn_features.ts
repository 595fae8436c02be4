/** What an application does with turns. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { image, tool, TurnFailedError, TurnTimeoutError } from "../../mod.ts";
import { deltas, failure, functionCall, gate, message, rawEvent } from "../../testing.ts";
import { type RecordedRequest, shellCommand, usage } from "../../testing.ts";
import type { Features } from "./features.ts";

const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4" +
  "2mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PATCH =
  "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: new.txt\n+hi\n*** End Patch\nEOF";
const LOOK = { type: "custom", instructions: "Look for races." } as const;
const NUMBER = {
  type: "object",
  properties: { n: { type: "number" } },
  required: ["n"],
  additionalProperties: false,
} as const;
const COLOURS = [{ label: "red", description: "" }, { label: "blue", description: "" }];
const QUESTION = { id: "colour", header: "Colour", question: "Which?", options: COLOURS };
const SPAWN = { type: "function_call", namespace: "multi_agent_v1", name: "spawn_agent" };

/** The features of turns. */
export const turnFeatures: Features = {
  "Run a turn: items, tokens, times": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(message("hello"), usage({ inputTokens: 11, outputTokens: 7 }));
      const { status, finalResponse, items, usage: used, durationMs } = await thread.run("hi");
      assert.deepEqual([status, finalResponse, items.length], ["completed", "hello", 2]);
      assert.deepEqual([used?.total.totalTokens, typeof durationMs], [18, "number"]);
    },
  },
  "Stream a turn: events and text": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(deltas(["he", "llo"]));
      const turn = await thread.turn("hi");
      const text = Array.fromAsync(turn.textStream());
      const methods = (await Array.fromAsync(turn)).map(({ method }) => method);
      assert.deepEqual([methods[0], methods.at(-1)], ["turn/started", "turn/completed"]);
      assert.equal((await text).join(""), "hello");
    },
  },
  "Items as views: the output of a command": {
    async run({ thread, model }): Promise<void> {
      const script = "sleep 0.3; echo out; sleep 0.3; exit 3";
      model.enqueue(shellCommand(script)).enqueue(message("done"));
      const [command] = await Array.fromAsync((await thread.turn("go")).commands());
      assert.deepEqual([command?.exitCode, command?.item.aggregatedOutput], [3, "out\n"]);
    },
    except: {
      before: "0.160.1",
      outcome: "works",
      reason: "The first output of a command can be lost if the command keeps running after it.",
    },
  },
  "Interrupt a running turn": {
    async run({ thread, model }): Promise<void> {
      const hold = gate();
      model.enqueue(deltas(["a", hold])).enqueue(message("next"));
      const turn = await thread.turn("go");
      await hold.untilReached();
      await turn.interrupt();
      hold.open();
      assert.equal((await turn.run()).status, "interrupted");
      assert.equal((await thread.run("go on")).finalResponse, "next");
    },
  },
  "Interrupt, abort and leave a turn before it begins, after an interrupted one": {
    async run({ thread, model }): Promise<void> {
      const hold = gate();
      for (let n = 0; n < 5; n++) model.enqueueFor(`no ${n}`, deltas(["a", hold]));
      const first = await thread.turn("no 0");
      await hold.untilReached();
      await first.interrupt();
      await (await thread.turn("no 1")).interrupt();
      const controller = new AbortController();
      const aborted = await thread.turn("no 2", { signal: controller.signal });
      controller.abort(new Error("enough"));
      await assert.rejects(aborted.run(), /enough/);
      await (await thread.turn("no 3")).stream().return();
      await assert.rejects(thread.run("no 4", { timeoutMs: 1 }), TurnTimeoutError);
      hold.open();
      model.enqueueFor("yes", message("free"));
      assert.equal((await thread.run("yes")).finalResponse, "free");
    },
  },
  "Steer a turn; queue a second one": {
    async run({ thread, model }): Promise<void> {
      const hold = gate();
      model.enqueue(message("first"), hold).enqueue(message("second")).enqueue(message("third"));
      const turn = await thread.turn("one");
      for await (const { method, params } of turn.stream({ onLeave: "detach" })) {
        if (method === "item/completed" && params.item.type === "agentMessage") break;
      }
      const queued = thread.run("three", { whenBusy: "queue" });
      await turn.steer("two");
      hold.open();
      const results = [await turn.run(), await queued];
      assert.deepEqual(results.map((one) => one.finalResponse), ["second", "third"]);
      assert.deepEqual(model.requests.map((one) => one.lastUserText()), ["one", "two", "three"]);
    },
  },
  "Change the settings of a running turn": {
    async run({ thread, model }): Promise<void> {
      const hold = gate();
      model.enqueue(hold, message("ok"));
      const turn = await thread.turn("go");
      await hold.untilReached();
      await turn.set({ approvalMode: "autoReview" }).finally(() => hold.open());
      await turn.run();
    },
  },
  "A failed turn is a typed error": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(failure({ status: 500 }));
      await assert.rejects(thread.run("hi"), TurnFailedError);
    },
  },
  "Structured output": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(message('{"n":42}'));
      const { output } = await thread.run<{ n: number }>("?", { output: NUMBER });
      assert.deepEqual([output.n, model.requests[0]?.textFormat?.schema], [42, NUMBER]);
    },
  },
  "Tools in the program": {
    async run({ codex, model }): Promise<void> {
      const description = "Doubles a number.";
      const run = ({ n }: { n: number }): number => n * 2;
      const twice = tool({ name: "twice", description, input: NUMBER, run });
      model.enqueue(functionCall("twice", { n: 21 }, { callId: "c" })).enqueue(message("done"));
      await (await codex.threadStart({ tools: [twice] })).run("go");
      assert.equal(model.requests[1]?.functionOutputs().get("c"), "42");
    },
  },
  "Approve a command": {
    async run({ codex, model }): Promise<void> {
      const thread = await codex.threadStart({
        onCommandApproval: ({ script }) => script === "echo one" ? "accept" : "decline",
      });
      for (const word of ["one", "two"]) {
        model.enqueue(shellCommand(`echo ${word}`, { escalate: "to see" })).enqueue(message(word));
        const { items } = await thread.run("go");
        const [status] = items.flatMap((one) => one.type === "commandExecution" ? one.status : []);
        assert.equal(status, word === "one" ? "completed" : "declined");
      }
    },
  },
  "Approve a file change": {
    async run({ codex, model, workspace }): Promise<void> {
      let changed: unknown;
      const thread = await codex.threadStart({
        onFileChangeApproval: ({ item }) => {
          changed = item;
          return "accept";
        },
      });
      model.enqueue(shellCommand(PATCH)).enqueue(message("done"));
      await thread.run("go");
      assert.equal(await readFile(`${workspace}/new.txt`, "utf8"), "hi\n");
      assert.match(JSON.stringify(changed), /new\.txt/);
    },
  },
  "Answer the agent's questions": {
    model: { features: { default_mode_request_user_input: true } },
    async run({ codex, model }): Promise<void> {
      const thread = await codex.threadStart({ onUserInput: () => ({ colour: "blue" }) });
      model.enqueue(functionCall("request_user_input", { questions: [QUESTION] }, { callId: "q" }));
      model.enqueue(message("done"));
      await thread.run("paint");
      assert.match(model.requests[1]?.functionOutputs().get("q") ?? "", /blue/);
    },
  },
  "Images as input": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(message("a pixel"));
      await thread.run(["Look", image(PIXEL)]);
      assert.match(JSON.stringify(model.requests[0]?.inputItems), /"input_image"/);
    },
  },
  "Run a review; interrupt a review": {
    async run({ thread, model }): Promise<void> {
      const hold = gate();
      model.enqueue(message("no races")).enqueue(deltas(["a", hold])).enqueue(message("free"));
      assert.equal((await (await thread.review(LOOK)).run()).finalResponse, "no races");
      const turn = await thread.review(LOOK);
      await hold.untilReached();
      await turn.interrupt();
      hold.open();
      assert.equal((await turn.run()).status, "interrupted");
      assert.equal((await thread.run("next")).finalResponse, "free");
    },
  },
  "Goals: all turns of a goal as one turn": {
    async run({ thread, model }): Promise<void> {
      model.enqueue(message("one"));
      model.enqueue(functionCall("update_goal", { status: "complete" })).enqueue(message("two"));
      const { finalResponse, goal } = await thread.run("make it so", { goal: true });
      assert.deepEqual([finalResponse, goal?.status], ["two", "complete"]);
    },
  },
  "Sub-agents": {
    async run({ thread, model }): Promise<void> {
      const [hold, child] = [gate(), gate()];
      const item = { ...SPAWN, call_id: "spawn", arguments: '{"message":"count the files"}' };
      const isChild = ({ headers }: RecordedRequest): boolean =>
        headers["x-codex-turn-metadata"]?.includes('"parent_thread_id"') === true;
      model.enqueueFor(isChild, child, message("two files"));
      model.enqueue(rawEvent({ type: "response.output_item.done", item }));
      model.enqueueFor((one) => one.functionOutputs().has("spawn"), hold, message("done"));
      model.enqueueFor("<subagent_notification>", message("done"));
      const turn = await thread.turn("go");
      const { value: agent } = await turn.subAgents().next();
      child.open();
      assert.equal((await agent?.turn.run())?.finalResponse, "two files");
      hold.open();
      assert.equal((await turn.run()).finalResponse, "done");
    },
  },
};
