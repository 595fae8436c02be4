/** Finds out whether a goal goes on while none of its turns runs. */
import type { ThreadGoal } from "../../generated/types.ts";
import { startTimer } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";

/** Milliseconds for the next turn to come before the server is asked; normally it comes at once. */
const GRACE_MS = 1_000;
/** How often the server is asked before a goal that is active and does nothing is given up. */
const MAX_CHECKS = 30;
/** Milliseconds for the reply to each question. */
const READ_MS = 10_000;

type Client = Pick<ClientContext, "request">;

/** Told how the watching ended; the goal as the server told it then. */
export interface GoalWatchOptions {
  /** The goal is not active any more, and its thread runs nothing. */
  readonly onOver: (goal: ThreadGoal | null) => void;
  /** The goal is active, and no turn comes. */
  readonly onStalled: () => void;
  /** Milliseconds between the questions; 1,000 when left out. */
  readonly graceMs?: number;
  /** How many questions are asked; 30 when left out. */
  readonly maxChecks?: number;
}

/** Watches the time between two turns of a goal: {@linkcode stop} ends it when a turn has come. */
export class GoalWatch {
  readonly #context: ClientContext;
  readonly #threadId: string;
  readonly #options: GoalWatchOptions;
  #stopTimer: () => void = () => {};
  /** Stands for one time between two turns: what was asked in an earlier one counts no more. */
  #interval: { checks: number } | undefined;

  /** Watches the goal of a thread. */
  constructor(context: ClientContext, threadId: string, options: GoalWatchOptions) {
    this.#context = context;
    this.#threadId = threadId;
    this.#options = options;
  }

  /** Begins to wait for the next turn. */
  start(): void {
    this.stop();
    this.#interval = { checks: 0 };
    this.#arm();
  }

  /** Asks the server now, by this client: something tells that no turn will come. */
  check(client: Client = this.#context): void {
    this.stop();
    const interval = this.#interval = { checks: 0 };
    void this.#check(interval, client);
  }

  /** Ends the watching. */
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
    const told = await this.#read(client).catch(() => undefined); // the end of a connection is told elsewhere
    if (interval !== this.#interval) return;
    if (told !== undefined && told.goal?.status !== "active" && !told.isThreadActive) {
      this.stop();
      return this.#options.onOver(told.goal);
    }
    const { maxChecks = MAX_CHECKS } = this.#options;
    if (++interval.checks < maxChecks) return this.#arm();
    this.stop();
    this.#options.onStalled();
  }

  /** The thread is read after the goal: once the goal is not active, no turn begins that was not seen then. */
  async #read(client: Client): Promise<{ goal: ThreadGoal | null; isThreadActive: boolean }> {
    const threadId = this.#threadId;
    const limits = { timeoutMs: READ_MS };
    const { goal } = await client.request("thread/goal/get", { threadId }, limits);
    const { thread } = await client.request("thread/read", { threadId }, limits);
    return { goal: goal ?? null, isThreadActive: thread.status?.type === "active" };
  }
}
