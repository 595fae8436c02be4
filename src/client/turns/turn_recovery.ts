/** Finds out what became of a turn whose end was not told. */
import { TurnLostError } from "../../errors/turn_errors.ts";
import type { Turn } from "../../generated/types.ts";
import { startTimer } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";

/** Milliseconds for a turn's end to come after its thread became idle; normally it comes at once. */
const GRACE_MS = 1_000;
/** Milliseconds for each request that reads the turn back. */
const READ_MS = 10_000;
/** How many of the thread's last turns are looked through. */
const LAST_TURNS = 20;

/** Watches one turn for a thread that runs no more while the turn is open. */
export class TurnRecovery {
  readonly #context: ClientContext;
  readonly #turn: ActiveTurn;
  #stopTimer: () => void = () => {};

  /** Watches a turn. */
  constructor(context: ClientContext, turn: ActiveTurn) {
    this.#context = context;
    this.#turn = turn;
  }

  /** Takes note of the thread's status: any but an active one starts the grace, an active one ends it. */
  threadStatus(type: string): void {
    this.#stopTimer();
    if (type !== "idle" && type !== "notLoaded" && type !== "systemError") return;
    this.#stopTimer = startTimer(GRACE_MS, () => void this.#recover());
  }

  /** Ends the watching. */
  stop(): void {
    this.#stopTimer();
  }

  async #recover(): Promise<void> {
    const turn = this.#turn;
    try {
      if (await this.#isThreadActive()) return; // the status was an older one
      const last = await this.#readBack();
      if (last !== undefined && last.status !== "inProgress") return turn.recover(last);
      turn.lose(new TurnLostError(turn.threadId, turn.id));
    } catch (cause) {
      turn.lose(new TurnLostError(turn.threadId, turn.id, { cause }));
    }
  }

  async #isThreadActive(): Promise<boolean> {
    const { threadId } = this.#turn;
    const { thread } = await this.#request("thread/read", { threadId });
    return thread.status?.type === "active";
  }

  async #readBack(): Promise<Turn | undefined> {
    const { threadId, id } = this.#turn;
    const { data } = await this.#request("thread/turns/list", {
      threadId,
      limit: LAST_TURNS,
      sortDirection: "desc",
      itemsView: "full",
    });
    return data.find((turn) => turn.id === id);
  }

  readonly #request: ClientContext["request"] = (method, params) =>
    this.#context.request(method, params, { timeoutMs: READ_MS });
}
