/** A sub-agent at work, in the hands of the caller. */
import type { ThreadReadResponse } from "../../generated/types.ts";
import type { ClientContext } from "../client_context.ts";
import { readThread, type ThreadReadOptions } from "../threads/thread_history.ts";
import { TurnHandle } from "../turns/turn_handle.ts";
import { watchTurn } from "../turns/turn_launch.ts";
import type { AgentLink } from "./agent_link.ts";

/**
 * A sub-agent that works on a task: the thread that the server made for it, and the turn that it runs there. An agent that
 * gets another task later is reported again, with the same thread. An agent whose turn starts before the server says what
 * it is for is reported once that is known, or after a second; nothing of its turn is lost meanwhile.
 *
 * @example
 * ```ts
 * import type { SubAgent } from "@codex-app-server/sdk";
 *
 * async function follow(agent: SubAgent): Promise<void> {
 *   for await (const { type } of agent.turn.items()) console.log(agent.threadId, type);
 *   console.log((await agent.turn.run()).finalResponse);
 * }
 * ```
 */
export class SubAgent {
  /** The id of the agent's own thread. */
  readonly threadId: string;
  /**
   * What the agent does: its turn can be read, awaited, steered and interrupted as any other. Leaving a loop over it lets
   * it run on unless told otherwise. It outlives the turn that started it, also when that is interrupted.
   */
  readonly turn: TurnHandle;
  readonly #context: ClientContext;
  readonly #link: () => AgentLink;

  /** Stands for a turn of a sub-agent's thread; `link` gives what is known of where that comes from. */
  constructor(turn: TurnHandle, context: ClientContext, link: () => AgentLink) {
    this.threadId = turn.threadId;
    this.turn = turn;
    this.#context = context;
    this.#link = link;
  }

  /** The id of the thread whose agent started this one: what the sub-agent asks goes to its handlers. */
  get parentThreadId(): string {
    return this.#link().parentThreadId;
  }

  /** The name of the agent with those of the agents above it, such as `/root/tests`; `null` where the server gives none. */
  get path(): string | null {
    return this.#link().path;
  }

  /** What the agent was told to do; `null` where the server does not tell. */
  get prompt(): string | null {
    return this.#link().prompt;
  }

  /**
   * Reads what is stored about the agent's thread (`thread/read`): its nickname and role among it.
   *
   * @throws {ThreadNotFoundError} when the server has no such thread any more
   */
  read(options: ThreadReadOptions = {}): Promise<ThreadReadResponse> {
    return readThread(this.#context, this.threadId, options);
  }
}

/** Takes hold of a turn that the server has started on a sub-agent's thread. */
export function subAgent(
  context: ClientContext,
  threadId: string,
  turnId: string,
  link: () => AgentLink,
): SubAgent {
  const session = context.sessions.of(threadId);
  session.reserve();
  const turn = session.adopt(turnId);
  const handle = new TurnHandle(turn, context, "detach");
  watchTurn(context, { turn, handle });
  return new SubAgent(handle, context, link);
}
