/** The sub-agents under a turn or a thread, as a stream. */
import type { ClientContext } from "../client_context.ts";
import { LiveStream } from "../events/live_stream.ts";
import type { ThreadState } from "../threads/thread_state.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { SubAgent } from "./sub_agent.ts";

/**
 * Sub-agents, each as it begins a task.
 *
 * @example
 * ```ts
 * import type { SubAgentStream } from "@codex-app-server/sdk";
 *
 * async function follow(agents: SubAgentStream): Promise<void> {
 *   for await (const { prompt, path } of agents) console.log("started:", path ?? prompt);
 * }
 * ```
 */
export type SubAgentStream = LiveStream<SubAgent>;

/** Reads the sub-agents that work while a turn runs. */
export function subAgentsOfTurn(context: ClientContext, turn: ActiveTurn): SubAgentStream {
  const { queue, stop } = context.agents.watch(turn.threadId);
  const end = (error?: unknown): void => {
    stop();
    queue.end(error);
  };
  // Of a turn that has ended, those at work may be another's.
  if (turn.ended) queue.clear();
  void turn.outcome.then((outcome) => end(outcome.kind === "lost" ? outcome.error : undefined));
  return new LiveStream(queue, () => {
    stop();
    queue.clear();
  });
}

/** Reads the sub-agents that work while the handle of a thread is open. */
export function subAgentsOfThread(context: ClientContext, state: ThreadState): SubAgentStream {
  const { queue, stop } = context.agents.watch(state.id);
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
