/** Streams of the sub-agents below a turn or a thread. */
import type { ClientContext } from "./client_context.ts";
import { BoundedQueue } from "./events/value_queues.ts";
import { LiveStream } from "./events/live_stream.ts";
import type { ThreadState } from "./threads/thread_state.ts";
import type { ActiveTurn } from "./turns/active_turn.ts";
import type { SubAgent } from "./agents/sub_agent.ts";

/**
 * Sub-agents, each reported when it starts a task.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { SubAgentStream } from "@codex-app-server/sdk/types";
 *
 * async function follow(agents: SubAgentStream): Promise<void> {
 *   for await (const { prompt, path } of agents) console.log(printable(`started: ${path ?? prompt}`));
 * }
 * ```
 */
export type SubAgentStream = LiveStream<SubAgent>;

/** Maximum number of unread sub-agents; past it, the stream fails. */
const OVERFLOW_AT = 1_024;

/** Streams the sub-agents that run during a turn. */
export function subAgentsOfTurn(
  { sessions: { agents } }: ClientContext,
  turn: ActiveTurn,
): SubAgentStream {
  const queue = new BoundedQueue<SubAgent>(OVERFLOW_AT);
  // Agents that run after the turn has ended may belong to another turn.
  const stop = turn.ended ? () => {} : agents.watch(turn.threadId, queue);
  void turn.outcome.then((outcome) => {
    stop();
    queue.end(outcome.kind === "lost" ? outcome.error : undefined);
  });
  return new LiveStream(queue, () => {
    stop();
    queue.clear();
  });
}

/** Streams the sub-agents that run while the thread's handle is open. */
export function subAgentsOfThread(
  { sessions: { agents } }: ClientContext,
  state: ThreadState,
): SubAgentStream {
  const queue = new BoundedQueue<SubAgent>(OVERFLOW_AT);
  const stop = agents.watch(state.id, queue);
  const end = (error?: unknown): void => {
    stop();
    queue.end(error);
  };
  const life = state.events.open({ methods: [] }); // only reports the end
  life.next().then(() => end(), end);
  return new LiveStream(queue, async () => {
    stop();
    queue.clear();
    await life.return();
  });
}
