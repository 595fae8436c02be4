import { externalMessage, type Thread, TurnActiveError, TurnTimeoutError } from "../../../mod.ts";
import type { ExternalMessage } from "../../../types.ts";
import { type FakeMessage, fakeTurn } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  finish,
  type Fixture,
  open,
  settled,
  started,
  THREAD,
} from "../_fixture.ts";

const MAIL = externalMessage({ name: "mail", namespace: "inbox", output: "You have mail" });
const TOOL_OUTPUT = { name: "mail", namespace: "inbox", output: "You have mail" };

function starts({ server }: Fixture): FakeMessage[] {
  return server.received.filter(({ method }) => method === "turn/start")
    .map(({ params }) => params as FakeMessage);
}

function interrupts({ server }: Fixture): unknown[] {
  return server.received.filter(({ method }) => method === "turn/interrupt")
    .map(({ params }) => (params as FakeMessage).turnId);
}

test("externalMessage as the input of a turn is sent as its tool output [R-98]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await finish(server, await thread.turn(MAIL, { model: "other" }));
  const content = [{ type: "inputText", text: "hi" }] as const;
  const other = externalMessage({ name: "mail", output: [...content] as never });
  await finish(server, await thread.turn(other));
  assertEquals(starts(fixture), [
    { model: "other", threadId: THREAD, input: [], toolOutput: TOOL_OUTPUT },
    {
      threadId: THREAD,
      input: [],
      toolOutput: { name: "mail", namespace: null, output: content as unknown },
    },
  ]);
});

test("externalMessage joins the running turn with whenBusy steer, and is refused by default [R-98]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  await assertRejects(() => thread.run(MAIL), TurnActiveError);
  server.on("turn/start", () => ({ turn: fakeTurn(turn.id) }));
  const joined = await thread.turn(MAIL, { whenBusy: "steer", model: "other" });
  assertEquals(joined.id, turn.id);
  assertEquals(starts(fixture).at(-1), { threadId: THREAD, input: [], toolOutput: TOOL_OUTPUT });
  assertEquals(count(server, "turn/steer"), 0);
  await finish(server, turn);
  assertEquals((await joined.run()).finalResponse, "ok");
  server.on("turn/start", () => ({ turn: fakeTurn("turn-9") }));
  await finish(server, await thread.turn("next"));
});

test("externalMessage joins a turn of another client [R-98]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.sendBatch([
    started("foreign"),
  ]);
  await settled(fixture);
  server.on("thread/read", () => ({ thread: { status: { type: "active" } } }));
  server.on("turn/start", () => ({ turn: fakeTurn("foreign") }));
  const joined = await thread.turn(MAIL, { whenBusy: "steer" });
  assertEquals(joined.id, "foreign");
  server.sendBatch(answer("yes", "foreign"));
  assertEquals((await joined.run()).finalResponse, "yes");
});

test("externalMessage starts a turn of its own if the running one ended meanwhile [R-98]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.on("turn/start", (_params, request) => {
    server.sendBatch([completed("completed", {}, turn.id)]);
    request.reply({ turn: fakeTurn("turn-2") });
    server.sendBatch(answer("new", "turn-2"));
  });
  const joined = await thread.turn(MAIL, { whenBusy: "steer" });
  assertEquals([joined.id, (await joined.run()).finalResponse], ["turn-2", "new"]);
  assertEquals((await turn.run()).status, "completed");
  server.on("turn/start", () => ({ turn: fakeTurn("turn-3") }));
  await finish(server, await thread.turn("next"));
});

test("externalMessage that starts a turn of its own has its handlers and ends at its time limit [R-98]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await thread.turn("hi");
  server.on("turn/start", (_params, request) => {
    server.sendBatch(answer("done"));
    request.reply({ turn: fakeTurn("turn-2") });
    server.sendBatch([
      started("turn-2"),
      {
        id: 9,
        method: "item/commandExecution/requestApproval",
        params: { threadId: THREAD, turnId: "turn-2", itemId: "item", command: "ls", cwd: "/" },
      },
    ]);
  });
  const asked: string[] = [];
  await assertRejects(
    () =>
      thread.run(MAIL, {
        whenBusy: "steer",
        timeoutMs: 200,
        onCommandApproval: ({ turnId }) => {
          asked.push(String(turnId));
          return "accept";
        },
      }),
    TurnTimeoutError,
  );
  assertEquals(asked, ["turn-2"]);
  assertEquals(
    server.received.filter(({ method }) => method === "turn/interrupt").map(({ params }) => params),
    [{ threadId: THREAD, turnId: "turn-2" }],
  );
});

test("externalMessage is sent again with the settings of the call if the turn that it started lacks them [R-98] [R-91]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = await thread.turn("hi");
  let sent = 0;
  server.on("turn/start", (_params, request) => {
    sent++;
    if (sent === 1) server.sendBatch(answer("done", first.id)); // it ends before it is joined
    request.reply({ turn: fakeTurn(`new-${sent}`) });
    server.sendBatch([
      started(`new-${sent}`),
    ]);
    if (sent === 2) server.sendBatch(answer("safe", "new-2"));
  });
  const options = { whenBusy: "steer", sandbox: "readOnly", approvalMode: "denyAll" } as const;
  assertEquals((await thread.run(MAIL, options)).finalResponse, "safe");
  const [, joining, again] = starts(fixture);
  const bare = { threadId: THREAD, input: [], toolOutput: TOOL_OUTPUT };
  assertEquals(joining, bare); // settings would stay with a thread whose turn it joins
  const { sandboxPolicy, approvalPolicy, ...rest } = again ?? {};
  assertEquals([(sandboxPolicy as FakeMessage)?.type, approvalPolicy], ["readOnly", "never"]);
  assertEquals({ threadId: rest.threadId, input: rest.input, toolOutput: rest.toolOutput }, bare);
  assertEquals(interrupts(fixture), ["new-1"]);
});

test("externalMessage is sent again if the turn that it joined had ended [R-98]", async () => {
  for (const isForeign of [false, true]) {
    await using fixture = await open();
    const { server, thread } = fixture;
    const id = isForeign ? "foreign" : (await thread.turn("hi")).id;
    server.on("thread/read", () => ({ thread: { status: { type: "active" } } }));
    server.sendBatch([started(id)]);
    await settled(fixture);
    const before = starts(fixture).length;
    server.on("turn/start", (_params, request) => {
      const isFirst = starts(fixture).length === before + 1;
      if (isFirst) server.sendBatch(answer("done", id));
      request.reply({ turn: fakeTurn(isFirst ? id : "new") });
      if (!isFirst) server.sendBatch(answer("read", "new"));
    });
    assertEquals((await thread.run(MAIL, { whenBusy: "steer" })).finalResponse, "read");
    assertEquals(starts(fixture).length, before + 2);
  }
});

test("externalMessage that was given up ends the turn that it started, and no other [R-98]", async () => {
  for (const isNew of [true, false]) {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("hi");
    const joining = server.defer("turn/start");
    const abort = new AbortController();
    const given = thread.run(MAIL, { whenBusy: "steer", signal: abort.signal });
    given.catch(() => {});
    await joining.arrived();
    abort.abort(new RangeError("too long"));
    await assertRejects(() => given, RangeError);
    const late = isNew ? "late" : turn.id;
    if (isNew) server.sendBatch(answer("done", turn.id));
    joining.reply({ turn: fakeTurn(late) });
    server.sendBatch([started(late)]);
    await settled(fixture);
    await settled(fixture);
    assertEquals(interrupts(fixture), isNew ? ["late"] : []);
    if (!isNew) await finish(server, turn);
    server.on("turn/start", () => ({ turn: fakeTurn("next") }));
    await finish(server, await thread.turn("next"));
  }
});

test("externalMessage is refused where it cannot be sent, and nothing is sent [R-98]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const other: Thread = await fixture.codex.threadStart();
  const frames = server.received.length;
  const whole = "must be the whole input";
  await assertRejects(() => turn.steer(MAIL as never), TypeError, whole);
  await assertRejects(() => other.run(["read this", MAIL] as never), TypeError, whole);
  await assertRejects(() => other.run(MAIL, { goal: true }), TypeError);
  const wrong: readonly [Partial<ExternalMessage>, string][] = [
    [{ name: " " }, '"name"'],
    [{ name: undefined as never }, '"name"'],
    [{ namespace: "" }, '"namespace"'],
    [{ output: " " }, '"output"'],
    [{ output: [] }, '"output"'],
    [{ output: undefined as never }, '"output"'],
    [{ name_space: "inbox" } as never, 'did you mean "namespace"?'],
  ];
  for (const [fields, message] of wrong) {
    await assertRejects(() => other.run({ ...MAIL, ...fields }), TypeError, message);
  }
  assertEquals(server.received.length, frames);
  await finish(server, turn);
});
