/** The parent of a sub-agent's thread, read from notifications. */
import type { ThreadItem } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";

/** A sub-agent's thread and its parent: the thread whose agent started it. */
export interface AgentLink {
  readonly threadId: string;
  readonly parentThreadId: string;
  /** The agent's path below its root thread; `null` if the server reports none. */
  readonly path: string | null;
  /** The agent's task; `null` if the server does not report it. */
  readonly prompt: string | null;
}

/** Returns the links to sub-agents that a notification reports as started or resumed. */
export function linksIn(event: ServerNotification): AgentLink[] {
  switch (event.method) {
    case "item/started":
    case "item/completed":
      return isRecord(event.params?.item) ? linksOf(event.params.item, event.params.threadId) : [];
    case "thread/started": {
      const { id, parentThreadId } = event.params?.thread ?? {};
      return links([id], parentThreadId, {});
    }
    default:
      return [];
  }
}

function linksOf(item: ThreadItem, threadId: string): AgentLink[] {
  if (item.type === "subAgentActivity") {
    return item.kind === "started"
      ? links([item.agentThreadId], threadId, { path: item.agentPath })
      : [];
  }
  if (item.type !== "collabAgentToolCall") return [];
  if (item.tool !== "spawnAgent" && item.tool !== "resumeAgent") return [];
  const parent = item.senderThreadId ?? threadId;
  return links(item.receiverThreadIds, parent, { prompt: item.prompt });
}

/** Skips invalid ids: newer servers may omit any field. */
function links(
  ids: readonly unknown[],
  parentThreadId: unknown,
  { path = null, prompt = null }: Partial<Pick<AgentLink, "path" | "prompt">>,
): AgentLink[] {
  if (!Array.isArray(ids) || typeof parentThreadId !== "string") return [];
  return ids.filter((id): id is string => typeof id === "string" && id !== parentThreadId)
    .map((threadId) => ({ threadId, parentThreadId, path, prompt }));
}
