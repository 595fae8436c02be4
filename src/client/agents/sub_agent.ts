/** A running sub-agent. */
import type { ThreadReadResponse } from "../../generated/types.ts";
import type { ClientContext } from "../client_context.ts";
import { readThread, type ThreadReadOptions } from "../threads/thread_history.ts";
import { TurnHandle } from "../turns/turn_handle.ts";
import { watchTurn } from "../turns/turn_launch.ts";
import type { AgentLink } from "./agent_link.ts";

/**
 * A sub-agent that works on a task: its thread, and the turn that it runs there. An agent that receives another task
 * later is reported again with the same thread. An agent whose turn starts before the server names its task is reported
 * once the name arrives, or after a second. Its turn has all events, unless an older Codex reports the
 * agent only after its turn has started: then the earlier ones are missing.
 *
 * @example
 * ```ts
 * import { printable, type SubAgent } from "@codex-app-server/sdk";
 *
 * async function follow(agent: SubAgent): Promise<void> {
 *   for await (const { type } of agent.turn.items()) console.log(agent.threadId, type);
 *   const { finalResponse } = await agent.turn.run();
 *   console.log(printable(finalResponse ?? ""));
 * }
 * ```
 */
export class SubAgent {
  /** The id of the agent's thread. */
  readonly threadId: string;
  /**
   * The agent's turn, which can be read, awaited, steered and interrupted like any other. Leaving a loop over it early
   * lets it continue by default. It outlives the turn that started it, even if that turn is interrupted.
   */
  readonly turn: TurnHandle;
  readonly #context: ClientContext;
  readonly #link: () => AgentLink;

  /** Wraps a turn of a sub-agent's thread; `link` returns what is known about its parent. */
  constructor(turn: TurnHandle, context: ClientContext, link: () => AgentLink) {
    this.threadId = turn.threadId;
    this.turn = turn;
    this.#context = context;
    this.#link = link;
  }

  /** The id of the thread whose agent started this one; its handlers answer the sub-agent's requests. */
  get parentThreadId(): string {
    return this.#link().parentThreadId;
  }

  /** The agent's path, which includes its ancestors, such as `/root/tests`; `null` if the server reports none. */
  get path(): string | null {
    return this.#link().path;
  }

  /** The agent's task; `null` if the server does not report it. */
  get prompt(): string | null {
    return this.#link().prompt;
  }

  /**
   * Reads the stored state of the agent's thread (`thread/read`), including its nickname and role.
   *
   * @throws {ThreadNotFoundError} if the server no longer has the thread
   */
  read(options: ThreadReadOptions = {}): Promise<ThreadReadResponse> {
    return readThread(this.#context, this.threadId, options);
  }
}

/** Adopts a turn that the server started on a sub-agent's thread. */
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
