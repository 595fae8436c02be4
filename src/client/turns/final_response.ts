/** Selects the agent message that is the final response of a turn. */
import type { ThreadItem } from "../../generated/types.ts";

/**
 * Returns the text of the last completed message with the phase `final_answer`, else of the last one without a phase, else
 * `null`. Commentary and partial answers never count; an empty text does.
 */
export function finalResponseOf(items: readonly ThreadItem[]): string | null {
  let withoutPhase: string | null = null;
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index] as ThreadItem;
    if (item.type !== "agentMessage" || typeof item.text !== "string") continue;
    const phase = item.phase ?? null;
    if (phase === "final_answer") return item.text;
    if (phase === null) withoutPhase ??= item.text;
  }
  return withoutPhase;
}
