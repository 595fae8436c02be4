import { SettingsNotAppliedError } from "../../../errors.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { finish, type Fixture, open, settled, started } from "../_fixture.ts";
import { openGoals, rest } from "../goals/_goal_fixture.ts";

function sent({ server }: Fixture): unknown[] {
  return server.received.filter(({ method }) => method === "turn/settings/update")
    .map(({ params }) => params);
}

test("TurnHandle.set tries again when the turn begins, and rejects if the server does not run it", async () => {
  await using fixture = await open({}, { approvalPolicy: "on-request" });
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const statuses = ["targetUnavailable", "applied", "targetUnavailable"];
  server.on("turn/settings/update", (_params, request) => {
    request.reply({ status: statuses.shift() });
    server.sendBatch([started("turn-1")]);
  });
  await turn.set({ effort: "low", model: null, approvalMode: "ask" });
  const place = { threadId: "thread-1", turnId: "turn-1" };
  const wire = { ...place, effort: "low", approvalsReviewer: "user" };
  assertEquals(sent(fixture), [wire, wire]);
  const error = await assertRejects(() => turn.set({ effort: "high" }), SettingsNotAppliedError);
  assertEquals([error.threadId, error.turnId, error.settings], ["thread-1", "turn-1", ["effort"]]);
  await turn.set({ approvalMode: "inherit" }); // nothing to send
  await finish(server, turn);
  await assertRejects(() => turn.set({ effort: "high" }), SettingsNotAppliedError, "has ended");
  assertEquals(sent(fixture).length, 3);
});

test("TurnHandle.set of a turn that never asks refuses an approval mode before anything is sent", async () => {
  await using fixture = await open({}, { approvalPolicy: "never" });
  const turn = await fixture.thread.turn("hi");
  for (const approvalMode of ["ask", "autoReview", "denyAll"] as never[]) {
    await assertRejects(() => turn.set({ approvalMode }), SettingsNotAppliedError, "approvalMode");
  }
  assertEquals(sent(fixture), []);
  await finish(fixture.server, turn);
});

test("TurnHandle.set of a goal changes the part that runs", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.on("turn/settings/update", () => ({ status: "applied" }));
  server.sendBatch([...rest("turn-1", "one"), started("turn-2")]);
  await settled(goals);
  await turn.set({ effort: "low" });
  assertEquals(sent(goals), [{ threadId: "thread-1", turnId: "turn-2", effort: "low" }]);
  await turn.interrupt();
});
