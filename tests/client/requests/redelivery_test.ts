/** Requests that the server delivers again, as it does when their thread is resumed. */
import { tool } from "../../../mod.ts";
import { fakeTurn, notification } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, open } from "../_fixture.ts";
import { answers, asking, COMMAND, PARAMS, quiet, send, THREAD, TURN } from "./_requests.ts";

const CALL = { callId: "call-1", namespace: null, tool: "pay", arguments: {} };

test("a person is asked once about a request that is delivered again, even under another id [R-95]", async () => {
  await using fixture = await asking();
  const { codex, thread, server } = fixture;
  await using requests = thread.requests();
  const QUESTION = "item/tool/requestUserInput";
  send(fixture, 1, COMMAND, PARAMS[COMMAND]);
  send(fixture, 2, QUESTION, PARAMS[QUESTION]);
  await quiet(fixture);
  send(fixture, 1, COMMAND, PARAMS[COMMAND]);
  send(fixture, 11, COMMAND, PARAMS[COMMAND]);
  send(fixture, 12, QUESTION, PARAMS[QUESTION]);
  // A part of the same command has an approval of its own.
  send(fixture, 3, COMMAND, { ...PARAMS[COMMAND], approvalId: "part" });
  await quiet(fixture);
  assertEquals(codex.openRequests().map(({ id }) => id), [1, 2, 3]);
  assertEquals(requests.pending, 3);
  const [command, question, part] = codex.openRequests();
  if (command?.kind !== "commandApproval" || question?.kind !== "userInput") throw new Error();
  command.approve();
  question.answer("blue");
  part?.decline();
  await quiet(fixture);
  send(fixture, 21, COMMAND, PARAMS[COMMAND]);
  server.notify("serverRequest/resolved", { threadId: THREAD, requestId: 21 }); // too late
  await quiet(fixture);
  const accept = { decision: "accept" };
  for (const id of [1, 11, 21]) assertEquals(answers(fixture, id), [{ id, result: accept }]);
  const blue = { answers: { colour: { answers: ["blue"] } } };
  for (const id of [2, 12]) assertEquals(answers(fixture, id), [{ id, result: blue }]);
  assertEquals(answers(fixture, 3), [{ id: 3, result: { decision: "decline" } }]);
  assertEquals(codex.openRequests(), []);
});

test("a tool runs once per call: a call that is delivered again after its answer gets the same answer, until its turn ends [R-95]", async () => {
  let runs = 0;
  await using fixture = await open();
  const { codex, server } = fixture;
  const pay = tool({ name: "pay", description: "Pays.", run: () => `payment ${++runs}` });
  const thread = await codex.threadStart({ tools: [pay] });
  const ids = { threadId: thread.id, turnId: TURN };
  await thread.turn("hi");
  server.notify("turn/started", { threadId: thread.id, turn: fakeTurn(TURN) });
  const call = async (id: number, more: object = {}): Promise<string> => {
    const reply = await server.request("item/tool/call", { ...CALL, ...ids, ...more }, { id });
    return JSON.stringify(reply.result).match(/payment \d/)?.[0] ?? "";
  };
  assertEquals([await call(1), await call(1), await call(2)], [
    "payment 1",
    "payment 1",
    "payment 1",
  ]);
  assertEquals(await call(3, { callId: "call-2" }), "payment 2");
  // A model that gives two calls the same id: the second one starts an item of its own.
  const item = { type: "dynamicToolCall", id: CALL.callId };
  server.sendBatch([notification("item/started", { ...ids, item, startedAtMs: 0 })]);
  assertEquals([await call(4), await call(5)], ["payment 3", "payment 3"]);
  server.sendBatch([completed("completed", {}, TURN, thread.id)]);
  assertEquals([await call(6), runs], ["payment 4", 4]);
});
