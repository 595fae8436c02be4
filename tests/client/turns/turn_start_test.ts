import {
  image,
  localImage,
  mention,
  RequestTimeoutError,
  skill,
  text,
  TurnTimeoutError,
} from "../../../mod.ts";
import type { TurnInput, TurnOptions } from "../../../mod.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { count, finish, open, THREAD } from "../_fixture.ts";

const INPUT = [{ type: "text", text: "hi", text_elements: [] }];

/** Starts a turn and returns its params in the protocol. */
async function started(input: TurnInput, options?: TurnOptions): Promise<FakeMessage> {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn(input, options);
  const { params } = await server.nextRequest("turn/start");
  await finish(server, turn);
  return params;
}

test("Thread.turn sends the thread, the input and nothing that was not set [R-42]", async () => {
  const plain = { threadId: THREAD, input: INPUT };
  assertEquals(await started("hi"), plain);
  const unset = {
    approvalMode: undefined,
    sandbox: undefined,
    model: undefined,
    timeoutMs: 0,
  } as never;
  assertEquals(await started("hi", unset), plain);
  assertEquals(await started("hi", { approvalMode: null, sandbox: null }), plain);
});

test("Thread.turn sends its options as protocol fields", async () => {
  const fields = {
    cwd: "/work",
    effort: "high",
    model: "gpt-5",
    outputSchema: { type: "object", properties: {} },
    personality: "friendly",
    serviceTier: "flex",
    serviceTierForTurn: "fast",
    summary: "concise",
    turnTrigger: "schedule",
  } as const;
  const options: TurnOptions = {
    ...fields,
    approvalMode: "ask",
    sandbox: "workspace",
    signal: new AbortController().signal,
    timeoutMs: 5_000,
  };
  assertEquals(await started("hi", options), {
    ...fields,
    threadId: THREAD,
    input: INPUT,
    approvalPolicy: "on-request",
    approvalsReviewer: "user",
    sandboxPolicy: {
      type: "workspaceWrite",
      writableRoots: [],
      networkAccess: false,
      excludeTmpdirEnvVar: false,
      excludeSlashTmp: false,
    },
  });
});

test("Thread.turn maps the sandboxes and modes of a turn", async () => {
  const readOnly = await started("hi", { sandbox: "readOnly", approvalMode: "denyAll" });
  assertEquals(readOnly.sandboxPolicy, { type: "readOnly", networkAccess: false });
  assertEquals([readOnly.approvalPolicy, "approvalsReviewer" in readOnly], ["never", false]);
  const full = await started("hi", { sandbox: "fullAccess", approvalMode: "inherit" });
  assertEquals(full.sandboxPolicy, { type: "dangerFullAccess" });
  assertEquals(["approvalPolicy" in full, "approvalsReviewer" in full], [false, false]);
});

test("Thread.turn refuses options that would change the thread or the input [R-93]", async () => {
  for (const stray of [{ threadId: "other" }, { input: [] }]) {
    await assertRejects(() => started("hi", stray as never), TypeError, "Unknown option");
  }
  assertEquals(await started("hi", {}), { threadId: THREAD, input: INPUT });
});

test("Thread.turn accepts every kind of input", async () => {
  const { input } = await started([
    "look",
    text("here"),
    image("data:image/png;base64,AA=="),
    localImage("/a.png"),
    skill("review", "/skills/review/SKILL.md"),
    mention("app", "app://x"),
  ]);
  assertEquals(input, [
    { type: "text", text: "look", text_elements: [] },
    { type: "text", text: "here", text_elements: [] },
    { type: "image", url: "data:image/png;base64,AA==" },
    { type: "localImage", path: "/a.png" },
    { type: "skill", name: "review", path: "/skills/review/SKILL.md" },
    { type: "mention", name: "app", path: "app://x" },
  ]);
  const blankToo = await started(["", localImage("/a.png")]);
  assertEquals((blankToo.input as unknown[]).length, 2); // blank text by itself would be refused
  assertEquals((await started(localImage("/a.png"))).input, [{
    type: "localImage",
    path: "/a.png",
  }]);
});

test("Thread.turn and run refuse bad input before anything is sent, and the next call works", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const circle: Record<string, unknown> = { type: "circle" };
  circle.self = circle;
  const wrong: unknown[] = [
    "",
    " \n\t",
    [],
    ["", " "],
    [text("")],
    undefined,
    null,
    5,
    {},
    [null],
    [["nested"]],
    { type: "text" },
    { type: "text", text: 5 },
    { type: "video", url: "x" },
    circle,
    { type: "image", url: "" },
    { type: "image", url: "http://example.com/a.png" },
    { type: "image", url: "HTTPS://example.com/a.png" },
    { type: "image", url: " https://example.com/a.png" },
    { type: "image" },
    { type: "localImage", path: "" },
    { type: "localImage", path: null },
    { type: "skill", name: "x" },
    { type: "mention", name: "", path: "/x" },
  ];
  for (const input of wrong) {
    await assertRejects(() => thread.run(input as never), TypeError);
    await assertRejects(() => thread.turn(input as never), TypeError);
  }
  assertEquals(count(server, "turn/start"), 0);
  await finish(server, await thread.turn("hi"));
});

test("timeoutMs and signal of turns and steers also limit reading the input", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const stuck = new Blob([new Uint8Array(4)], { type: "image/png" });
  stuck.arrayBuffer = () => new Promise(() => {});
  const input = [image(stuck)];
  await assertRejects(() => thread.run(input, { timeoutMs: 100 }), TurnTimeoutError);
  await assertRejects(() => thread.turn(input, { timeoutMs: 100 }), TurnTimeoutError);
  const signal = AbortSignal.abort("enough");
  assertEquals(await thread.turn(input, { signal }).catch((reason) => reason), "enough");
  assertEquals(count(server, "turn/start"), 0);
  const turn = await thread.turn("hi");
  await assertRejects(() => turn.steer(input, { timeoutMs: 100 }), RequestTimeoutError);
  assertEquals(count(server, "turn/steer"), 0);
  await finish(server, turn);
});

test("Thread.turn refuses bad options before anything is sent, and the next call works", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const options of [{ approvalMode: "no" }, { sandbox: "no" }, { sandbox: 5 }]) {
    await assertRejects(() => thread.run("hi", options as never), TypeError, "must be one of");
  }
  for (const timeoutMs of [-1, NaN, "5", {}]) {
    await assertRejects(() => thread.run("hi", { timeoutMs } as never), RangeError, "timeoutMs");
  }
  await assertRejects(() => thread.run("hi", { signal: {} } as never), TypeError);
  await assertRejects(() => thread.run("hi", "gpt-5" as never), TypeError, "options");
  await assertRejects(() => thread.run("hi", null as never), TypeError);
  assertEquals(count(server, "turn/start"), 0);
  await finish(server, await thread.turn("hi"));
});

test("Thread.turn rejects what cannot be written as JSON, and the next call works", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  await assertRejects(() => thread.turn("hi", { outputSchema: circle as never }), TypeError);
  await assertRejects(() => thread.turn("hi", { outputSchema: 5n as never }), TypeError);
  await finish(server, await thread.turn("hi"));
});
