import { type CommandApproval, externalMessage, tool, TransportClosedError } from "../../mod.ts";
import {
  ConnectionRefusedError,
  InternalRpcError,
  OutcomeUnknownError,
  ReconnectError,
  TurnLostError,
} from "../../errors.ts";
import { agentMessage, fakeThreadStart, fakeTurn } from "../../testing.ts";
import type { ThreadItem } from "../../protocol.ts";
import { resilient } from "../../transport.ts";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertObjectMatch,
  assertRejects,
  assertThrows,
} from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { delta, lines, Peer, THREAD, TURN } from "./_fixture.ts";

/** A message of the user, as the history shows it. */
function userMessage(id: string, clientId: unknown = null): ThreadItem {
  return { type: "userMessage", id, clientId: clientId as string | null, content: [] };
}

test("resilient() tells the missed items once, and the rest of a message as one delta [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const turn = await thread.turn("hi");
  const events = collect(turn.stream());
  peer.begin();
  const [user, first, missed, last] = [
    userMessage("item-0"),
    agentMessage("item-1", 'hello "big" world'),
    agentMessage("item-2", "between"),
    agentMessage("item-3", "last"),
  ] as const;
  peer.start(user);
  peer.complete(user);
  peer.start({ ...first, text: "" });
  peer.server.sendBatch([delta("item-1", "hello "), delta("item-1", '"big')]);
  peer.turns = [fakeTurn(TURN, "inProgress", { items: [user, first, missed] })];
  // What the new connection tells meanwhile waits, and what the history has already told is not told again.
  peer.onResume = () => {
    peer.complete(missed);
    peer.start({ ...last, text: "" });
    peer.server.sendBatch([delta("item-3", "la")]);
  };
  const gap = await peer.lose();
  peer.server.sendBatch([delta("item-3", "st")]);
  peer.complete(last);
  peer.turns = [fakeTurn(TURN, "completed", { items: [user, first, missed, last] })];
  peer.end([last]);
  assertEquals(lines(await events), [
    ...["turn/started", "item/started item-0", "item/completed item-0", "item/started item-1"],
    ...["delta item-1 hello ", 'delta item-1 "big', "sdk/gap 2", 'delta item-1 " world'],
    ...["item/completed item-1", "item/started item-2", "delta item-2 between"],
    ...["item/completed item-2", "item/started item-3", "delta item-3 la", "delta item-3 st"],
    ...["item/completed item-3", "turn/completed"],
  ]);
  const { finalResponse, items } = await turn.run();
  assertEquals([finalResponse, items.map(({ id }) => id)], [
    "last",
    ["item-0", "item-1", "item-2", "item-3"],
  ]);
  assertObjectMatch(gap, { threads: 1, items: 2, lost: [], reloaded: [], restarted: false });
});

test("resilient() ends a turn that ended meanwhile, and tells one that began meanwhile [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const turn = await thread.turn("hi");
  peer.begin();
  const answer = agentMessage("item-1", "done");
  peer.turns = [
    fakeTurn(TURN, "completed", { items: [answer] }),
    fakeTurn("turn-2", "inProgress", { items: [userMessage("item-2")] }),
  ];
  const all = collect(turn.stream());
  await peer.lose();
  assertEquals(lines(await all), [
    ...["turn/started", "sdk/gap 1", "item/started item-1", "delta item-1 done"],
    ...["item/completed item-1", "turn/completed"],
  ]);
  assertEquals(thread.activeTurn()?.id, "turn-2");
});

test("resilient() reads a turn again at its end, in case the history lagged behind [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const turn = await (await peer.thread()).turn("hi");
  const events = collect(turn.stream());
  peer.begin();
  peer.turns = [fakeTurn(TURN)];
  await peer.lose();
  const [late, last] = [agentMessage("item-1", "late"), agentMessage("item-2", "last")] as const;
  peer.start(last);
  peer.complete(last);
  peer.turns = [fakeTurn(TURN, "inProgress", { items: [late, last] })];
  peer.end();
  assertEquals(lines(await events), [
    ...["turn/started", "sdk/gap 0", "item/started item-2", "item/completed item-2"],
    ...["item/started item-1", "delta item-1 late", "item/completed item-1", "turn/completed"],
  ]);
});

test("resilient() asks once what the server asks again, and sends an answer that was lost again [R-95] [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const runs: string[] = [];
  const asked: CommandApproval[] = [];
  const shelf = tool<{ part: string }>({
    name: "shelf",
    description: "Counts parts.",
    input: { type: "object", properties: { part: { type: "string" } } },
    run: ({ part }) => {
      runs.push(part);
      return "3";
    },
  });
  const codex = await peer.codex({
    onCommandApproval: (approval) => {
      asked.push(approval);
      return new Promise(() => {});
    },
  });
  const thread = await codex.threadStart({ tools: [shelf] });
  await thread.turn("hi");
  peer.begin();
  const where = { threadId: THREAD, turnId: TURN };
  const call = { ...where, callId: "call-1", tool: "shelf", arguments: { part: "gear" } };
  const approval = (itemId: string) => ({ ...where, itemId, command: "ls", cwd: "/" });
  await peer.server.request("item/tool/call", call, { id: 0 });
  const ask = (id: number, itemId: string): void => {
    const method = "item/commandExecution/requestApproval";
    peer.server.sendBatch([{ method, id, params: approval(itemId) }]);
  };
  ask(1, "item-1");
  ask(2, "item-2");
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  peer.turns = [fakeTurn(TURN)];
  // The server has not got the tool's answer; another client answered for item-2.
  peer.onResume = () => {
    peer.server.sendBatch([{ method: "item/tool/call", id: 0, params: call }]);
    ask(1, "item-1");
    ask(3, "item-3");
  };
  await peer.lose();
  while (asked.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  const states = asked.map(({ state }) => state);
  assertEquals([runs, states], [["gear"], ["open", "withdrawn", "open"]]);
  const asks = peer.told.filter((frame) => frame.includes('"id":') && frame.includes('"item/'));
  assertEquals(asks.map((frame) => JSON.parse(frame).id), [0, 1, 2, 3]);
  const again = peer.server.received.filter(({ id, result }) => id === 0 && result !== undefined);
  assertEquals(again.length, 1);
  asked[0]?.approve();
  while (!peer.server.received.some(({ id, result }) => id === 1 && result !== undefined)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(codex.openRequests().length, 1);
});

test("resilient() keeps the requests of a restarted server apart, whose ids begin again [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const asked: CommandApproval[] = [];
  const thread = await peer.thread({
    onCommandApproval: (approval) => {
      asked.push(approval);
      return approval.approve();
    },
  });
  const turn = await thread.turn("hi");
  peer.begin();
  const params = { threadId: THREAD, turnId: TURN, itemId: "item-1", command: "ls", cwd: "/" };
  const method = "item/commandExecution/requestApproval";
  await peer.server.request(method, params, { id: 0 });
  peer.loaded = [];
  peer.turns = [fakeTurn(TURN, "interrupted")];
  const gap = await peer.lose();
  assertEquals((await turn.run()).status, "interrupted");
  const { result } = await peer.server.request(method, { ...params, turnId: "turn-2" }, { id: 0 });
  assertEquals(asked.map(({ id }) => id), [0, "0#1"]);
  assertEquals(result, { decision: "accept" });
  assertObjectMatch(gap, { restarted: true, reloaded: [THREAD] });
});

test("resilient() keeps an answer back until its request is asked again: its id may mean another one [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const asked: CommandApproval[] = [];
  const codex = await peer.codex({
    onCommandApproval: (approval) => {
      asked.push(approval);
      return new Promise(() => {});
    },
  });
  const method = "item/commandExecution/requestApproval";
  // Of a thread that the client does not follow, so nothing says what became of it.
  const of = (command: string) => ({
    ...{ threadId: "other", turnId: "turn-9", itemId: "item-1", cwd: "/" },
    command,
  });
  const ask = async (command: string): Promise<void> => {
    const before = asked.length;
    peer.server.sendBatch([{ method, id: 0, params: of(command) }]);
    while (asked.length === before) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const answers = (): unknown[] =>
    peer.server.received.filter(({ id, result }) => id === 0 && result !== undefined);
  await ask("ls");
  await peer.lose();
  await ask("rm -rf /");
  asked[0]?.approve();
  await codex.request("thread/loaded/list", {});
  assertEquals(answers(), []);
  peer.server.sendBatch([{ method, id: 0, params: of("ls") }]);
  while (answers().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(asked.map(({ command, state }) => [command, state]), [
    ["ls", "answered"],
    ["rm -rf /", "withdrawn"], // its id means another request now
  ]);
  await ask("mkdir made");
  await ask("rm -rf /");
  assertThrows(() => asked[2]?.approve(), Error, "withdrawn");
  assertEquals(answers().length, 1);
});

test("resilient() finds a start of a turn in the history, or sends it again, and never starts two [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const held = peer.server.defer("turn/start");
  const turn = thread.turn("hi");
  const { clientUserMessageId } = (await held.arrived()).params;
  assertEquals(typeof clientUserMessageId, "string");
  peer.turns = [
    fakeTurn(TURN, "inProgress", { items: [userMessage("item-1", clientUserMessageId)] }),
  ];
  assertEquals((await peer.lose()).resent, []);
  const { id } = await turn;
  assertEquals(id, TURN);
  const run = (await turn).run();
  peer.turns = [fakeTurn(TURN, "completed", { items: [agentMessage("item-2", "first")] })];
  peer.end();
  assertEquals((await run).finalResponse, "first");

  const lost = peer.server.defer("turn/start");
  peer.server.on("turn/start", () => ({ turn: fakeTurn("turn-2") }));
  const again = thread.turn("hi", { clientUserMessageId: "mine" });
  assertEquals((await lost.arrived()).params.clientUserMessageId, "mine");
  assertEquals((await peer.lose()).resent, ["turn/start"]);
  assertEquals((await again).id, "turn-2");
  const sent = peer.server.received.filter(({ method }) => method === "turn/start");
  assertEquals(
    sent.map(({ params }) => (params as { clientUserMessageId: string }).clientUserMessageId),
    [
      "mine",
    ],
  );
});

test("resilient() forgets a turn that its server lost, and tells no old turn again [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const turn = await thread.turn("hi");
  // The server was killed before it stored the turn.
  peer.loaded = [];
  await peer.lose();
  await assertRejects(() => turn.run(), TurnLostError);
  peer.loaded = [THREAD];
  // More turns than are remembered.
  for (let number = 2; number < 80; number++) {
    const started = fakeTurn(`turn-${number}`);
    const ended = fakeTurn(started.id, "completed", { items: [agentMessage("item-1", "x")] });
    peer.server.notify("turn/started", { threadId: THREAD, turn: started });
    peer.server.notify("turn/completed", { threadId: THREAD, turn: ended });
    peer.turns.push(ended);
  }
  await peer.lose();
  const told = (part: string): number => peer.told.filter((frame) => frame.includes(part)).length;
  assertEquals([told("turn/started"), told("turn/completed"), told("sdk/gap")], [78, 78, 1]);
});

test("resilient() remembers a bounded number of turns that never end [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  await peer.thread();
  for (let number = 0; number < 1_000; number++) {
    const turn = fakeTurn(`turn-${number}`);
    peer.server.notify("turn/started", { threadId: THREAD, turn });
  }
  await peer.lose();
  assertEquals(peer.told.filter((frame) => frame.includes("sdk/gap")).length, 64);
});

test("resilient() starts no turn again if one has begun that shows no message yet [R-108]", async () => {
  using clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  // The server was killed between the two writes: its history keeps a turn, but not the message.
  const killed = peer.server.defer("turn/start");
  const failure = assertRejects(() => thread.turn("hi"), OutcomeUnknownError, "turn/start");
  await killed.arrived();
  peer.loaded = [];
  peer.turns = [fakeTurn("turn-0", "interrupted")];
  const gap = await peer.lose();
  assertObjectMatch(gap, { unknown: ["turn/start"], resent: [], restarted: true });
  await failure;

  // The client knows that turn now, so it says nothing about the next start.
  const lost = peer.server.defer("turn/start");
  const again = thread.turn("hi");
  await lost.arrived();
  assertEquals((await peer.lose()).resent, ["turn/start"]);
  const { id, run } = await again.then((turn) => ({ id: turn.id, run: turn.run() }));
  assertEquals(id, TURN);
  peer.turns.push(fakeTurn(TURN, "completed", { items: [agentMessage("item-1", "x")] }));
  peer.end();
  await run;

  // A server that goes on stores the message late.
  const late = peer.server.defer("turn/start");
  const slow = thread.turn("hi");
  const { clientUserMessageId } = (await late.arrived()).params;
  const [startedAt, ended] = [clock.elapsedMs, peer.turns];
  peer.server.on("thread/turns/list", () => {
    const isStored = clock.elapsedMs - startedAt > 1_000;
    const items = isStored ? [userMessage("item-2", clientUserMessageId)] : [];
    const turns = [...ended, fakeTurn("turn-2", "inProgress", { items })];
    return { data: turns.toReversed(), nextCursor: null };
  });
  assertObjectMatch(await peer.lose(), { unknown: [], resent: [] });
  assertEquals((await slow).id, "turn-2");
});

test("resilient() starts no first turn again that a living server is slow to store [R-108]", async () => {
  using clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const lost = peer.server.defer("turn/start");
  const starting = thread.turn("hi");
  const { clientUserMessageId } = (await lost.arrived()).params;
  // The thread has no history yet, and its first turn begins.
  let startedAt = clock.elapsedMs;
  let storedMs = 3_000;
  peer.turns = [
    fakeTurn(TURN, "inProgress", { items: [userMessage("item-1", clientUserMessageId)] }),
  ];
  peer.server.on("thread/resume", () => {
    if (clock.elapsedMs - startedAt > storedMs) return fakeThreadStart(THREAD);
    throw { code: -32600, message: "list_turns is not supported yet" };
  });
  assertObjectMatch(await peer.lose(), { unknown: [], resent: [] });
  assertEquals((await starting).id, TURN);

  await using other = new Peer();
  const fresh = await other.thread();
  const never = other.server.defer("turn/start");
  const failure = assertRejects(() => fresh.turn("hi"), OutcomeUnknownError, "turn/start");
  await never.arrived();
  startedAt = clock.elapsedMs;
  storedMs = Infinity;
  other.server.on("thread/resume", () => {
    throw { code: -32600, message: "list_turns is not supported yet" };
  });
  assertObjectMatch(await other.lose(), { unknown: ["turn/start"], resent: [] });
  await failure;
});

test("resilient() starts no turn again while its thread is active, or its server slow [R-108]", async () => {
  using clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const lost = peer.server.defer("turn/start");
  const failure = assertRejects(() => thread.turn("hi"), OutcomeUnknownError, "turn/start");
  await lost.arrived();
  const status = { type: "active", activeFlags: [] };
  peer.server.on("thread/read", () => ({ thread: { id: THREAD, status } }) as never);
  assertObjectMatch(await peer.lose(), { unknown: ["turn/start"], resent: [] });
  await failure;

  peer.server.on(
    "thread/read",
    () => ({ thread: { id: THREAD, status: { type: "idle" } } }) as never,
  );
  const slow = peer.server.defer("turn/start");
  const starting = thread.turn("hi");
  const { clientUserMessageId } = (await slow.arrived()).params;
  const startedAt = clock.elapsedMs;
  peer.server.on("thread/loaded/list", async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return { data: [THREAD], nextCursor: null };
  });
  peer.server.on("thread/turns/list", () => {
    const isStored = clock.elapsedMs - startedAt > 1_500;
    const items = [userMessage("item-2", clientUserMessageId)];
    return { data: isStored ? [fakeTurn(TURN, "inProgress", { items })] : [], nextCursor: null };
  });
  assertObjectMatch(await peer.lose(), { unknown: [], resent: [] });
  assertEquals((await starting).id, TURN);
});

test("resilient() ends no turn that a living server lists as interrupted while it begins [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const turn = await (await peer.thread()).turn("hi");
  const events = collect(turn.stream());
  let reads = 0;
  peer.server.on("thread/turns/list", () => {
    const status = ++reads > 3 ? "inProgress" : "interrupted";
    return { data: [fakeTurn(TURN, status, { completedAt: null })], nextCursor: null };
  });
  await peer.lose();
  peer.turns = [fakeTurn(TURN, "completed", { items: [agentMessage("item-1", "x")] })];
  peer.server.on("thread/turns/list", () => ({ data: peer.turns, nextCursor: null }));
  peer.end();
  assertEquals(lines(await events), [
    ...["sdk/gap 0", "turn/started", "item/started item-1", "delta item-1 x"],
    ...["item/completed item-1", "turn/completed"],
  ]);
});

test("resilient() does not start a turn with an external message again, which the history does not show [R-98] [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const held = peer.server.defer("turn/start");
  const turn = assertRejects(
    () => thread.turn(externalMessage({ name: "mail", output: "it rains" })),
    OutcomeUnknownError,
  );
  await held.arrived();
  assertEquals((await peer.lose()).unknown, ["turn/start"]);
  await turn;
});

test("resilient() tells a review as one turn, which the history lists as two [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  peer.server.on("review/start", () => ({ turn: fakeTurn(TURN), reviewThreadId: THREAD }));
  const turn = await (await peer.thread()).review({ type: "uncommittedChanges" });
  const events = collect(turn.stream());
  const live = { rootTurnId: TURN, items: [agentMessage("item-1", "x")] };
  const started = fakeTurn("live-1", "inProgress", { rootTurnId: TURN });
  peer.server.notify("turn/started", { threadId: THREAD, turn: started });
  peer.turns = [
    fakeTurn(TURN, "completed", { items: [agentMessage("item-2", "fine")] }),
    fakeTurn("live-1", "completed", live),
  ];
  await peer.lose();
  assertEquals(lines(await events), [
    ...["turn/started", "sdk/gap 1", "item/started item-1", "delta item-1 x"],
    ...["item/completed item-1", "item/started item-2", "delta item-2 fine"],
    ...["item/completed item-2", "turn/completed"],
  ]);
});

test("resilient() sends reads again, and rejects what could be done twice with OutcomeUnknownError [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const codex = await peer.codex();
  const list = peer.server.defer("model/list");
  const compact = peer.server.defer("thread/compact/start");
  const models = codex.request("model/list", {});
  const compacting = codex.request("thread/compact/start", { threadId: THREAD });
  const failure = assertRejects(() => compacting, OutcomeUnknownError, "thread/compact/start");
  await list.arrived();
  await compact.arrived();
  peer.server.on("model/list", () => ({ data: [], nextCursor: null }));
  const gap = await peer.lose();
  assertEquals(await models, { data: [], nextCursor: null });
  assertEquals([(await failure).code, (await failure).method], [
    "outcome_unknown",
    "thread/compact/start",
  ]);
  assertObjectMatch(gap, { resent: ["model/list"], unknown: ["thread/compact/start"] });
});

test("resilient() answers an interrupt whose turn has ended, and settles a steer that the history shows [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  const turn = await thread.turn("hi");
  peer.begin();
  const steer = peer.server.defer("turn/steer");
  const steering = turn.steer("also");
  const { clientUserMessageId } = (await steer.arrived()).params;
  const lostSteer = peer.server.defer("turn/steer");
  const steeringLost = assertRejects(() => turn.steer("and"), OutcomeUnknownError);
  await lostSteer.arrived();
  const items = [userMessage("item-1", clientUserMessageId)];
  peer.turns = [fakeTurn(TURN, "inProgress", { items })];
  assertEquals((await peer.lose()).unknown, ["turn/steer"]);
  await steering;
  await steeringLost;
  const interrupt = peer.server.defer("turn/interrupt");
  const interrupting = turn.interrupt();
  await interrupt.arrived();
  peer.turns = [fakeTurn(TURN, "interrupted", { items })];
  await peer.lose();
  await interrupting;
  assertEquals((await turn.run()).status, "interrupted");
});

test("resilient() gives a reloaded thread its limits and its configuration again, or closes it [R-91] [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const sandbox = { type: "readOnly", networkAccess: false };
  const codex = await peer.codex();
  const thread = await codex.threadStart({ config: { web_search: "disabled" } });
  const weaker = { ...fakeThreadStart(THREAD), sandbox: { type: "dangerFullAccess" } };
  const resumed: unknown[] = [];
  peer.server.on("thread/resume", (params) => {
    resumed.push(params);
    return weaker;
  });
  const updated: unknown[] = [];
  peer.server.on("thread/settings/update", (params) => {
    updated.push(params);
    return {};
  });
  peer.loaded = [];
  assertObjectMatch(await peer.lose(), { reloaded: [THREAD], lost: [] });
  assertObjectMatch(resumed[0] as object, { config: { web_search: "disabled" } });
  assertEquals(updated, [{ threadId: THREAD, sandboxPolicy: sandbox }]);

  // The next attempt finds the thread loaded, by the one that failed.
  let isFirst = true;
  peer.server.on("thread/resume", () => {
    peer.loaded = [THREAD];
    if (isFirst) peer.server.exit();
    isFirst = false;
    return weaker;
  });
  peer.loaded = [];
  assertObjectMatch(await peer.lose(), { attempts: 2, reloaded: [THREAD], restarted: true });
  assertEquals(updated.length, 2);
  peer.loaded = [];
  peer.server.on("thread/settings/update", () => {
    throw { code: -32603, message: "no" };
  });
  const turn = await thread.turn("hi");
  peer.begin();
  peer.server.on("thread/read", () => {
    throw { code: -32600, message: "gone" };
  });
  assertObjectMatch(await peer.lose(), { reloaded: [], lost: [THREAD] });
  await assertRejects(() => turn.run(), TurnLostError);
  await assertRejects(() => thread.run("again"), InternalRpcError); // reopening it fails too
});

test("resilient() follows a thread again that had no turn yet, once its first turn has begun [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const thread = await peer.thread();
  let isStored = false;
  peer.server.on("thread/resume", () => {
    if (isStored) return fakeThreadStart(THREAD);
    throw { code: -32600, message: `no rollout found for thread id ${THREAD}` };
  });
  assertObjectMatch(await peer.lose(), { lost: [] });
  const missed = agentMessage("item-1", "early");
  peer.server.on("turn/start", () => {
    isStored = true;
    peer.turns = [fakeTurn(TURN, "inProgress", { items: [missed] })];
    return { turn: fakeTurn(TURN) };
  });
  const turn = await thread.turn("hi");
  const events = collect(turn.stream());
  await peer.server.nextRequest("thread/turns/list");
  peer.turns = [fakeTurn(TURN, "completed", { items: [missed] })];
  peer.end();
  assertEquals(lines(await events), [
    ...["turn/started", "item/started item-1", "delta item-1 early", "item/completed item-1"],
    "turn/completed",
  ]);
});

test("resilient() bears a history whose turns and items lack fields [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const turn = await (await peer.thread()).turn("hi");
  peer.begin();
  const events = collect(turn.stream());
  const odd = [null, { items: [] }, { id: "turn-0" }, { id: TURN, items: [null, {}, { id: "x" }] }];
  peer.turns = odd as never;
  await peer.lose();
  peer.turns = [fakeTurn(TURN, "completed")];
  peer.end();
  assertEquals(lines(await events).slice(0, 2), ["turn/started", "sdk/gap 1"]);
});

test("resilient() leaves out what the client opted out of [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const codex = await peer.codex({ optOutNotificationMethods: ["item/agentMessage/delta"] });
  const thread = await codex.threadStart();
  const turn = await thread.turn("hi");
  peer.begin();
  const events = collect(turn.stream());
  peer.turns = [fakeTurn(TURN, "completed", { items: [agentMessage("item-1", "x")] })];
  await peer.lose();
  assert(!lines(await events).some((line) => line.startsWith("delta")));
});

test("resilient() gives up after giveUpMs: everything open rejects with the cause [R-108]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  await using peer = new Peer();
  let isDown = false;
  const down: string[] = [];
  const connect = resilient(
    (options) => isDown ? Promise.reject(new Error("refused")) : peer.server.connect(options),
    { giveUpMs: 30_000, onDown: ({ kind }) => down.push(kind) },
  );
  const codex = await peer.codex({ connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("hi");
  const list = peer.server.defer("model/list");
  const models = codex.models();
  await list.arrived();
  isDown = true;
  peer.server.exit();
  const waiting = codex.models();
  const failures = await Promise.all(
    [turn.run(), models, waiting].map((open) => assertRejects(() => open, TransportClosedError)),
  );
  for (const { close } of failures) assertInstanceOf(close.cause, ReconnectError);
  const { cause } = await codex.exited as { cause: ReconnectError };
  assertEquals([cause.code, down], ["reconnect_failed", ["process"]]);
  assert(cause.attempts > 5 && cause.attempts < 100, String(cause.attempts));
  assertGreaterOrEqual(clock.elapsedMs, 30_000);
  assertLess(clock.elapsedMs, 31_000);
});

test("resilient() gives up at once on an error that would repeat itself [R-108]", async () => {
  for (const reason of ["unauthorized", "forbidden"] as const) {
    using clock = fakeClock();
    await using peer = new Peer();
    let attempts = 0;
    const refused = new ConnectionRefusedError("ws://127.0.0.1", { reason });
    const connect = resilient((options) =>
      ++attempts === 1 ? peer.server.connect(options) : Promise.reject(refused)
    );
    const codex = await peer.codex({ connect });
    peer.server.exit();
    const { cause } = await codex.exited as { cause: ReconnectError };
    assertEquals([cause.attempts, cause.cause], [1, refused]);
    assertLess(clock.elapsedMs, 200);
  }
});

test("resilient() goes to no other server [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const codex = await peer.codex();
  peer.server.on("initialize", () => ({ userAgent: "x/0.171.0", codexHome: "/other" }));
  peer.server.exit();
  const { cause } = await codex.exited;
  assertInstanceOf(cause, ReconnectError);
  assert(cause.message.includes("/other"));
});

test("resilient() tries again when a new connection is lost, silent or refused by an overloaded server [R-108]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  await using peer = new Peer();
  const turn = await (await peer.thread()).turn("hi");
  peer.begin();
  const events = collect(turn.stream());
  peer.turns = [fakeTurn(TURN, "completed", { items: [agentMessage("item-1", "x")] })];
  let calls = 0;
  peer.server.on("thread/turns/list", () => {
    if (++calls === 1) peer.server.exit();
    if (calls === 2) return new Promise(() => {});
    return { data: peer.turns, nextCursor: null };
  });
  let resumes = 0;
  peer.server.on("thread/resume", () => {
    if (++resumes === 3) throw { code: -32001, message: "overloaded" };
    return fakeThreadStart(THREAD);
  });
  const gap = await peer.lose();
  assertEquals([gap.attempts, resumes], [3, 4]);
  assertGreaterOrEqual(clock.elapsedMs, 15_000);
  assertEquals(lines(await events), [
    ...["turn/started", "sdk/gap 1", "item/started item-1", "delta item-1 x"],
    ...["item/completed item-1", "turn/completed"],
  ]);
});

test("Codex.close and an abort are prompt while there is no connection [R-108]", async () => {
  using clock = fakeClock();
  await using peer = new Peer();
  let attempt = 0;
  let aborted = false;
  const connect = resilient((options) => {
    if (++attempt === 1) return peer.server.connect(options);
    return new Promise((_resolve, reject) => {
      options?.signal?.addEventListener("abort", () => {
        aborted = true;
        reject(options.signal?.reason);
      });
    });
  });
  const codex = await peer.codex({ connect });
  await codex.threadStart();
  peer.server.exit();
  const reason = new Error("enough");
  const controller = new AbortController();
  const request = codex.request("model/list", {}, { signal: controller.signal });
  while (attempt < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort(reason);
  assertEquals(await assertRejects(() => request, Error), reason);
  await codex.close();
  assert(aborted);
  assertEquals((await codex.exited).local, true);
  assertLess(clock.elapsedMs, 2_000);
});

test("resilient() keeps calls that are made without a connection until there is one [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const told: string[] = [];
  const codex = await peer.codex({}, {
    onDown: () => told.push("down"),
    onUp: () => told.push("up"),
    onGap: () => told.push("gap"),
  });
  peer.server.on("model/list", () => ({ data: [], nextCursor: null }));
  peer.server.exit();
  const models = codex.models();
  assertEquals(await models, []);
  assertEquals(told, ["down", "up", "gap"]);
});

test("resilient() follows no thread that the client has left, and starts its watches again [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const codex = await peer.codex();
  const thread = await codex.threadStart();
  peer.server.on("fs/watch", (params) => ({ path: params.path }));
  const watch = await codex.fs.watch("/tmp/a");
  await thread.close();
  assertEquals((await peer.lose()).threads, 0);
  const { params } = await peer.server.nextRequest("fs/watch");
  peer.server.notify("fs/changed", { watchId: params.watchId, changedPaths: ["/tmp/a"] });
  assertEquals((await watch.next()).value, { paths: ["/tmp/a"] });
});

test("resilient() reports a login that was completed meanwhile, and one that a restart has ended [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const codex = await peer.codex();
  let email: string | null = null;
  const account = () => ({
    account: email === null ? null : { type: "chatgpt", email, planType: "plus" },
    requiresOpenaiAuth: true,
  });
  peer.server.on("account/read", account as never);
  const urls = { type: "chatgpt", authUrl: "http://127.0.0.1/" };
  let logins = 0;
  peer.server.on("account/login/start", () => ({ ...urls, loginId: `login-${++logins}` }) as never);
  const login = await codex.loginChatgpt();
  await peer.server.nextRequest("account/read");
  let ended = false;
  const wait = login.wait().finally(() => ended = true);
  await peer.lose();
  assertEquals(ended, false);
  email = "a@example.com";
  await peer.lose();
  const { success, error } = await wait;
  assertEquals([success, error], [true, null]);
  // The server may report it after all.
  const params = { loginId: login.loginId, success: true, error: null };
  peer.server.notify("account/login/completed", params as never);
  await codex.account();
  assertEquals(peer.told.filter((frame) => frame.includes("login/completed")).length, 1);

  // The account stays the same, so only a restart says that nobody completes it.
  await codex.threadStart();
  const lost = await codex.loginChatgpt();
  await peer.server.nextRequest("account/read");
  peer.loaded = [];
  assertObjectMatch(await peer.lose(), { restarted: true });
  const end = await lost.wait();
  assertEquals([end.success, end.error], [false, "The server was restarted during the login"]);
});

test("resilient() starts again where the handshake was lost [R-108]", async () => {
  using _clock = fakeClock();
  await using peer = new Peer();
  const first = peer.server.defer("initialize");
  const starting = peer.codex();
  await first.arrived();
  peer.server.exit();
  const codex = await starting;
  assertEquals(codex.metadata.version, "0.171.0");
  const initialized = peer.server.received.filter(({ method }) => method === "initialized");
  assertEquals(initialized.length, 1);
});

test("resilient() refuses wrong options", () => {
  const connect = (): never => {
    throw new Error("not called");
  };
  assertThrows(() => resilient(connect, { giveUpMs: -1 }), RangeError, "giveUpMs");
  assertThrows(() => resilient(connect, { giveUp: 1 } as never), TypeError, "giveUp");
  assertThrows(() => resilient("ws://x" as never), TypeError, "connect");
});
