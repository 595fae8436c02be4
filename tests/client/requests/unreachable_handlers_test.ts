/** Handlers that will never be asked are reported once per thread, and nothing else changes. */
import type { CodexOptions, Diagnostic, Thread, TurnOptions } from "../../../mod.ts";
import { fakeThreadStart, fakeTurn } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { openGoals } from "../goals/_goal_fixture.ts";
import { completed, type Fixture, open, settled, THREAD } from "../_fixture.ts";
import { COMMAND } from "./_requests.ts";

const ASKS = { approvalPolicy: "on-request", approvalsReviewer: "user" } as const;
const REVIEWED = { approvalPolicy: "on-request", approvalsReviewer: "auto_review" } as const;
const NEVER = { approvalPolicy: "never", approvalsReviewer: "user" } as const;
const accept = (): "accept" => "accept";

type Settings = typeof ASKS | typeof REVIEWED | typeof NEVER;

/** A client with a thread of these settings, and the unreachable handlers reported for it. */
async function reporting(
  settings: Settings,
  options: CodexOptions = {},
): Promise<Fixture & { readonly reported: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): number => diagnostics.push(diagnostic);
  const fixture = await open({ onDiagnostic, ...options }, settings);
  return { ...fixture, reported: diagnostics };
}

/** Runs a turn of the fake server to its end. */
async function run({ server }: Fixture, thread: Thread, options: TurnOptions = {}): Promise<void> {
  const turn = await thread.turn("hi", options);
  server.sendBatch([completed("completed", {}, turn.id, thread.id)]);
  await turn.run();
}

/** What is reported for a thread that leaves decisions to this mode. */
function unreachable(
  approvalMode: "autoReview" | "denyAll",
  threadId: string = THREAD,
): Diagnostic {
  return { kind: "unreachableHandler", threadId, approvalMode };
}

test("unreachableHandler is reported once for a turn's handler, policy or raw handler in a thread that does not ask", async () => {
  const deciders: TurnOptions[] = [
    { onCommandApproval: accept },
    { onMcpToolApproval: accept },
    { approvals: () => undefined },
    { handlers: { [COMMAND]: () => ({ decision: "accept" }) } },
    { onCommandApproval: accept, approvalMode: "inherit" },
  ];
  for (const options of deciders) {
    await using reviewed = await reporting(REVIEWED);
    await run(reviewed, reviewed.thread, options);
    await run(reviewed, reviewed.thread, options);
    assertEquals(reviewed.reported, [unreachable("autoReview")]);
    const [{ params: start } = { params: {} }] = [await reviewed.server.nextRequest("turn/start")];
    assertEquals(["approvalPolicy" in start, "approvalsReviewer" in start], [false, false]);
    await using never = await reporting(NEVER);
    await run(never, never.thread, options);
    assertEquals(never.reported, [unreachable("denyAll")]);
  }
});

test("unreachableHandler is not reported if the client is asked, a mode is set, or only questions are handled", async () => {
  await using asked = await reporting(ASKS);
  await run(asked, asked.thread, { onCommandApproval: accept });
  assertEquals(asked.reported, []);
  await using reviewed = await reporting(REVIEWED);
  const { thread } = reviewed;
  await run(reviewed, thread, { onCommandApproval: accept, approvalMode: "ask" });
  await run(reviewed, thread, { approvals: accept, approvalMode: "autoReview" });
  await run(reviewed, thread, { onUserInput: () => "blue", onElicitation: () => "cancel" });
  await run(reviewed, thread, { approvalTimeoutMs: 1_000 });
  await using _reader = thread.requests({ kinds: ["commandApproval"] });
  await run(reviewed, thread);
  assertEquals(reviewed.reported, []);
});

test("unreachableHandler follows the thread settings that the server reports", async () => {
  await using fixture = await reporting(REVIEWED);
  const { server, thread } = fixture;
  const change = async (settings: Settings): Promise<void> => {
    server.notify("thread/settings/updated", { threadId: THREAD, threadSettings: settings });
    await settled(fixture);
  };
  await change(ASKS);
  await run(fixture, thread, { onCommandApproval: accept });
  assertEquals(fixture.reported, []);
  await change(NEVER);
  await run(fixture, thread, { onCommandApproval: accept });
  assertEquals(fixture.reported, [unreachable("denyAll")]);
});

test("unreachableHandler is reported for opened threads with a handler of their own or of the client", async () => {
  for (const ofClient of [false, true]) {
    const decider = { approvals: accept };
    await using fixture = await reporting(ASKS, ofClient ? decider : {});
    const { codex, server } = fixture;
    server.on("thread/resume", ({ threadId }) => ({
      ...fakeThreadStart(String(threadId)),
      ...REVIEWED,
    }));
    server.on("thread/fork", () => ({ ...fakeThreadStart("fork"), ...NEVER }));
    const options = ofClient ? {} : decider;
    const resumed = await codex.threadResume("stored", options);
    await codex.threadResume("stored", options);
    await run(fixture, resumed, decider);
    await codex.threadFork("stored", options);
    await codex.threadResume("wanted", { ...options, approvalMode: "autoReview" });
    assertEquals(fixture.reported, [
      unreachable("autoReview", "stored"),
      unreachable("denyAll", "fork"),
    ]);
  }
});

test("unreachableHandler is reported for a new thread that inherits its mode, but not for one that sets it", async () => {
  await using fixture = await reporting(NEVER);
  const { codex } = fixture;
  await codex.threadStart({ approvals: accept, approvalMode: "denyAll" });
  await codex.threadStart({ approvalMode: "inherit" });
  assertEquals(fixture.reported, []);
  const { id } = await codex.threadStart({ approvals: accept, approvalMode: "inherit" });
  assertEquals(fixture.reported, [unreachable("denyAll", id)]);
});

test("unreachableHandler is reported for approvals in a review, which never asks, but not for questions", async () => {
  await using fixture = await reporting(ASKS);
  const { server, thread } = fixture;
  let reviews = 0;
  server.on("review/start", () => ({
    turn: fakeTurn(`review-${++reviews}`),
    reviewThreadId: THREAD,
  }));
  const review = async (options: Parameters<Thread["review"]>[1]): Promise<void> => {
    const turn = await thread.review({ type: "uncommittedChanges" }, options);
    server.sendBatch([completed("completed", {}, turn.id)]);
    await turn.run();
  };
  await review({ onUserInput: () => "blue" });
  assertEquals(fixture.reported, []);
  await review({ onCommandApproval: accept });
  assertEquals(fixture.reported, [unreachable("denyAll")]);
});

test("unreachableHandler is reported for a goal's handler, but not if the goal sets its own mode", async () => {
  for (const approvalMode of ["ask", undefined] as const) {
    const diagnostics: Diagnostic[] = [];
    await using fixture = await openGoals({ onDiagnostic: (event) => diagnostics.push(event) });
    fixture.server.on("thread/settings/update", () => ({}));
    fixture.server.notify("thread/settings/updated", {
      threadId: THREAD,
      threadSettings: NEVER,
    });
    await settled(fixture);
    await fixture.begin({ onCommandApproval: accept, approvalMode });
    assertEquals(diagnostics, approvalMode === "ask" ? [] : [unreachable("denyAll")]);
  }
});

test("unreachableHandler is not reported for threads whose settings are unknown", async () => {
  await using fixture = await reporting(ASKS);
  const { codex, server } = fixture;
  server.on("thread/resume", ({ threadId }) => ({ thread: { id: threadId } }));
  await run(fixture, await codex.threadResume("bare", { approvals: accept }), {
    approvals: accept,
  });
  assertEquals(fixture.reported, []);
});
