import type { Thread, TurnHandle, TurnOptions, TurnResult } from "../../../mod.ts";
import { TransportClosedError, TurnTimeoutError } from "../../../errors.ts";
import { agentMessage, type FakeAppServer, fakeThread, notification } from "../../../testing.ts";
import { assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import {
  completed,
  delta,
  type Fixture,
  open,
  reasonOf,
  settled,
  THREAD,
  TURN,
} from "../_fixture.ts";
import { openGoals } from "../goals/_goal_fixture.ts";

/** The beginning of a turn: a message that is being streamed. */
function begin(server: FakeAppServer): void {
  const ids = { threadId: THREAD, turnId: TURN };
  server.sendBatch([
    notification("item/started", { ...ids, item: agentMessage("item-1", ""), startedAtMs: 0 }),
    delta("The first "),
    delta("half"),
    notification("turn/diff/updated", { ...ids, diff: "+a" }),
  ]);
}

/** A turn in the middle of its message, and what aborts it. */
async function halfway(
  fixture: Fixture,
): Promise<{ readonly turn: TurnHandle; readonly controller: AbortController }> {
  const controller = new AbortController();
  const turn = await fixture.thread.turn("hi", { signal: controller.signal });
  begin(fixture.server);
  await settled(fixture);
  return { turn, controller };
}

function assertHalf(result: TurnResult | undefined, status: string): void {
  const [item] = result?.items ?? [];
  assertEquals(item, agentMessage("item-1", "The first half"));
  assertEquals([result?.status, result?.id, result?.diff], [status, TURN, "+a"]);
  assertEquals([result?.interruptedItems, result?.finalResponse], [["item-1"], null]);
}

interface End {
  readonly options?: TurnOptions;
  readonly end?: (fixture: Fixture, turn: TurnHandle) => unknown;
  readonly error: string;
  readonly status?: string;
}

const ENDS: readonly End[] = [
  { options: { timeoutMs: 50 }, error: "TurnTimeoutError" },
  { options: { idleTimeoutMs: 50 }, error: "TurnIdleTimeoutError" },
  {
    end: ({ server }) => server.exit({ code: 3, stderrTail: "" }),
    error: "TransportClosedError",
    status: "inProgress",
  },
  {
    end: ({ server }) => server.sendBatch([notification("thread/deleted", { threadId: THREAD })]),
    error: "TurnLostError",
    status: "inProgress",
  },
  {
    end: ({ server, thread }) => {
      server.defer("turn/interrupt");
      return thread.close();
    },
    error: "ThreadClosedError",
    status: "inProgress",
  },
];

for (const { options, end, error: name, status = "interrupted" } of ENDS) {
  test(`${name}.result has what the turn had produced, with what was streamed [R-87]`, async () => {
    using _clock = fakeClock({ waitsForModules: true });
    await using fixture = await open();
    const { server, thread } = fixture;
    server.on("thread/read", () => {
      throw { code: -32600, message: "gone" };
    });
    const turn = await thread.turn("hi", options);
    const running = reasonOf(turn.run());
    begin(server);
    await settled(fixture);
    void end?.(fixture, turn);
    const error = await running as Error & { readonly result?: TurnResult };
    assertEquals(error.name, name);
    assertHalf(error.result, status);
    assertStrictEquals(turn.partialResult(), error.result as TurnResult);
  });
}

test("TransportClosedError.result is that of each turn if several end at once [R-87]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const other = await codex.threadStart();
  const both = await Promise.all([thread, other].map((each: Thread) => each.turn("hi")));
  server.exit({ code: 1, stderrTail: "" });
  const results = await Promise.all(both.map(async (turn) => {
    return (await reasonOf(turn.run()) as { result: TurnResult }).result.id;
  }));
  assertEquals(results, ["turn-1", "turn-2"]);
});

test("TurnTimeoutError.result is null if the turn has not started [R-87]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.defer("turn/start");
  const error = await reasonOf(thread.run("hi", { timeoutMs: 5 }));
  assertEquals((error as { result: unknown }).result, null);
});

test("TurnHandle.partialResult has what the turn has produced, while it runs and after an abort [R-87]", async () => {
  await using fixture = await open();
  const { turn, controller } = await halfway(fixture);
  const { items, status, interruptedItems } = turn.partialResult();
  assertEquals(items as readonly unknown[], [agentMessage("item-1", "The first half")]);
  assertEquals([status, interruptedItems], ["inProgress", []]);
  controller.abort("enough");
  assertEquals(await reasonOf(turn.run()), "enough"); // a reason is thrown as it is
  assertHalf(turn.partialResult(), "interrupted");
});

for (
  const reason of [
    new TurnTimeoutError(5),
    new TransportClosedError({ kind: "stream", local: true }),
  ]
) {
  test(`The caller's own ${reason.name} as the reason of a signal is thrown as it is [R-87]`, async () => {
    await using fixture = await open();
    const { turn, controller } = await halfway(fixture);
    controller.abort(reason);
    assertStrictEquals(await reasonOf(turn.run()), reason);
    assertStrictEquals(reason.result, null);
    assertHalf(turn.partialResult(), "interrupted");
  });
}

test("TurnHandle.partialResult is the result of a turn that has ended", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([completed("completed")]);
  const result = await turn.run();
  assertStrictEquals(turn.partialResult(), result);
});

test("TurnTimeoutError.result of a goal has the items of all its turns [R-87]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  const fixture = await openGoals();
  await using _ = fixture;
  const { server } = fixture;
  server.on("turn/interrupt", ({ turnId }, request) => {
    request.reply();
    server.sendBatch([completed("interrupted", {}, String(turnId))]);
  });
  server.on("thread/read", () => ({ thread: fakeThread(THREAD) }));
  const turn = await fixture.begin({ timeoutMs: 10_000 });
  begin(server);
  await settled(fixture);
  const error = await reasonOf(turn.run()) as Error & { readonly result?: TurnResult };
  assertEquals(error.name, "TurnTimeoutError");
  assertHalf(error.result, "interrupted");
  assertEquals(error.result?.goal?.status, "paused");
});
