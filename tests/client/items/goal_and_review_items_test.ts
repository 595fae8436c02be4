import { agentMessage, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, itemCompleted, open, started as turnStarted, THREAD } from "../_fixture.ts";
import { goalUpdated, openGoals, part, rest } from "../goals/_goal_fixture.ts";
import { all, summary } from "./_items.ts";

test("TurnHandle.items yields the items of all turns of a goal under one id [R-32]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const reading = all(turn.items());
  server.sendBatch(rest("turn-1", "one"));
  server.sendBatch([...part("turn-2", "two"), turnStarted("turn-3")]);
  server.sendBatch([goalUpdated("complete", "turn-3"), ...rest("turn-3", "three")]);
  const views = await reading;
  assertEquals(views.map(summary), [
    "agentMessage message of turn-1 completed",
    "agentMessage message of turn-2 completed",
    "agentMessage message of turn-3 completed",
  ]);
  assertEquals(views.map(({ turnId }) => turnId), ["turn-1", "turn-1", "turn-1"]);
  await turn.run();
});

test("TurnHandle.items yields the items of a review, although it starts under another id", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("review/start", () => ({ turn: fakeTurn("review"), reviewThreadId: THREAD }));
  const turn = await thread.review({ type: "uncommittedChanges" });
  const live = fakeTurn("live", "inProgress", { rootTurnId: "review" });
  server.sendBatch([
    notification("turn/started", { threadId: THREAD, turn: live }),
    itemCompleted({ type: "enteredReviewMode", id: "in", review: "changes" }, "review"),
    itemCompleted(agentMessage("m", "fine"), "review"),
    completed("completed", {}, "review"),
  ]);
  const views = await all(turn.items());
  assertEquals(views.map(summary), ["enteredReviewMode in completed", "agentMessage m completed"]);
});
