/** The text of all agent messages of a turn, as a person reads it. */
import type { MessagePhase, ThreadItem } from "../../generated/types.ts";

/** What stands between two messages. */
export const SEPARATOR = "\n\n";

/** An agent message. */
export type MessageText = Extract<ThreadItem, { readonly type: "agentMessage" }>;

/** Returns the messages with text; with a phase, only those. A message without a phase counts as `"final_answer"`. */
export function textsOf(items: readonly ThreadItem[], phase?: MessagePhase): MessageText[] {
  return items.filter((item): item is MessageText => {
    return item.type === "agentMessage" && typeof item.text === "string" && item.text !== "" &&
      (phase === undefined || (item.phase ?? "final_answer") === phase);
  });
}

/** Returns the text of all messages. */
export function messageText(items: readonly ThreadItem[]): string {
  return textsOf(items).map(({ text }) => text).join(SEPARATOR);
}
