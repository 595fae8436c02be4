/** What people send to a run is handed on once. */
import type { TurnHandle } from "../../mod.ts";
import type { FleetEvent, FleetStore, StoredMessage } from "../../fleet.ts";
import type { AttemptLog } from "../../src/fleet/attempt_log.ts";
import type { AgentJobDeps } from "../../src/fleet/run_agent_job.ts";
import { RunMessages } from "../../src/fleet/run_messages.ts";
import type { RunRequests } from "../../src/fleet/run_requests.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("a steer that two reads find at once reaches the turn once [R-110]", async () => {
  const steer: StoredMessage = { seq: 1, message: { type: "steer", input: "Take blue." } };
  const replies: ((messages: StoredMessage[]) => void)[] = [];
  let changed = (): void => {};
  const store: Pick<FleetStore, "watch" | "messages"> = {
    watch(_runId, callback): () => void {
      changed = callback;
      return () => {};
    },
    messages: () => new Promise((resolve) => replies.push(resolve)),
  };
  const events: FleetEvent[] = [];
  const log = {
    logged: { handled: new Set() },
    add: (event: FleetEvent) => void events.push(event),
  } as unknown as AttemptLog;
  const messages = new RunMessages(
    "run",
    { store } as unknown as AgentJobDeps,
    log,
    {} as RunRequests,
    new Set(),
  );
  try {
    const first = messages.read();
    changed(); // the news of the message arrives while it is read already
    for (const reply of replies) reply([steer]);
    await first;
    await Promise.resolve();
    let steers = 0;
    const turn = {
      steer: () => Promise.resolve(void steers++),
    } as unknown as TurnHandle;
    messages.steerInto(turn);
    for (const reply of replies) reply([]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals([steers, events.length], [1, 1]);
  } finally {
    messages.stop();
  }
});
