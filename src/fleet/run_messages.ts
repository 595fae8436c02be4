/** The messages of people to a run, as its worker receives them. */
import type { TurnInput } from "../client/input/input.ts";
import type { TurnHandle } from "../client/turns/turn_handle.ts";
import { after } from "../util/clock.ts";
import { errorText } from "../util/error_text.ts";
import { redact } from "../util/redact.ts";
import type { AttemptLog } from "./attempt_log.ts";
import type { AgentJobDeps } from "./run_agent_job.ts";
import { messageId } from "./run_history.ts";
import type { RunRequests } from "./run_requests.ts";
import type { StoredMessage } from "./store.ts";

/** Milliseconds after which the store is read even if it called nobody. */
const POLL_MS = 2_000;
const STEER_MS = 10_000;

/** Reads messages when they come, and hands them on in order. */
export class RunMessages {
  readonly #runId: string;
  readonly #deps: AgentJobDeps;
  readonly #log: AttemptLog;
  readonly #requests: RunRequests;
  readonly #sent: ReadonlySet<string>;
  readonly #unwatch: () => void;
  #cancelPoll: () => void;
  #after = 0;
  #reading: Promise<void> | undefined;
  #isStale = false;
  #stopped = false;
  #turn: TurnHandle | undefined;
  /** Steers that came before the turn. */
  #waiting: StoredMessage[] = [];
  #isCancelled = false;
  #cancelReason: string | null = null;

  constructor(
    runId: string,
    deps: AgentJobDeps,
    log: AttemptLog,
    requests: RunRequests,
    sent: ReadonlySet<string>,
  ) {
    this.#runId = runId;
    this.#deps = deps;
    this.#log = log;
    this.#requests = requests;
    this.#sent = sent;
    this.#unwatch = deps.store.watch(runId, () => this.#wake());
    this.#cancelPoll = () => {};
    this.#poll();
  }

  /** Why the run was cancelled, if somebody said so. */
  get cancelReason(): string | null {
    return this.#cancelReason;
  }

  /** Reads what is there. */
  async read(): Promise<void> {
    const { store } = this.#deps;
    for (const stored of await store.messages(this.#runId, this.#after)) {
      if (stored.seq <= this.#after) continue; // another read, at the same time, has handed it on
      this.#after = stored.seq;
      if (!this.#log.logged.handled.has(stored.seq)) await this.#take(stored);
    }
  }

  /** Adds the steers to this turn from now on. */
  steerInto(turn: TurnHandle): void {
    this.#turn = turn;
    const waiting = this.#waiting;
    this.#waiting = [];
    void (async () => {
      for (const stored of waiting) await this.#take(stored);
    })();
    if (this.#isCancelled) void turn.interrupt().catch(() => {});
    this.#wake();
  }

  /** Stops reading. */
  stop(): void {
    this.#stopped = true;
    this.#unwatch();
    this.#cancelPoll();
  }

  #poll(): void {
    this.#cancelPoll = after(POLL_MS, () => {
      this.#wake();
      if (!this.#stopped) this.#poll();
    });
  }

  #wake(): void {
    if (this.#stopped) return;
    this.#isStale = true;
    this.#reading ??= this.#readAll().finally(() => this.#reading = undefined);
  }

  async #readAll(): Promise<void> {
    while (this.#isStale && !this.#stopped) {
      this.#isStale = false;
      await this.read().catch(() => {}); // the next poll tries again
    }
  }

  async #take(stored: StoredMessage): Promise<void> {
    const { seq, message } = stored;
    if (message.type === "answer") {
      this.#requests.answer(seq, message.requestId, message.answer, message.by ?? null);
    } else if (message.type === "cancel") {
      this.#isCancelled = true;
      this.#cancelReason ??= message.reason ?? null;
      void this.#turn?.interrupt().catch(() => {});
    } else if (!this.#sent.has(messageId(this.#runId, `steer-${seq}`))) {
      if (this.#turn === undefined) this.#waiting.push(stored);
      else await this.#steer(this.#turn, seq, message.input as TurnInput);
    }
  }

  async #steer(turn: TurnHandle, seq: number, input: TurnInput): Promise<void> {
    const clientUserMessageId = messageId(this.#runId, `steer-${seq}`);
    try {
      await turn.steer(input, { timeoutMs: STEER_MS, clientUserMessageId });
      this.#log.add({ type: "steered", message: seq });
    } catch (error) {
      this.#log.add({ type: "refused", message: seq, reason: redact(errorText(error)) });
    }
  }
}
