/** Every notification with fields of every wrong type: nothing throws inside, and streams keep their types. */
import type { Diagnostic } from "../../mod.ts";
import { NOTIFICATION_METHODS } from "../../src/generated/methods.ts";
import { notification } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { open, settled, THREAD, TURN } from "./_fixture.ts";

const GARBAGE: readonly unknown[] = [null, 5, "x", true, [], [null], {}];

/** The fields that some part of the client reads. */
const FIELDS = [
  "turn",
  "item",
  "itemId",
  "delta",
  "status",
  "thread",
  "tokenUsage",
  "plan",
  "diff",
  "error",
  "goal",
  "changes",
  "summaryIndex",
  "requestId",
  "threadSettings",
  "threadName",
  "turnId",
  "threadId",
  "loginId",
  "processId",
  "watchId",
  "changedPaths",
  "data",
  "message",
];

/** The objects that a field of this name holds, with one wrong field each. */
const INNER: Readonly<Record<string, readonly object[]>> = {
  turn: GARBAGE.flatMap((odd) => [{ id: odd }, { id: TURN, items: odd, rootTurnId: odd }]),
  item: ["agentMessage", "commandExecution", "fileChange", "reasoning", "mcpToolCall", "x"].flatMap(
    (type) =>
      GARBAGE.map((odd) => ({
        type,
        id: "item-1",
        text: odd,
        phase: odd,
        aggregatedOutput: odd,
        changes: odd,
        summary: odd,
        content: odd,
        receiverThreadIds: odd,
      })),
  ),
  thread: GARBAGE.flatMap((odd) => [{ id: odd }, { id: THREAD, status: odd, source: odd }]),
  status: GARBAGE.map((odd) => ({ type: odd })),
  tokenUsage: GARBAGE.map((odd) => ({ total: odd, last: odd })),
};

/** Params with one field that is not as declared, beside valid ids. */
function oddParams(): unknown[] {
  const ids = { threadId: THREAD, turnId: TURN, itemId: "item-1" };
  const single = FIELDS.flatMap((field) =>
    [...GARBAGE, ...INNER[field] ?? []].map((odd) => ({ ...ids, [field]: odd }))
  );
  return [...GARBAGE, ...single];
}

test("no notification of any shape throws inside the client, or breaks the types of its streams [R-69] [R-118]", async () => {
  for (const method of Object.keys(NOTIFICATION_METHODS)) {
    const diagnostics: Diagnostic[] = [];
    await using fixture = await open({ onDiagnostic: (each) => void diagnostics.push(each) });
    const { server, codex, thread } = fixture;
    const turn = await thread.turn("hi");
    const pieces: unknown[] = [];
    const read = async (source: AsyncIterable<unknown>): Promise<void> => {
      for await (const piece of source) pieces.push(piece);
    };
    const reading = [read(turn.textStream({ onLeave: "detach" })), read(turn.diffs())];
    const others = [
      turn.items(),
      turn.plans(),
      turn.subAgents(),
      thread.events(),
      thread.requests(),
    ]
      .map(async (source) => {
        for await (const _ of source as AsyncIterable<unknown>);
      });
    server.sendBatch(oddParams().map((params) => notification(method, params)));
    await settled(fixture);
    await codex.close();
    await Promise.allSettled([...reading, ...others]);
    assertEquals(diagnostics.filter(({ kind }) => kind === "callbackError"), [], method);
    assertEquals(pieces.filter((piece) => typeof piece !== "string"), [], method);
  }
});
