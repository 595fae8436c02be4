import type { CommandApproval, RequestHandlerOptions } from "../../../mod.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import { type FakeMessage, fakeTurn } from "../../../testing.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { answer, completed, open, reasonOf, started } from "../_fixture.ts";
import { ended, openGoals } from "../goals/_goal_fixture.ts";
import {
  answers,
  ask,
  asking,
  COMMAND,
  decision,
  fileChangeStarted,
  FILES,
  MCP_TOOL,
  PARAMS,
  quiet,
  send,
  settled,
  THREAD,
  TURN,
} from "./_requests.ts";

test("handlers of the turn precede those of the thread, which precede those of the client [R-40]", async () => {
  const asked: string[] = [];
  const at = (level: string, word?: "accept" | "cancel" | "acceptForSession") => () => {
    asked.push(level);
    return word;
  };
  await using fixture = await asking(
    { onFileChangeApproval: at("client", "accept") },
    { onFileChangeApproval: at("turn", "cancel") },
  );
  const { thread, turn } = fixture;
  thread.handle(FILES, () => {
    asked.push("thread");
    return { decision: "acceptForSession" };
  });
  assertEquals(await ask(fixture, FILES), decision("cancel"));
  const remove = turn.handle(FILES, () => {
    asked.push("turn");
    return undefined;
  });
  assertEquals(await ask(fixture, FILES), decision("acceptForSession"));
  remove();
  assertEquals(await ask(fixture, FILES), decision("acceptForSession"));
  fixture.server.sendBatch(answer("done"));
  await turn.run();
  const elsewhere = { ...PARAMS[FILES], turnId: "of others" };
  assertEquals(await ask(fixture, FILES, elsewhere), decision("acceptForSession"));
  const other = { ...elsewhere, threadId: "of others" };
  assertEquals(await ask(fixture, FILES, other), decision("accept"));
  assertEquals(asked, ["turn", "turn", "thread", "thread", "thread", "client"]);
});

test("handlers that return undefined pass a request on, to the policy and then to the next scope [R-40]", async () => {
  const asked: string[] = [];
  const pass = (level: string) => () => void asked.push(level);
  await using fixture = await asking(
    { onCommandApproval: pass("client"), approvals: () => (asked.push("last"), "accept") },
    { onCommandApproval: pass("turn"), approvals: pass("turn policy") as () => undefined },
  );
  assertEquals(await ask(fixture, COMMAND), decision("accept"));
  assertEquals(asked, ["turn", "turn policy", "client", "last"]);
  const question = "item/tool/requestUserInput";
  assertEquals(await ask(fixture, question), '{"answers":{}}'); // policies do not decide on questions
  assertEquals(asked.length, 4);
});

test("handlers of a thread are set by threadStart, threadResume and threadFork, and stay [R-40]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("thread/resume", ({ threadId }) => ({ thread: { id: threadId } }));
  server.on("thread/fork", () => ({ thread: { id: "fork" } }));
  const onCommandApproval = (): "accept" => "accept";
  await codex.threadStart({ onCommandApproval });
  await codex.threadResume("stored", { onCommandApproval });
  await codex.threadResume("stored");
  await codex.threadFork("stored", { handlers: { [COMMAND]: () => ({ decision: "cancel" }) } });
  for (
    const [threadId, word] of [["thread-2", "accept"], ["stored", "accept"], ["fork", "cancel"]]
  ) {
    const params = { ...PARAMS[COMMAND], threadId };
    assertEquals(await ask(fixture, COMMAND, params), decision(String(word)), threadId);
  }
  assertEquals(await ask(fixture, COMMAND), decision("decline"));
});

test("handlers are never sent, and are checked before anything is sent [R-40]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("review/start", () => ({ turn: fakeTurn("review"), reviewThreadId: THREAD }));
  const options: RequestHandlerOptions = {
    onCommandApproval: () => "accept",
    onUserInput: () => "x",
    approvals: () => undefined,
    handlers: { [FILES]: () => ({ decision: "accept" }) },
    approvalTimeoutMs: 5_000,
    approvalTimeoutDecision: "cancel",
  };
  await codex.threadStart(options);
  const turn = await thread.turn("hi", options);
  server.sendBatch(answer("done", turn.id));
  await turn.run();
  await thread.review({ type: "uncommittedChanges" }, options);
  server.sendBatch([completed("completed", {}, "review")]);
  const sent = server.received.map((message) => JSON.stringify(message));
  for (const name of Object.keys(options)) {
    assert(!sent.some((message) => message.includes(`"${name}"`)), name);
  }
  const before = server.received.length;
  const wrong: Record<string, unknown>[] = [
    { onCommandApproval: "accept" },
    { approvals: "accept" },
    { handlers: [] },
    { handlers: { [COMMAND]: "accept" } },
    { handlers: { [COMMAND]: () => undefined }, onCommandApproval: () => "accept" },
    { approvalTimeoutDecision: "accept" },
    { onTokenRefresh: () => ({}) },
  ];
  for (const bad of wrong) {
    const calls = [codex.threadStart(bad), codex.threadResume("x", bad), thread.turn("x", bad)];
    for (const call of calls) assert(await reasonOf(call) instanceof TypeError);
    const goal = { goal: true, ...bad };
    assert(await reasonOf(thread.run("x", goal)) instanceof TypeError);
    const target = { type: "uncommittedChanges" } as const;
    assert(await reasonOf(thread.review(target, bad)) instanceof TypeError);
  }
  assert(await reasonOf(thread.run("x", { approvalTimeoutMs: -1 })) instanceof RangeError);
  assertThrows(() => codex.handle(COMMAND, "x" as never), TypeError);
  assertEquals(server.received.length, before);
});

test("handlers of a turn get a request that arrives before the reply to its start [R-16] [R-40]", async () => {
  await using fixture = await open({ onCommandApproval: () => "cancel" });
  const { server, thread } = fixture;
  const starting = server.defer("turn/start");
  const seen = deferred<CommandApproval>();
  const turn = thread.turn("hi", {
    onCommandApproval: (approval) => {
      seen.resolve(approval);
      return "accept";
    },
  });
  await starting.arrived();
  const reply = ask(fixture, COMMAND, undefined, 1);
  await settled(fixture);
  assertEquals(answers(fixture, 1), []); // it waits for the reply
  starting.reply({ turn: fakeTurn(TURN) });
  assertEquals(await reply, decision("accept"));
  assertStrictEquals((await seen.promise).turn?.id, (await turn).id);
  assertStrictEquals((await seen.promise).thread, thread);
});

test("handlers are asked once it is known that a pending start is for another turn or was refused [R-16]", async () => {
  for (const refused of [true, false]) {
    await using fixture = await open({ onCommandApproval: () => "cancel" });
    const { server, thread } = fixture;
    const starting = server.defer("turn/start");
    const turn = thread.turn("hi", { onCommandApproval: () => "accept" });
    turn.catch(() => {});
    await starting.arrived();
    const reply = ask(fixture, COMMAND);
    if (refused) starting.fail({ code: -32600, message: "no" });
    else starting.reply({ turn: fakeTurn("another") });
    assertEquals(await reply, decision("cancel"));
  }
});

test("handlers of a goal answer for all of its turns [R-40] [R-32]", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const seen: (string | undefined)[] = [];
  const starting = thread.turn("make it so", {
    goal: true,
    onCommandApproval: ({ turn }) => {
      seen.push(turn?.id);
      return "accept";
    },
  });
  await server.nextRequest("thread/goal/set");
  server.sendBatch([started("turn-1")]);
  const turn = await starting;
  assertEquals(await ask(goals, COMMAND), decision("accept"));
  server.sendBatch([ended("turn-1")]);
  // Between two turns of the goal, and before the next one was reported.
  const next = (itemId: string): FakeMessage => ({ ...PARAMS[COMMAND], turnId: "turn-2", itemId });
  assertEquals(await ask(goals, COMMAND, next("1")), decision("accept"));
  server.sendBatch([started("turn-2")]);
  assertEquals(await ask(goals, COMMAND, next("2")), decision("accept"));
  assertEquals(seen, [turn.id, turn.id, turn.id]);
});

test("handlers of a review answer for it, under either of its ids [R-40]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("review/start", () => ({ turn: fakeTurn("review"), reviewThreadId: THREAD }));
  await thread.review({ type: "uncommittedChanges" }, { onCommandApproval: () => "accept" });
  const live = fakeTurn("live", "inProgress", { rootTurnId: "review" });
  server.notify("turn/started", { threadId: THREAD, turn: live });
  for (const turnId of ["review", "live"]) {
    const params = { ...PARAMS[COMMAND], turnId };
    assertEquals(await ask(fixture, COMMAND, params), decision("accept"), turnId);
  }
  server.sendBatch([completed("completed", {}, "review")]);
});

test("handlers of every kind get their request as an object of its class, with its item [R-40]", async () => {
  const kinds: string[] = [];
  const seen = (request: { readonly kind: string }): void => void kinds.push(request.kind);
  await using fixture = await asking({
    onCommandApproval: seen,
    onFileChangeApproval: (approval) => {
      seen(approval);
      assertEquals(approval.changes?.map(({ path }) => path), ["/srv/a.md"]);
      assertEquals(approval.item?.id, "item-1");
    },
    onPermissionsApproval: seen,
    onMcpToolApproval: seen,
    onUserInput: seen,
    onElicitation: seen,
    onExecCommandApproval: seen,
    onApplyPatchApproval: seen,
    onTokenRefresh: ({ previousAccountId }) => ({
      accessToken: "t",
      chatgptAccountId: String(previousAccountId),
    }),
    onAttestation: () => "attested",
    handlers: { "item/tool/call": () => ({ contentItems: [], success: true }) },
  });
  fixture.server.sendBatch([fileChangeStarted()]);
  const programs: string[] = [];
  for (const method of Object.keys(PARAMS) as ServerRequestMethod[]) {
    const given = await ask(fixture, method);
    if (!given.includes("decl")) programs.push(given);
  }
  await ask(fixture, "mcpServer/elicitation/request", MCP_TOOL);
  assertEquals(kinds, [
    "commandApproval",
    "fileChangeApproval",
    "permissionsApproval",
    "userInput",
    "elicitation",
    "execCommandApproval",
    "applyPatchApproval",
    "mcpToolApproval",
  ]);
  assertEquals(programs, [
    '{"permissions":{},"scope":"turn"}',
    '{"answers":{}}',
    '{"contentItems":[],"success":true}',
    '{"accessToken":"t","chatgptAccountId":"a","chatgptPlanType":null}',
    '{"token":"attested"}',
  ]);
  const [initialize] = fixture.server.received;
  const { capabilities } = initialize?.params as { capabilities: { requestAttestation: boolean } };
  assertEquals(capabilities.requestAttestation, true);
});

test("handlers of one kind pass the other kind of their method on to the next scope", async () => {
  await using fixture = await asking({ onElicitation: () => "cancel" }, {
    onMcpToolApproval: (approval) => approval.approveForSession(),
  });
  const method = "mcpServer/elicitation/request";
  assertEquals(await ask(fixture, method), '{"action":"cancel","content":null,"_meta":null}');
  assertEquals(
    await ask(fixture, method, MCP_TOOL),
    '{"action":"accept","content":{},"_meta":{"persist":"session"}}',
  );
  fixture.turn.handle(method, () => ({ action: "decline", content: 1, _meta: null }));
  assertEquals(
    await ask(fixture, method, MCP_TOOL),
    '{"action":"decline","content":1,"_meta":null}',
  );
  send(fixture, 9, method);
  await quiet(fixture);
  assertEquals(answers(fixture, 9).length, 1);
});
