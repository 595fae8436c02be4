/** Which threads are sub-agents of which, and who wants to know of them. */
import type { TurnStartedNotification } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { startTimer } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";
import type { BoundedQueue } from "../events/bounded_queue.ts";
import type { TurnRouter } from "../turns/turn_router.ts";
import { type AgentLink, linksIn } from "./agent_link.ts";
import { type SubAgent, subAgent } from "./sub_agent.ts";

/** Threads of sub-agents that are remembered. */
const KNOWN_LIMIT = 4_096;
/** How many agents there may be above one. */
const MAX_DEPTH = 16;
/** Milliseconds to wait for the event that says what an agent is for, when its turn was faster. */
const NAME_MS = 1_000;

type AgentTurns = Pick<TurnRouter, "active" | "heard" | "isBusy" | "release" | "reserve">;

/** A sub-agent's thread. */
interface Agent {
  link: AgentLink;
  /** Whether the item has come that says what the agent is for. */
  isNamed: boolean;
  /** The turn that runs. */
  turnId: string | undefined;
  /** The same in the hands of those who watch. */
  running: SubAgent | undefined;
}

/** Keeps the families of threads of one connection; a turn is taken hold of only where somebody watches. */
export class AgentRegistry {
  readonly #router: AgentTurns;
  readonly #context: () => ClientContext;
  readonly #agents = new Map<string, Agent>();
  readonly #watchers = new Map<string, Set<BoundedQueue<SubAgent>>>();
  /** The agents at work whose name is still to come, each with what stops the timer. */
  readonly #unnamed = new Map<Agent, () => void>();

  /** Keeps nothing yet; the context is asked for when a turn is taken hold of. */
  constructor(router: AgentTurns, context: () => ClientContext) {
    this.#router = router;
    this.#context = context;
  }

  /** How many threads of sub-agents are known. */
  get size(): number {
    return this.#agents.size;
  }

  /** Gives the thread whose agent started the one of this thread. */
  readonly parentOf = (threadId: string): string | undefined =>
    this.#agents.get(threadId)?.link.parentThreadId;

  /** Tells of the sub-agents under a thread, and those under them: the ones that work now, and each that begins until it is stopped. */
  watch(threadId: string, queue: BoundedQueue<SubAgent>): () => void {
    const watchers = this.#watchers.get(threadId) ?? new Set();
    this.#watchers.set(threadId, watchers.add(queue));
    for (const agent of [...this.#agents.values()]) {
      if (!this.#above(agent.link.threadId).includes(threadId)) continue;
      if (this.#awaitName(agent)) continue;
      const running = this.#hold(agent);
      if (running !== undefined) queue.push(running);
    }
    return () => {
      watchers.delete(queue);
      if (watchers.size === 0 && this.#watchers.get(threadId) === watchers) {
        this.#watchers.delete(threadId);
      }
    };
  }

  /** The thread and those of all sub-agents under it. */
  family(threadId: string): string[] {
    const under = [...this.#agents.keys()].filter((id) => this.#above(id).includes(threadId));
    return [threadId, ...under];
  }

  /** Counts an event as activity of the threads above: a turn is not idle while its sub-agents work. */
  heard({ params }: ServerNotification): void {
    if (this.#agents.size === 0) return;
    const { threadId } = (params ?? {}) as { readonly threadId?: unknown };
    if (typeof threadId === "string") this.#heardAbove(threadId);
  }

  /** Counts a request of the server, or its answer, as activity of its thread and of the threads above. */
  requested(threadId: string): void {
    this.#router.heard(threadId);
    this.#heardAbove(threadId);
  }

  /** Takes note of what begins and ends sub-agents, which no delta does. */
  observe(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
      case "item/completed":
        for (const link of linksIn(event)) this.#name(this.#add(link));
        break;
      case "thread/started":
        for (const link of linksIn(event)) this.#add(link);
        break;
      case "turn/started":
        this.#turnStarted(event.params);
        break;
      case "turn/completed":
        this.#turnEnded(event.params?.threadId, event.params?.turn?.id);
        break;
      case "thread/status/changed":
        if (event.params?.status?.type === "notLoaded") this.#forget(event.params.threadId);
        break;
      case "thread/closed":
      case "thread/deleted":
        this.#forget(event.params?.threadId);
        break;
    }
  }

  /** Forgets all: the connection is gone. */
  clear(): void {
    for (const agent of [...this.#unnamed.keys()]) this.#stopAwaiting(agent);
    this.#agents.clear();
    this.#watchers.clear();
  }

  #heardAbove(threadId: string): void {
    if (!this.#agents.has(threadId)) return;
    for (const above of this.#above(threadId)) this.#router.heard(above);
  }

  #add(link: AgentLink): Agent {
    const known = this.#agents.get(link.threadId);
    if (known !== undefined) {
      const { path, prompt } = known.link;
      known.link = { ...link, path: link.path ?? path, prompt: link.prompt ?? prompt };
      return known;
    }
    if (this.#agents.size >= KNOWN_LIMIT) this.#forgetOne();
    const agent: Agent = { link, isNamed: false, turnId: undefined, running: undefined };
    this.#agents.set(link.threadId, agent);
    return agent;
  }

  #name(agent: Agent): void {
    agent.isNamed = true;
    this.#stopAwaiting(agent);
  }

  #forgetOne(): void {
    const all = [...this.#agents.values()];
    const agent = all.find(({ turnId }) => turnId === undefined) ?? all[0];
    if (agent !== undefined) this.#forget(agent.link.threadId);
  }

  #forget(threadId: string): void {
    const agent = this.#agents.get(threadId);
    if (agent === undefined) return;
    this.#stopAwaiting(agent);
    this.#agents.delete(threadId);
  }

  #turnStarted({ threadId, turn }: TurnStartedNotification): void {
    if (typeof threadId !== "string" || typeof turn?.id !== "string") return;
    const agent = this.#agents.get(threadId) ?? this.#addByTurn(threadId, turn.rootTurnId);
    if (agent === undefined) return;
    this.#stopAwaiting(agent);
    agent.turnId = turn.id;
    agent.running = undefined;
    if (this.#watchers.size > 0 && !this.#awaitName(agent)) this.#announce(agent);
  }

  #announce(agent: Agent): void {
    const above = this.#above(agent.link.threadId);
    const watchers = above.flatMap((id) => [...this.#watchers.get(id) ?? []]);
    if (watchers.length === 0) return;
    const running = this.#hold(agent);
    if (running === undefined) return;
    for (const queue of watchers) queue.push(running);
  }

  /**
   * Whether the agent is to be announced later: under load, its turn starts before the event that names it. What its turn
   * tells meanwhile is kept.
   */
  #awaitName(agent: Agent): boolean {
    const { link: { threadId }, isNamed, turnId, running } = agent;
    if (this.#unnamed.has(agent)) return true;
    if (isNamed || turnId === undefined || running !== undefined) return false;
    if (this.#router.isBusy(threadId)) return false;
    this.#router.reserve(threadId);
    this.#unnamed.set(agent, startTimer(NAME_MS, () => this.#stopAwaiting(agent)));
    return true;
  }

  /** Announces an agent that waited for its name. */
  #stopAwaiting(agent: Agent): void {
    const stopTimer = this.#unnamed.get(agent);
    if (stopTimer === undefined) return;
    stopTimer();
    try {
      this.#announce(agent);
    } finally {
      this.#unnamed.delete(agent);
      this.#router.release(agent.link.threadId);
    }
  }

  /** A sub-agent's turn names the turn that it is a part of, and may be faster than the event that tells of the agent. */
  #addByTurn(threadId: string, rootTurnId: unknown): Agent | undefined {
    const root = this.#router.active.find((turn) => turn.id === rootTurnId);
    if (root === undefined || root.threadId === threadId) return undefined;
    return this.#add({ threadId, parentThreadId: root.threadId, path: null, prompt: null });
  }

  #turnEnded(threadId: string, turnId: string): void {
    for (const agent of [...this.#unnamed.keys()]) {
      const { link } = agent;
      if (link.threadId === threadId || this.#above(link.threadId).includes(threadId)) {
        this.#stopAwaiting(agent);
      }
    }
    const agent = this.#agents.get(threadId);
    if (agent === undefined || agent.turnId !== turnId) return;
    agent.turnId = undefined;
    agent.running = undefined;
  }

  /** The agent at work; `undefined` when it does nothing, or the caller has started its turn and has its handle. */
  #hold(agent: Agent): SubAgent | undefined {
    const { link: { threadId }, turnId } = agent;
    if (agent.running !== undefined) return agent.running;
    if (turnId === undefined) return undefined;
    if (!this.#unnamed.has(agent) && this.#router.isBusy(threadId)) return undefined;
    return agent.running = subAgent(this.#context(), threadId, turnId, () => agent.link);
  }

  /** The threads above one, the nearest first. */
  #above(threadId: string): string[] {
    const above: string[] = [];
    for (
      let parent = this.parentOf(threadId);
      parent !== undefined && above.length < MAX_DEPTH;
      parent = this.parentOf(parent)
    ) above.push(parent);
    return above;
  }
}
