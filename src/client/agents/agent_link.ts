/** What the server tells of where a sub-agent's thread comes from. */
import type { ThreadItem } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";

/** A thread and the one whose agent started it. */
export interface AgentLink {
  readonly threadId: string;
  readonly parentThreadId: string;
  /** The name of the agent among those of its root thread, where the server gives names. */
  readonly path: string | null;
  /** What the agent was told to do, where the server tells it. */
  readonly prompt: string | null;
}

/** The threads that an event says were started, or opened again, by the agent of another. */
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

/** Leaves out what is no id: a newer server may leave any field out. */
function links(
  ids: readonly unknown[],
  parentThreadId: unknown,
  { path = null, prompt = null }: Partial<Pick<AgentLink, "path" | "prompt">>,
): AgentLink[] {
  if (!Array.isArray(ids) || typeof parentThreadId !== "string") return [];
  return ids.filter((id): id is string => typeof id === "string" && id !== parentThreadId)
    .map((threadId) => ({ threadId, parentThreadId, path, prompt }));
}
