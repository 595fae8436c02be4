/** Polls whether a goal is still active while none of its turns is running. */
import type { ThreadGoal } from "../../generated/types.ts";
import { startTimer } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";

/** Milliseconds to wait for the next turn before the server is asked; normally it starts at once. */
const GRACE_MS = 1_000;
/** How often the server is asked before an active goal without a turn counts as stalled. */
const MAX_CHECKS = 30;
/** Milliseconds for the reply to each poll. */
const READ_MS = 10_000;

type Client = Pick<ClientContext, "request">;

/** Called with the outcome of the watch, and with the goal as reported at that time. */
export interface GoalWatchOptions {
  /** The goal is no longer active, and its thread runs nothing. */
  readonly onOver: (goal: ThreadGoal | null) => void;
  /** The goal is active, but no turn starts. */
  readonly onStalled: () => void;
  /** Milliseconds between polls. Defaults to 1,000. */
  readonly graceMs?: number;
  /** Maximum number of polls. Defaults to 30. */
  readonly maxChecks?: number;
}

/** Watches the gap between two turns of a goal; {@linkcode stop} ends it when a turn has started. */
export class GoalWatch {
  readonly #context: ClientContext;
  readonly #threadId: string;
  readonly #options: GoalWatchOptions;
  #stopTimer: () => void = () => {};
  /** Identifies one gap between two turns: replies to polls of an earlier gap are ignored. */
  #interval: { checks: number } | undefined;

  /** Watches the goal of a thread. */
  constructor(context: ClientContext, threadId: string, options: GoalWatchOptions) {
    this.#context = context;
    this.#threadId = threadId;
    this.#options = options;
  }

  /** Starts to wait for the next turn. */
  start(): void {
    this.stop();
    this.#interval = { checks: 0 };
    this.#arm();
  }

  /** Polls the server now, with this client: there is a sign that no turn will start. */
  check(client: Client = this.#context): void {
    this.stop();
    const interval = this.#interval = { checks: 0 };
    void this.#check(interval, client);
  }

  /** Ends the watch. */
  stop(): void {
    this.#stopTimer();
    this.#interval = undefined;
  }

  #arm(): void {
    const interval = this.#interval;
    if (interval !== undefined) {
      const { graceMs = GRACE_MS } = this.#options;
      this.#stopTimer = startTimer(graceMs, () => void this.#check(interval, this.#context));
    }
  }

  async #check(interval: { checks: number }, client: Client): Promise<void> {
    const reply = await this.#read(client).catch(() => undefined); // the end of a connection is reported elsewhere
    if (interval !== this.#interval) return;
    if (reply !== undefined && reply.goal?.status !== "active" && !reply.isThreadActive) {
      this.stop();
      return this.#options.onOver(reply.goal);
    }
    const { maxChecks = MAX_CHECKS } = this.#options;
    if (++interval.checks < maxChecks) return this.#arm();
    this.stop();
    this.#options.onStalled();
  }

  /** Reads the thread after the goal: once the goal is not active, no further turn starts. */
  async #read(client: Client): Promise<{ goal: ThreadGoal | null; isThreadActive: boolean }> {
    const threadId = this.#threadId;
    const limits = { timeoutMs: READ_MS };
    const { goal } = await client.request("thread/goal/get", { threadId }, limits);
    const { thread } = await client.request("thread/read", { threadId }, limits);
    return { goal: goal ?? null, isThreadActive: thread.status?.type === "active" };
  }
}
