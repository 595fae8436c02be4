import type { CodexOptions, UserRequest } from "../../../mod.ts";
import { RequestSettledError } from "../../../errors.ts";
import { fakeTurn } from "../../../testing.ts";
import { assertEquals, assertThrows } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, open, reasonOf, started } from "../_fixture.ts";
import {
  answers,
  ask,
  type Asking,
  asking,
  COMMAND,
  PARAMS,
  quiet,
  send,
  settled,
  THREAD,
  TURN,
} from "./_requests.ts";

const ELICITATION = "mcpServer/elicitation/request";
const WAITS: CodexOptions = {
  onCommandApproval: () => new Promise(() => {}),
  onElicitation: () => new Promise(() => {}),
};

/** Makes one request about each of these and returns the requests, which nobody answers. */
async function asked(
  fixture: Asking,
  places: readonly { readonly threadId: string; readonly turnId: string | null }[],
  method: typeof COMMAND | typeof ELICITATION = COMMAND,
): Promise<UserRequest[]> {
  places.forEach((place, id) => send(fixture, id, method, { ...PARAMS[method], ...place }));
  await quiet(fixture);
  const requests = fixture.codex.openRequests();
  assertEquals(requests.length, places.length);
  return requests;
}

const statesOf = (requests: readonly UserRequest[]): string[] => requests.map(({ state }) => state);

test("requests are withdrawn by the end of their own turn and no other [R-35]", async () => {
  await using fixture = await asking(WAITS);
  const requests = await asked(fixture, [
    { threadId: THREAD, turnId: TURN },
    { threadId: "another", turnId: TURN },
    { threadId: THREAD, turnId: "another" },
    { threadId: THREAD, turnId: null },
  ]);
  fixture.server.sendBatch([completed("interrupted")]);
  await quiet(fixture);
  assertEquals(statesOf(requests), ["withdrawn", "open", "open", "open"]);
  // The end of another turn, or of a turn without an id, withdraws nothing.
  fixture.server.sendBatch([completed("completed", {}, "another")]);
  fixture.server.notify("turn/completed", { threadId: THREAD, turn: {} });
  await quiet(fixture);
  assertEquals(statesOf(requests), ["withdrawn", "open", "withdrawn", "open"]);
  assertEquals(answers(fixture, 0), []);
});

test("requests are withdrawn when the server closes or deletes their thread, whoever owns it [R-35]", async () => {
  for (const method of ["thread/closed", "thread/deleted"]) {
    await using fixture = await asking(WAITS);
    const places = ["stranger", "another"].map((threadId) => ({ threadId, turnId: null }));
    const requests = await asked(fixture, places, ELICITATION);
    fixture.server.notify(method, { threadId: "stranger" });
    await quiet(fixture);
    assertEquals(statesOf(requests), ["withdrawn", "open"]);
    assertThrows(() => requests[0]?.decline(), RequestSettledError);
  }
});

test("requests of foreign turns are withdrawn when Thread.close releases the thread [R-35]", async () => {
  await using fixture = await asking(WAITS);
  const requests = await asked(fixture, [
    { threadId: THREAD, turnId: "of others" },
    { threadId: THREAD, turnId: null },
    { threadId: "another", turnId: "of others" },
  ]);
  await fixture.thread.close();
  assertEquals(statesOf(requests), ["withdrawn", "withdrawn", "open"]);
});

test("requests are withdrawn when their turn is abandoned, and those of another turn are not [R-35]", async () => {
  using _clock = fakeClock();
  await using fixture = await asking(WAITS);
  const { codex, server } = fixture;
  server.on("turn/interrupt", (_params, request) => request.fail({ code: -32603, message: "no" }));
  const thread = await codex.threadStart();
  const controller = new AbortController();
  const turn = await thread.turn("hi", { signal: controller.signal });
  const requests = await asked(fixture, [
    { threadId: THREAD, turnId: TURN },
    { threadId: thread.id, turnId: turn.id },
  ]);
  controller.abort(new Error("enough"));
  await reasonOf(turn.run()); // the server never reports the end of the turn
  await quiet(fixture);
  assertEquals(statesOf(requests), ["open", "withdrawn"]);
});

test("handlers of threadResume get a request that arrives before its reply [R-16] [R-40]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const resuming = server.defer("thread/resume");
  const thread = codex.threadResume("stored", { onCommandApproval: () => "cancel" });
  await resuming.arrived();
  const reply = ask(fixture, COMMAND, { ...PARAMS[COMMAND], threadId: "stored", turnId: "t" }, 1);
  await settled(fixture);
  assertEquals(answers(fixture, 1), []);
  resuming.reply({ thread: { id: "stored" } });
  await thread;
  assertEquals(await reply, '{"decision":"cancel"}');
});

test("a request that waits for the reply to a start is withdrawn with its turn, and no handler is asked [R-16] [R-35]", async () => {
  let isAsked = false;
  await using fixture = await open({ onCommandApproval: () => void (isAsked = true) });
  const { server, thread } = fixture;
  const starting = server.defer("turn/start");
  const turn = thread.turn("hi");
  await starting.arrived();
  server.sendBatch([started(), { method: COMMAND, id: 1, params: PARAMS[COMMAND] }, completed()]);
  await settled(fixture);
  starting.reply({ turn: fakeTurn(TURN) });
  await (await turn).run();
  await quiet(fixture);
  assertEquals([isAsked, answers(fixture, 1), fixture.codex.openRequests()], [false, [], []]);
});

test("requests that a turn's readers have not read when it ends are not passed on", async () => {
  await using fixture = await asking();
  const { turn, thread, server } = fixture;
  await using ofThread = thread.requests();
  const ofTurn = turn.requests();
  send(fixture, 1, COMMAND);
  await quiet(fixture);
  assertEquals([ofTurn.pending, ofThread.pending], [1, 0]);
  server.sendBatch([completed()]);
  await quiet(fixture);
  assertEquals([ofTurn.pending, ofThread.pending, answers(fixture, 1)], [0, 0, []]);
});
