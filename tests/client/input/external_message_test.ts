import { externalMessage, type Thread, TurnActiveError, TurnTimeoutError } from "../../../mod.ts";
import type { ExternalMessage } from "../../../types.ts";
import { type FakeMessage, fakeTurn, notification } from "../../../testing.ts";
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
  THREAD,
} from "../_fixture.ts";

const MAIL = externalMessage({ name: "mail", namespace: "inbox", output: "You have mail" });
const TOOL_OUTPUT = { name: "mail", namespace: "inbox", output: "You have mail" };

function starts({ server }: Fixture): FakeMessage[] {
  return server.received.filter(({ method }) => method === "turn/start")
    .map(({ params }) => params as FakeMessage);
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
    notification("turn/started", { threadId: THREAD, turn: fakeTurn("foreign") }),
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
      notification("turn/started", { threadId: THREAD, turn: fakeTurn("turn-2") }),
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
  ];
  for (const [fields, message] of wrong) {
    await assertRejects(() => other.run({ ...MAIL, ...fields }), TypeError, message);
  }
  assertEquals(server.received.length, frames);
  await finish(server, turn);
});
