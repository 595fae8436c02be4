/** Ends the turns of a client that is being closed. */
import type { ProtocolConnection } from "../protocol/connection.ts";
import { waitAtMost } from "../util/timer.ts";
import type { TurnRouter } from "./turn_router.ts";

/** Interrupts every turn that runs, and waits for their ends at most so many milliseconds; never rejects. */
export async function interruptAll(
  router: TurnRouter,
  connection: ProtocolConnection,
  timeoutMs: number,
): Promise<void> {
  const ends = router.active.map(async ({ threadId, id, outcome }) => {
    await connection.request("turn/interrupt", { threadId, turnId: id }).catch(() => {});
    await outcome;
  });
  await waitAtMost(Promise.all(ends), timeoutMs);
}
