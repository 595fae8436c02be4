/** The sub-agents under a turn or a thread, as a stream. */
import type { ClientContext } from "./client_context.ts";
import { BoundedQueue } from "./events/value_queues.ts";
import { LiveStream } from "./events/live_stream.ts";
import type { ThreadState } from "./threads/thread_state.ts";
import type { ActiveTurn } from "./turns/active_turn.ts";
import type { SubAgent } from "./agents/sub_agent.ts";

/**
 * Sub-agents, each as it begins a task.
 *
 * @example
 * ```ts
 * import type { SubAgentStream } from "@codex-app-server/sdk/types";
 *
 * async function follow(agents: SubAgentStream): Promise<void> {
 *   for await (const { prompt, path } of agents) console.log("started:", path ?? prompt);
 * }
 * ```
 */
export type SubAgentStream = LiveStream<SubAgent>;

/** Unread sub-agents at which a reader fails. */
const OVERFLOW_AT = 1_024;

/** Reads the sub-agents that work while a turn runs. */
export function subAgentsOfTurn(
  { sessions: { agents } }: ClientContext,
  turn: ActiveTurn,
): SubAgentStream {
  const queue = new BoundedQueue<SubAgent>(OVERFLOW_AT);
  // Of a turn that has ended, those at work may be another's.
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

/** Reads the sub-agents that work while the handle of a thread is open. */
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
  const life = state.events.open({ methods: [] }); // tells nothing but the end
  life.next().then(() => end(), end);
  return new LiveStream(queue, async () => {
    stop();
    queue.clear();
    await life.return();
  });
}
