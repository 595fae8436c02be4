import { tool } from "../../../mod.ts";
import { notification } from "../../../testing.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, itemCompleted, reasonOf, settled, THREAD, TURN } from "../_fixture.ts";
import { traced } from "./_traced.ts";

const APPROVAL = "item/commandExecution/requestApproval";
const ASKED = { threadId: THREAD, turnId: TURN, itemId: "command-1", command: "cat secret" };
const CALL = {
  threadId: THREAD,
  turnId: TURN,
  callId: "call-1",
  namespace: null,
  tool: "lookup",
  arguments: { city: "secret" },
};

function started(item: object): ReturnType<typeof notification> {
  return notification("item/started", { threadId: THREAD, turnId: TURN, item, startedAtMs: 0 });
}

test("tracing makes an approval a child of its item, with the decision and nothing of the command", async () => {
  await using fixture = await traced();
  const { thread, server, recorder, codex } = fixture;
  codex.handle(APPROVAL, () => ({ decision: "accept" }));
  const turn = await thread.turn("hi");
  const item = { type: "commandExecution", id: "command-1" };
  server.sendBatch([started(item)]);
  await server.request(APPROVAL, ASKED);
  server.sendBatch([itemCompleted(item)]);
  await server.request("item/fileChange/requestApproval", ASKED); // its item has ended
  server.sendBatch([completed()]);
  await turn.run();
  const span = recorder.only(`codex.server_request ${APPROVAL}`);
  assertEquals([span.kind, span.status], [1, undefined]);
  assertEquals(span.parent?.name, "codex.item commandExecution");
  assertEquals(span.attributes, {
    "rpc.system.name": "jsonrpc",
    "rpc.method": APPROVAL,
    "gen_ai.conversation.id": THREAD,
    "codex.turn.id": TURN,
    "codex.item.id": "command-1",
    "codex.decision": "accept",
  });
  const late = recorder.only("codex.server_request item/fileChange/requestApproval");
  assertEquals(late.parent?.name, "codex.turn");
  recorder.assertEnded();
  assert(!JSON.stringify(recorder.spans).includes("secret"));
});

test("tracing makes a request without a turn a child of the running one", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  await thread.turn("hi");
  await server.request("execCommandApproval", { conversationId: THREAD, callId: "c" });
  const { parent, attributes } = recorder.only("codex.server_request execCommandApproval");
  assertEquals([parent?.name, attributes["gen_ai.conversation.id"]], ["codex.turn", THREAD]);
});

test("tracing records the kind of an object decision, and an elicitation's action", async () => {
  await using fixture = await traced();
  const { server, recorder, codex } = fixture;
  const decision = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["secret"] } };
  codex.handle(APPROVAL, () => ({ decision }));
  await server.request(APPROVAL, ASKED);
  await server.request("mcpServer/elicitation/request", { threadId: THREAD, turnId: null });
  const decisions = recorder.named("codex.server_request").map(({ attributes }) => {
    return attributes["codex.decision"];
  });
  assertEquals(decisions, ["acceptWithExecpolicyAmendment", "decline"]);
  assert(!JSON.stringify(recorder.spans).includes("secret"));
});

test("tracing gives a request of an unknown turn no parent", async () => {
  await using fixture = await traced();
  const { server, recorder } = fixture;
  await server.request("attestation/generate", {});
  await server.request(APPROVAL, { ...ASKED, turnId: "turn-9" });
  await server.request("from/the/future", {});
  assertEquals(recorder.tree(), [
    "codex.server_request attestation/generate < none",
    `codex.server_request ${APPROVAL} < none`,
    "codex.server_request from/the/future < none",
  ]);
  assertEquals(recorder.only("codex.server_request from/the/future").status?.code, 2);
  recorder.assertEnded();
});

test("tracing runs a tool inside the span of its call", async () => {
  await using fixture = await traced();
  const { thread, server, recorder, codex } = fixture;
  codex.handle("item/tool/call", async () => {
    await Promise.resolve();
    recorder.within("fetch", () => {});
    return { contentItems: [{ type: "inputText", text: "secret" }], success: true };
  });
  const turn = await thread.turn("hi");
  server.sendBatch([started({ type: "dynamicToolCall", id: "call-1", tool: "lookup" })]);
  await server.request("item/tool/call", CALL);
  server.sendBatch([completed()]);
  await turn.run();
  assertEquals(recorder.tree().slice(-3), [
    "codex.item dynamicToolCall < codex.turn",
    "codex.tool lookup < codex.item dynamicToolCall",
    "fetch < codex.tool lookup",
  ]);
  const { attributes, status, kind } = recorder.only("codex.tool lookup");
  assertEquals([kind, status], [0, undefined]);
  assertEquals(attributes, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "lookup",
    "gen_ai.tool.call.id": "call-1",
    "gen_ai.tool.type": "function",
    "gen_ai.conversation.id": THREAD,
    "codex.turn.id": TURN,
  });
  recorder.assertEnded();
  assert(!JSON.stringify(recorder.spans).includes("secret"));
});

test("tracing records a tool that reports failure", async () => {
  await using fixture = await traced();
  const { server, recorder, codex } = fixture;
  codex.handle("item/tool/call", () => ({ contentItems: [], success: false }));
  await server.request("item/tool/call", CALL);
  const { attributes, status, exceptions } = recorder.only("codex.tool lookup");
  assertEquals(status?.code, 2);
  assertEquals(attributes["error.type"], "tool_failed");
  assertEquals(exceptions, []);
  recorder.assertEnded();
});

test("tracing records what a tool threw, and its timeout", async () => {
  const tools = [
    tool({
      name: "lookup",
      description: "Throws.",
      run: () => {
        throw new RangeError("no such city");
      },
    }),
    tool({ name: "slow", description: "Hangs.", timeoutMs: 1, run: () => new Promise(() => {}) }),
  ];
  await using fixture = await traced();
  const { server, recorder, codex } = fixture;
  const { id: threadId } = await codex.threadStart({ tools });
  const call = { ...CALL, threadId, arguments: {} };
  const { result } = await server.request("item/tool/call", call);
  assertEquals((result as { success: boolean }).success, false);
  await server.request("item/tool/call", { ...call, tool: "slow" });
  const [threw, slow] = recorder.named("codex.tool ");
  assertEquals(threw?.status, { code: 2, message: "RangeError" });
  assertEquals(threw?.exceptions.map(({ name }) => name), ["RangeError"]);
  assertEquals(slow?.attributes["error.type"], "tool_timeout");
  recorder.assertEnded();
});

test("tracing records what a handler threw, although the server gets a decline", async () => {
  await using fixture = await traced();
  const { server, recorder, codex } = fixture;
  codex.handle(APPROVAL, () => {
    throw new RangeError("no dialog");
  });
  const { result } = await server.request(APPROVAL, ASKED);
  assertEquals(result, { decision: "decline" });
  const span = recorder.only(`codex.server_request ${APPROVAL}`);
  assertEquals(span.status, { code: 2, message: "RangeError" });
  assertEquals(span.attributes["error.type"], "RangeError");
  assertEquals(span.attributes["codex.decision"], "decline");
  assertEquals(span.exceptions.length, 1);
  recorder.assertEnded();
});

test("tracing survives anything that handlers and tools throw: the server gets an answer, and the spans end", async () => {
  for (const thrown of [Object.create(null), Object.assign(new Error(), { message: 5 })]) {
    const fail = (): never => {
      throw thrown;
    };
    await using fixture = await traced();
    const { server, recorder, codex } = fixture;
    codex.handle(APPROVAL, fail);
    const { result } = await server.request(APPROVAL, ASKED);
    assertEquals(result, { decision: "decline" });
    const tools = [tool({ name: "lookup", description: "Throws.", run: fail })];
    const { id: threadId } = await codex.threadStart({ tools });
    const call = { ...CALL, threadId, arguments: {} };
    const { result: output } = await server.request("item/tool/call", call);
    const { contentItems: [item] } = output as { contentItems: { text: string }[] };
    assert(item?.text.startsWith('The tool "lookup" failed: '), item?.text);
    assertEquals(recorder.only("codex.tool lookup").status?.code, 2);
    recorder.assertEnded();
  }
});

test("tracing ends the span of a request that is resolved elsewhere or open at close, although its handler never ends", async () => {
  await using fixture = await traced();
  const { server, recorder, codex } = fixture;
  codex.handle(APPROVAL, () => new Promise(() => {}));
  const first = reasonOf(server.request(APPROVAL, ASKED, { id: "a", timeoutMs: 5_000 }));
  const another = { ...ASKED, approvalId: "2" };
  const second = reasonOf(server.request(APPROVAL, another, { id: "b", timeoutMs: 5_000 }));
  server.notify("serverRequest/resolved", { threadId: THREAD, requestId: "a" });
  await settled(fixture);
  const [a, b] = recorder.named("codex.server_request");
  assertEquals([a?.ends, b?.ends], [1, 0]);
  await codex.close();
  assertEquals([a?.attributes["codex.cancelled"], b?.attributes["codex.cancelled"]], [true, true]);
  recorder.assertEnded();
  await Promise.all([first, second]);
});
