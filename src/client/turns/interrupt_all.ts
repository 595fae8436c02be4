/** Ends the turns of a client that is being closed. */
import type { ProtocolConnection } from "../../protocol/connection.ts";
import { waitAtMost } from "../../util/timer.ts";
import { interruptTurn } from "./turn_interrupt.ts";
import type { TurnRouter } from "./turn_router.ts";

/** Milliseconds that running turns get to end by an interrupt before the connection is closed. */
const INTERRUPT_ON_CLOSE_MS = 1_000;

/** Interrupts every turn that runs, and waits for their ends, bounded in time; never rejects. */
export async function interruptAll(
  router: TurnRouter,
  connection: ProtocolConnection,
): Promise<void> {
  // A goal that is left active would go on by itself when its thread is opened again.
  const halted = Promise.all(router.owners.map((owner) => owner.halt(connection)));
  const ends = router.active.map(async (turn) => {
    await halted;
    await interruptTurn(connection, turn).catch(() => {});
    await turn.outcome;
  });
  const ended = router.owners.map((owner) => owner.ended);
  await waitAtMost(Promise.all([halted, ...ends, ...ended]), INTERRUPT_ON_CLOSE_MS);
}
