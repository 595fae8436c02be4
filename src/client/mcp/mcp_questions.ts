/** The questions that MCP servers ask while their tools run outside of turns. */
import type { OpenRequests } from "../requests/open_requests.ts";

/** A running call. */
export interface RunningCall {
  readonly threadId: string;
  readonly server: string;
}

/** The running calls of a client, and the requests that it has not answered. */
interface Known {
  readonly running: Set<RunningCall>;
  readonly open: Pick<OpenRequests, "questionsOf">;
}

/**
 * Records a call. Returns the function that ends it, and what was asked meanwhile unless another call may have asked: the
 * server keeps such questions open when the MCP server takes them back.
 */
export function beginCall(call: RunningCall, { running, open }: Known): () => void {
  const { threadId, server } = call;
  const before = new Set(open.questionsOf(threadId, server));
  running.add(call);
  return () => {
    running.delete(call);
    const isShared = [...running].some((other) =>
      other.threadId === threadId && other.server === server
    );
    if (isShared) return;
    for (const asked of open.questionsOf(threadId, server)) {
      if (!before.has(asked)) asked.takeBack();
    }
  };
}
