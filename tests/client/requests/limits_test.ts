import { TransportClosedError, type UserRequest } from "../../../mod.ts";
import { RequestSettledError } from "../../../errors.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assert, assertEquals, assertInstanceOf, assertThrows } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { begun, spawned } from "../agents/_agents.ts";
import { completed, open, reasonOf } from "../_fixture.ts";
import { kept } from "../_kept.ts";
import {
  answers,
  ask,
  asking,
  COMMAND,
  FILES,
  MCP_TOOL,
  PARAMS,
  quiet,
  send,
  settled,
} from "./_requests.ts";

const ELICITATION = "mcpServer/elicitation/request";
const INPUT = "item/tool/requestUserInput";
const DECLINED = '{"decision":"decline"}';
const DONE = { value: undefined, done: true } as const;

test("requests() opened after the end ends immediately, even without earlier readers [R-13]", async () => {
  await using fixture = await asking();
  const { codex, thread, turn, server } = fixture;
  server.sendBatch([completed()]);
  await turn.run();
  assertEquals(await turn.requests().next(), DONE);
  await thread.close();
  assertEquals(await thread.requests().next(), DONE);
  await codex.close();
  assertEquals(await codex.requests().next(), DONE);

  await using lost = await open();
  lost.server.exit({ code: 1 });
  await lost.codex.exited;
  assertInstanceOf(await reasonOf(lost.codex.requests().next()), TransportClosedError);
  assertInstanceOf(await reasonOf(lost.thread.requests().next()), TransportClosedError);
});

test("a request that reuses an id replaces the previous one, which is withdrawn [R-08] [R-33]", async () => {
  await using fixture = await asking();
  const { thread } = fixture;
  await using requests = thread.requests();
  for (const id of [0, "", "0", -1]) send(fixture, id, COMMAND);
  send(fixture, 0, COMMAND, { ...PARAMS[COMMAND], itemId: "another" });
  await quiet(fixture);
  const open = thread.openRequests();
  assertEquals(open.map(({ id }) => id), ["", "0", -1, 0]);
  assertEquals(requests.pending, 4); // withdrawn requests are not read
  for (const request of open) request.decline();
  await quiet(fixture);
  for (const id of [0, "", "0", -1]) {
    assertEquals(answers(fixture, id), [{ id, result: { decision: "decline" } }]);
  }
});

test("requests without usable params still reach handlers and readers as objects [R-69]", async () => {
  const seen: unknown[] = [];
  const look = (request: UserRequest): void => {
    for (let at: object = request; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const name of Object.getOwnPropertyNames(at)) Reflect.get(at, name, request);
    }
    seen.push(request.params);
  };
  await using fixture = await asking({
    onCommandApproval: look,
    onFileChangeApproval: look,
    onPermissionsApproval: look,
    onUserInput: look,
    onElicitation: look,
    onExecCommandApproval: look,
    onApplyPatchApproval: look,
  });
  await using requests = fixture.codex.requests();
  for (const params of [null, 5, "text", [], undefined]) {
    for (const method of Object.keys(PARAMS) as ServerRequestMethod[]) {
      const reply = fixture.server.request(method, params as never);
      await quiet(fixture);
      if (requests.pending > 0) (await requests.next()).value?.decline();
      await reply;
    }
  }
  assertEquals(seen, Array.from({ length: 5 * 7 }, () => ({})));
  assert(fixture.diagnostics.every(({ kind }) => kind === "unhandledRequest"));
});

test("approvalTimeoutMs and its decision come independently from the nearest scope that sets them [R-36]", async () => {
  const onCommandApproval = (): Promise<never> => new Promise(() => {});
  const client = { onCommandApproval, approvalTimeoutMs: 10 };
  await using ofTurn = await asking(client, { approvalTimeoutDecision: "cancel" });
  assertEquals(await ask(ofTurn, COMMAND), '{"decision":"cancel"}');
  await using ofClient = await asking({ ...client, approvalTimeoutDecision: "cancel" }, {
    approvalTimeoutMs: 5,
  });
  assertEquals(await ask(ofClient, COMMAND), '{"decision":"cancel"}');
  await using ofNobody = await asking(client);
  assertEquals(await ask(ofNobody, COMMAND), DECLINED);
});

test("approvalTimeoutMs accepts any number of milliseconds, and nothing else [R-36]", async () => {
  await using fixture = await open();
  const { thread, server } = fixture;
  for (const approvalTimeoutMs of [-1, Number.NaN, "5", -Infinity, true]) {
    const options = { approvalTimeoutMs: approvalTimeoutMs as number };
    assertInstanceOf(await reasonOf(thread.turn("hi", options)), RangeError);
  }
  assertEquals(server.received.some(({ method }) => method === "turn/start"), false);
  for (const approvalTimeoutMs of [Infinity, 2 ** 31, Number.MAX_VALUE, 0]) {
    await using patient = await asking({
      approvalTimeoutMs,
      onCommandApproval: () => new Promise(() => {}),
    });
    send(patient, 1, COMMAND);
    await quiet(patient);
    assertEquals(patient.codex.openRequests().length, 1); // a timer that long would fire immediately
  }
});

test("null handlers count as absent, even in an object of handlers [R-74]", async () => {
  await using fixture = await asking({ handlers: { [COMMAND]: null as never } }, {
    handlers: { [FILES]: null as never },
    onUserInput: null as never,
    approvals: null as never,
  });
  for (const method of [COMMAND, FILES] as const) {
    assertEquals(await ask(fixture, method), DECLINED);
  }
  assert(fixture.diagnostics.every(({ kind }) => kind === "unhandledRequest"));
});

test("FileChangeApproval.changes is null if the item was not seen, which nobody can mistake for no change", async () => {
  const seen: unknown[] = [];
  await using fixture = await asking({
    onFileChangeApproval: ({ changes }) => {
      seen.push(changes);
      return changes?.every(({ path }) => path.endsWith(".md")) ? "accept" : "decline";
    },
  });
  assertEquals([await ask(fixture, FILES), seen], [DECLINED, [null]]);
});

test("McpToolApproval never persists more than was offered, even with a protocol answer [R-37]", async () => {
  const given: FakeMessage[] = [];
  await using fixture = await asking({
    onMcpToolApproval: () => ({
      action: "accept",
      content: {},
      ...given.at(-1) as { _meta: null },
    }),
  });
  const offering = (persist: unknown): FakeMessage => ({
    ...MCP_TOOL,
    _meta: { codex_approval_kind: "mcp_tool_call", persist },
  });
  for (
    const [persist, offered, action] of [
      ["always", ["session"], "decline"],
      ["session", "always", "decline"],
      ["session", "session", "accept"],
      ["always", ["always"], "accept"],
      [undefined, null, "accept"],
    ]
  ) {
    given.push(persist === undefined ? {} : { _meta: { persist } });
    const reply = await fixture.server.request(ELICITATION, offering(offered));
    assertEquals((reply.result as { action: unknown }).action, action, String(persist));
  }
});

test("UserInputRequest errors do not quote a rejected answer, which may be a secret", async () => {
  const [question] = PARAMS[INPUT].questions as [FakeMessage];
  const questions = [question, { ...question, id: "password", isSecret: true }];
  let messages = "";
  await using fixture = await asking({
    onUserInput: (request) => {
      for (const answer of ["hunter2", { password: { text: "hunter2" } }, ["hunter2"]]) {
        messages += String(assertThrows(() => request.answer(answer as never), TypeError));
      }
      request.decline();
    },
  });
  await ask(fixture, INPUT, { ...PARAMS[INPUT], questions });
  assert(messages !== "" && !messages.includes("hunter2"), messages);
});

test("Thread.openRequests lists the requests of sub-agents, as Thread.requests yields them [R-18]", async () => {
  await using fixture = await asking();
  const { thread, codex, server } = fixture;
  await using requests = thread.requests();
  server.sendBatch([...spawned("child"), begun("child")]);
  const ofChild = { ...PARAMS[COMMAND], threadId: "child", turnId: "turn of child" };
  const reply = ask(fixture, COMMAND, ofChild);
  const { value } = await requests.next();
  assertEquals([thread.openRequests(), codex.openRequests()], [[value], [value]]);
  value?.decline();
  assertEquals([await reply, thread.openRequests()], [DECLINED, []]);
});

test("Thread.run with idleTimeoutMs pauses while a request that was read is open, and continues afterwards [R-20]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { thread, server } = fixture;
  await using requests = thread.requests();
  const running = reasonOf(thread.run("hi", { idleTimeoutMs: 60 }));
  let isOver = false;
  void running.then(() => isOver = true);
  await server.nextRequest("turn/start");
  const reply = ask(fixture, COMMAND);
  const { value } = await requests.next();
  await clock.advance(250);
  assertEquals([isOver, value?.state], [false, "open"]);
  value?.decline();
  assertEquals(await reply, DECLINED);
  assertEquals((await running as Error).name, "TurnIdleTimeoutError");
  assertEquals(clock.elapsedMs, 310);
  assertThrows(() => value?.decline(), RequestSettledError);
});

test("10,000 requests and as many short-lived readers leave nothing behind", async () => {
  await using fixture = await asking({ approvalTimeoutMs: 60_000 });
  const { thread, turn, codex } = fixture;
  const levels = [codex, thread, turn];
  for (let at = 0; at < 10_000; at++) {
    const requests = levels[at % 3]?.requests();
    if (at % 2 === 0) {
      send(fixture, at, COMMAND);
      (await requests?.next())?.value?.decline();
    } else send(fixture, at, COMMAND); // never read
    await requests?.return();
  }
  await quiet(fixture);
  assertEquals([codex.openRequests().length, kept(codex).requests.open.size], [0, 0]);
  assertEquals(fixture.server.received.filter((message) => "result" in message).length, 10_000);
});

test("requests past 10,000 open ones are declined without asking anyone", async () => {
  let asked = 0;
  await using fixture = await asking({
    onCommandApproval: () => {
      asked++;
      return new Promise<never>(() => {});
    },
  });
  for (let id = 0; id < 10_500; id++) send(fixture, id, COMMAND);
  await settled(fixture);
  await quiet(fixture);
  assertEquals([asked, kept(fixture.codex).requests.open.size], [10_000, 10_000]);
  assertEquals([answers(fixture, 9_999).length, answers(fixture, 10_000).length], [0, 1]);
  fixture.codex.openRequests()[0]?.decline();
  await quiet(fixture);
  send(fixture, "next", COMMAND);
  await quiet(fixture);
  assertEquals([asked, answers(fixture, "next")], [10_001, []]);
}, { timeoutMs: 30_000 });
