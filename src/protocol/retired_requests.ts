/** Requests that the protocol no longer has: a server of an older Codex may still send them. */
import { timeOfDay } from "../util/clock.ts";

/** The answer to each retired request. No handler can be set for them. */
export const RETIRED_ANSWERS: Readonly<Record<string, () => unknown>> = {
  // Gone in 0.171.0.
  "currentTime/read": () => ({ currentTimeAt: Math.floor(timeOfDay() / 1_000) }),
};
