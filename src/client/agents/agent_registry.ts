/** The tree of sub-agents, and its watchers. */
import type { Turn, TurnStartedNotification } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { startTimer } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";
import type { BoundedQueue } from "../events/value_queues.ts";
import type { Sessions } from "../session/sessions.ts";
import type { ThreadSession } from "../session/thread_session.ts";
import { type AgentLink, linksIn } from "./agent_link.ts";
import { type SubAgent, subAgent } from "./sub_agent.ts";

/** Maximum number of ancestors that are followed. */
const MAX_DEPTH = 16;
/** Milliseconds to wait for the item that names an agent whose turn started first. */
const NAME_MS = 1_000;

/** Receives the sub-agents below a thread. */
export type AgentQueue = BoundedQueue<SubAgent>;

/** What a session knows about its thread's sub-agent. */
export interface Agent {
  link: AgentLink;
  /** Whether the item that names the agent has arrived. */
  isNamed: boolean;
  /** Stops the wait for that item; set while the agent runs unnamed. */
  stopNaming: (() => void) | undefined;
  /** The running turn. */
  turnId: string | undefined;
  /** The running agent as its watchers see it. */
  running: SubAgent | undefined;
}

/** Tracks the sub-agents of one connection; a turn gets a handle only if someone watches it. */
export class AgentRegistry {
  readonly #sessions: Sessions;
  readonly #context: () => ClientContext;
  /** The agents that wait for their name. */
  readonly #unnamed = new Set<Agent>();

  /** Keeps its data in the sessions; calls `context` when a turn gets a handle. */
  constructor(sessions: Sessions, context: () => ClientContext) {
    this.#sessions = sessions;
    this.#context = context;
  }

  /** Number of known sub-agents. */
  get size(): number {
    return this.#agents.length;
  }

  /** Returns the parent of a sub-agent's thread. */
  readonly parentOf = (threadId: string): string | undefined =>
    this.#sessions.get(threadId)?.agent?.link.parentThreadId;

  /**
   * Sends the running sub-agents below a thread, at any depth, to a queue, and each new one until the returned function
   * is called.
   */
  watch(threadId: string, queue: AgentQueue): () => void {
    const watched = this.#sessions.of(threadId);
    const watchers = watched.watchers ??= new Set();
    watchers.add(queue);
    for (const agent of this.#agents) {
      if (!this.#above(agent.link.threadId).includes(threadId)) continue;
      if (this.#awaitName(agent)) continue;
      const running = this.#hold(agent);
      if (running !== undefined) queue.push(running);
    }
    return () => {
      watchers.delete(queue);
      if (watchers.size > 0 || watched.watchers !== watchers) return;
      watched.watchers = undefined;
      this.#sessions.settled(watched);
    };
  }

  /** Returns the thread and those of all sub-agents below it. */
  family(threadId: string): string[] {
    const under = this.#agents.map((agent) => agent.link.threadId)
      .filter((id) => this.#above(id).includes(threadId));
    return [threadId, ...under];
  }

  /**
   * Counts an event of an agent's thread as activity of the threads above: a turn is not idle while its sub-agents
   * work.
   */
  recordActivityAbove({ id }: ThreadSession): void {
    for (const above of this.#above(id)) this.#sessions.get(above)?.recordActivity();
  }

  /** Counts a server request, or its answer, as activity of its thread and of the threads above. */
  requested(threadId: string): void {
    const session = this.#sessions.get(threadId);
    if (session === undefined) return;
    session.recordActivity();
    this.recordActivityAbove(session);
  }

  /** Handles a notification that may start or end sub-agents; deltas never do. */
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
      case "thread/status/changed":
        if (event.params?.status?.type === "notLoaded") this.#forget(event.params.threadId);
        break;
      case "thread/closed":
      case "thread/deleted":
        this.#forget(event.params?.threadId);
        break;
    }
  }

  /** Forgets everything because the connection is gone. */
  clear(): void {
    for (const agent of [...this.#unnamed]) this.#stopNaming(agent); // while it can still be announced
    for (const session of this.#sessions.all) {
      session.agent = undefined;
      session.watchers = undefined;
    }
  }

  get #agents(): Agent[] {
    return this.#sessions.all.flatMap(({ agent }) => agent ?? []);
  }

  #add(link: AgentLink): Agent {
    const session = this.#sessions.of(link.threadId);
    const known = session.agent;
    if (known === undefined) {
      const turnId = session.foreignTurn; // older servers may report the agent after its turn has started
      const rest = { isNamed: false, stopNaming: undefined, turnId, running: undefined };
      return session.agent = { link, ...rest };
    }
    const { path, prompt } = known.link;
    known.link = { ...link, path: link.path ?? path, prompt: link.prompt ?? prompt };
    return known;
  }

  #name(agent: Agent): void {
    const { isNamed, stopNaming, turnId, running } = agent;
    agent.isNamed = true;
    if (stopNaming !== undefined) this.#stopNaming(agent);
    else if (!isNamed && turnId !== undefined && running === undefined) this.#announce(agent);
  }

  #forget(threadId: string): void {
    const session = this.#sessions.get(threadId);
    if (session?.agent === undefined) return;
    this.#stopNaming(session.agent);
    session.agent = undefined;
    this.#sessions.settled(session);
  }

  #turnStarted({ threadId, turn }: TurnStartedNotification): void {
    if (typeof threadId !== "string" || typeof turn?.id !== "string") return;
    const agent = this.#sessions.get(threadId)?.agent ??
      this.#addByTurn(threadId, turn);
    if (agent === undefined) return;
    this.#stopNaming(agent);
    agent.turnId = turn.id;
    agent.running = undefined;
    if (this.#watchersAbove(agent).length > 0 && !this.#awaitName(agent)) this.#announce(agent);
  }

  #watchersAbove(agent: Agent): AgentQueue[] {
    return this.#above(agent.link.threadId).flatMap((id) => [
      ...this.#sessions.get(id)?.watchers ?? [],
    ]);
  }

  #announce(agent: Agent): void {
    const watchers = this.#watchersAbove(agent);
    if (watchers.length === 0) return;
    const running = this.#hold(agent);
    if (running === undefined) return;
    for (const queue of watchers) queue.push(running);
  }

  /**
   * Whether to delay the announcement: under load, the turn starts before the item that names the agent. The turn's
   * events are kept meanwhile.
   */
  #awaitName(agent: Agent): boolean {
    const { link: { threadId }, isNamed, turnId, running } = agent;
    if (agent.stopNaming !== undefined) return true;
    if (isNamed || turnId === undefined || running !== undefined) return false;
    const session = this.#sessions.of(threadId);
    if (session.isBusy) return false;
    session.reserve();
    this.#unnamed.add(agent);
    agent.stopNaming = startTimer(NAME_MS, () => this.#stopNaming(agent));
    return true;
  }

  /** Announces an agent that was waiting for its name. */
  #stopNaming(agent: Agent): void {
    const stopTimer = agent.stopNaming;
    if (stopTimer === undefined) return;
    stopTimer();
    try {
      this.#announce(agent);
    } finally {
      agent.stopNaming = undefined;
      this.#unnamed.delete(agent);
      this.#sessions.get(agent.link.threadId)?.release();
    }
  }

  /** A sub-agent's turn names its root turn, and may start before the agent itself is reported. */
  #addByTurn(threadId: string, { id, rootTurnId }: Turn): Agent | undefined {
    if (typeof rootTurnId !== "string" || rootTurnId === id) return undefined;
    const root = this.#sessions.active.find((turn) => turn.id === rootTurnId);
    if (root === undefined || root.threadId === threadId) return undefined;
    return this.#add({ threadId, parentThreadId: root.threadId, path: null, prompt: null });
  }

  /** Announces, before the end of a turn, the agents under it that wait for a name; notes the end of an agent's turn. */
  turnEnding(threadId: string, turnId: unknown): void {
    for (const agent of [...this.#unnamed]) {
      if (agent.link.threadId === threadId || this.#above(agent.link.threadId).includes(threadId)) {
        this.#stopNaming(agent);
      }
    }
    const agent = this.#sessions.get(threadId)?.agent;
    if (agent === undefined || agent.turnId !== turnId) return;
    agent.turnId = undefined;
    agent.running = undefined;
  }

  /**
   * Returns the running agent; `undefined` if it is idle, or if the caller started its turn and already has the handle.
   */
  #hold(agent: Agent): SubAgent | undefined {
    const { link: { threadId }, turnId, running, stopNaming } = agent;
    if (running !== undefined) return running;
    if (turnId === undefined) return undefined;
    if (stopNaming === undefined && this.#sessions.get(threadId)?.isBusy) return undefined;
    return agent.running = subAgent(this.#context(), threadId, turnId, () => agent.link);
  }

  /** Returns the ancestors of a thread, nearest first. */
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
