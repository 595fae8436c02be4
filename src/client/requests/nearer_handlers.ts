/** Which handlers a request of the server meets before the client's own: its turn's, then its thread's. */
import type { HandlerSet } from "../../protocol/handler_set.ts";
import { isRecord } from "../../util/is_record.ts";
import type { ThreadRegistry } from "../threads/thread_registry.ts";
import type { TurnRouter } from "../turns/turn_router.ts";

/** Gives the handlers of the request's turn and thread, the nearest first. */
export function nearerHandlers(
  threads: Pick<ThreadRegistry, "state">,
  router: Pick<TurnRouter, "turn">,
  params: unknown,
): HandlerSet[] {
  if (!isRecord(params)) return [];
  // The two legacy approvals call the thread a conversation.
  const threadId = params.threadId ?? params.conversationId;
  if (typeof threadId !== "string") return [];
  const turn = typeof params.turnId === "string" ? router.turn(threadId, params.turnId) : undefined;
  return [turn?.handlers, threads.state(threadId)?.handlers].filter((set) => set !== undefined);
}
