import { type CommandApproval, TransportClosedError, type UserRequest } from "../../../mod.ts";
import { notification } from "../../../testing.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, countingSignal, open, reasonOf } from "../_fixture.ts";
import {
  answers,
  ask,
  asking,
  COMMAND,
  decision,
  fileChangeStarted,
  FILES,
  PARAMS,
  quiet,
  send,
  settled,
  THREAD,
  TURN,
} from "./_requests.ts";

const INPUT = "item/tool/requestUserInput";

test("Thread.requests yields a request that no nearer scope answers, with its item, and it can be answered much later", async () => {
  await using fixture = await asking({ onUserInput: () => "red" }, {
    onUserInput: () => undefined,
    handlers: { [COMMAND]: () => ({ decision: "cancel" }) },
  });
  const { thread, server } = fixture;
  await using requests = thread.requests();
  server.sendBatch([fileChangeStarted()]);
  assertEquals(await ask(fixture, COMMAND), decision("cancel")); // the turn's
  const inHand: UserRequest[] = [];
  const reading = (async () => {
    for await (const request of requests) {
      inHand.push(request);
      if (inHand.length === 2) break;
    }
  })();
  const files = ask(fixture, FILES, undefined, "f");
  const input = ask(fixture, INPUT, undefined, "i");
  await reading; // left with two requests received
  const open = thread.openRequests();
  assertEquals(new Set(inHand), new Set(open)); // the links of the files are read first
  assertEquals(open.map(({ kind, id }) => [kind, id]), [["fileChangeApproval", "f"], [
    "userInput",
    "i",
  ]]);
  await quiet(fixture);
  assertEquals([answers(fixture, "f"), answers(fixture, "i")], [[], []]);
  assertEquals(thread.openRequests(), open);
  const [change, question] = open;
  if (change?.kind !== "fileChangeApproval" || question?.kind !== "userInput") throw new Error();
  assertEquals(change.changes?.[0]?.diff, "hello\n");
  assertEquals(change.paths, ["/srv/a.md"]);
  change.approve();
  question.answer("blue");
  assertEquals([await files, await input], [
    decision("accept"),
    '{"answers":{"colour":{"answers":["blue"]}}}',
  ]);
  assertEquals([thread.openRequests(), fixture.codex.openRequests()], [[], []]);
});

test("Thread.requests opened again yields the open requests, oldest first", async () => {
  await using fixture = await asking();
  const { thread } = fixture;
  const first = thread.requests();
  for (const id of [1, 2, 3]) send(fixture, id, COMMAND);
  const { value: one } = await first.next();
  const { value: two } = await first.next();
  (two as CommandApproval).approve();
  // Unread requests are passed on when the reader leaves, and declined because there is no other reader.
  await first.return();
  await quiet(fixture);
  assertEquals(answers(fixture, 3), [{ id: 3, result: { decision: "decline" } }]);
  const again = thread.requests();
  const { value: back } = await again.next();
  assertStrictEquals(back, one);
  assertEquals(again.pending, 0);
  (back as CommandApproval).approve();
  await again.return();
  await quiet(fixture);
  assertEquals(answers(fixture, 1), [{ id: 1, result: { decision: "accept" } }]);
});

test("requests() at three scopes reads the turn's first and the client's last, and leaving passes requests on", async () => {
  await using fixture = await asking();
  const { codex, thread, turn } = fixture;
  const [client, ofThread, ofTurn] = [codex.requests(), thread.requests(), turn.requests()];
  send(fixture, 1, COMMAND);
  await quiet(fixture);
  const pending = (): number[] => [client, ofThread, ofTurn].map((stream) => stream.pending);
  assertEquals(pending(), [0, 0, 1]);
  await ofTurn.return();
  await quiet(fixture);
  assertEquals(pending(), [0, 1, 0]);
  await ofThread.return();
  await quiet(fixture);
  assertEquals(pending(), [1, 0, 0]);
  (await client.next()).value?.decline();
  await quiet(fixture);
  assertEquals(answers(fixture, 1), [{ id: 1, result: { decision: "decline" } }]);
  await client.return();
});

test("requests() offers a request to all readers in a scope that want its kind, and only the first answer counts", async () => {
  await using fixture = await asking();
  const { thread } = fixture;
  const all = thread.requests();
  const slow = thread.requests();
  const questions = thread.requests({ kinds: ["userInput"] });
  const reply = ask(fixture, COMMAND);
  (await all.next()).value?.decline();
  assertEquals(await reply, decision("decline"));
  await settled(fixture);
  assertEquals([slow.pending, questions.pending], [0, 0]);
  const input = ask(fixture, INPUT);
  await quiet(fixture);
  assertEquals([all, slow, questions].map(({ pending }) => pending), [1, 1, 1]);
  await all.return();
  await slow.return();
  await quiet(fixture);
  assertEquals(questions.pending, 1); // still read here
  (await questions.next()).value?.decline();
  assertEquals(await input, '{"answers":{}}');
  // A kind that no reader wants goes to nobody.
  assertEquals(await ask(fixture, COMMAND), decision("decline"));
  await questions.return();
  assertEquals(fixture.diagnostics.map(({ kind }) => kind), ["unhandledRequest"]);
});

test("requests() skips a request resolved before it is read, and a waiting reader gets the next one", async () => {
  await using fixture = await asking();
  const { thread, server } = fixture;
  await using requests = thread.requests();
  send(fixture, 1, COMMAND);
  send(fixture, 2, COMMAND);
  await quiet(fixture);
  server.notify("serverRequest/resolved", { threadId: THREAD, requestId: 1 });
  await quiet(fixture);
  assertEquals([requests.pending, (await requests.next()).value?.id], [1, 2]);
  const next = requests.next();
  send(fixture, 3, COMMAND);
  assertEquals((await next).value?.id, 3);
  for (const request of thread.openRequests()) request.decline();
});

test("requests() ends with the turn, the thread and the connection, and rejects if the connection is lost", async () => {
  await using fixture = await asking();
  const { codex, thread, turn, server } = fixture;
  const ofTurn = turn.requests().next();
  server.sendBatch([completed()]);
  assertEquals(await ofTurn, { value: undefined, done: true });
  assertEquals(await turn.requests().next(), { value: undefined, done: true });
  const ofThread = thread.requests().next();
  await thread.close();
  assertEquals(await ofThread, { value: undefined, done: true });
  const local = codex.requests().next();
  await codex.close();
  assertEquals(await local, { value: undefined, done: true });

  await using lost = await open();
  const streams = [lost.codex.requests(), lost.thread.requests()];
  const reads = streams.map((stream) => reasonOf(stream.next()));
  lost.server.exit({ code: 1 });
  for (const read of reads) assertInstanceOf(await read, TransportClosedError);
  for (const stream of streams) assertEquals((await stream.next()).done, true);
});

test("requests() ends when its signal fires, and leaves no listener on it", async () => {
  await using fixture = await asking();
  const { thread } = fixture;
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  const ended = thread.requests({ signal });
  const left = thread.requests({ signal });
  assertEquals(listeners(), 1);
  await left.return();
  assertEquals(listeners(), 1);
  send(fixture, 1, COMMAND);
  await quiet(fixture);
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await reasonOf(ended.next()), reason);
  await quiet(fixture);
  assertEquals([listeners(), answers(fixture, 1).length], [0, 1]);
  assertThrows(() => thread.requests({ signal }), Error, "enough");
  assertThrows(() => thread.requests({ kinds: ["nonsense" as never] }), TypeError);
  const open = countingSignal();
  thread.requests({ signal: open.controller.signal });
  await thread.close();
  assertEquals(open.listeners(), 0);
});

test("turn.requests gets a request that arrives in one chunk with the reply to the start [R-16]", async () => {
  await using fixture = await open({ approvals: () => "cancel" });
  const { server, thread } = fixture;
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: TURN } });
    server.sendBatch([{ method: COMMAND, id: 1, params: PARAMS[COMMAND] }]);
  });
  const turn = await thread.turn("hi");
  for (let tick = 0; tick < 100; tick++) await Promise.resolve(); // nothing that takes time
  for await (const request of turn.requests()) {
    assertStrictEquals(request.turn, turn);
    if (request.kind === "commandApproval") request.approve();
    break;
  }
  await quiet(fixture);
  assertEquals(answers(fixture, 1), [{ id: 1, result: { decision: "accept" } }]);
});

test("requests() passes on requests past 1,000 waiting ones, so that no reader grows without bound", async () => {
  await using fixture = await asking({ approvals: () => "cancel" });
  const requests = fixture.thread.requests();
  for (let id = 0; id < 1_001; id++) send(fixture, id, COMMAND);
  await quiet(fixture);
  assertEquals([requests.pending, answers(fixture, 1_000).length], [1_000, 1]);
  await requests.return();
  await quiet(fixture);
  assertEquals([answers(fixture, 0).length, fixture.codex.openRequests().length], [1, 0]);
});

test("UserRequest.item keeps its last reported version, even after the item has ended", async () => {
  await using fixture = await asking();
  const { server, thread } = fixture;
  await using requests = thread.requests();
  server.sendBatch([fileChangeStarted()]);
  send(fixture, 1, FILES);
  const { value } = await requests.next();
  if (value?.kind !== "fileChangeApproval") throw new Error(value?.kind);
  const changes = [{ path: "/srv/b.md", kind: { type: "add" }, diff: "more\n" }];
  const ids = { threadId: THREAD, turnId: TURN, itemId: "item-1" };
  server.sendBatch([notification("item/fileChange/patchUpdated", { ...ids, changes })]);
  await settled(fixture);
  assertEquals(value.changes?.[0]?.path, "/srv/b.md");
  server.sendBatch([completed()]);
  await settled(fixture);
  assertEquals([value.changes?.[0]?.path, value.state], ["/srv/b.md", "withdrawn"]);
});
