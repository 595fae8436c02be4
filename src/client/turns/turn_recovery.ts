/** Recovers the result of a turn whose end was not reported. */
import { TurnLostError } from "../../errors/turn_errors.ts";
import type { Turn } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { startTimer } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { checkField } from "../check_reply.ts";
import { checkPage } from "../pages.ts";
import type { ClientContext } from "../client_context.ts";

/** Milliseconds for a turn's end to arrive after its thread became idle; it normally arrives immediately. */
const GRACE_MS = 1_000;
/** Milliseconds for each request that reads the turn back. */
const READ_MS = 10_000;
/** How many of the thread's last turns are searched. */
const LAST_TURNS = 20;

/** Detects that a thread has stopped running while one of its turns is still open. */
export class TurnRecovery {
  readonly #context: ClientContext;
  readonly #turn: ActiveTurn;
  #stopTimer: () => void = () => {};

  /** Watches a turn. */
  constructor(context: ClientContext, turn: ActiveTurn) {
    this.#context = context;
    this.#turn = turn;
  }

  /** Handles the thread's status: `idle`, `notLoaded` and `systemError` start the grace period, any other ends it. */
  threadStatus(type: string): void {
    this.#stopTimer();
    if (type !== "idle" && type !== "notLoaded" && type !== "systemError") return;
    this.#stopTimer = startTimer(GRACE_MS, () => void this.#recover());
  }

  /** Stops watching. */
  stop(): void {
    this.#stopTimer();
  }

  async #recover(): Promise<void> {
    const turn = this.#turn;
    try {
      if (await this.#isThreadActive()) return; // the status was outdated
      const last = await this.#readBack();
      if (last !== undefined && last.status !== "inProgress") return turn.recover(last);
      turn.lose(new TurnLostError(turn.threadId, turn.id));
    } catch (cause) {
      turn.lose(new TurnLostError(turn.threadId, turn.id, { cause }));
    }
  }

  async #isThreadActive(): Promise<boolean> {
    const { threadId } = this.#turn;
    const reply = await this.#request("thread/read", { threadId });
    checkField("thread/read", reply, "thread", isRecord);
    return reply.thread.status?.type === "active";
  }

  async #readBack(): Promise<Turn | undefined> {
    const { threadId, id } = this.#turn;
    const page = await this.#request("thread/turns/list", {
      threadId,
      limit: LAST_TURNS,
      sortDirection: "desc",
      itemsView: "full",
    });
    checkPage("thread/turns/list", page);
    return page.data.find((turn) => turn.id === id);
  }

  readonly #request: ClientContext["request"] = (method, params) =>
    this.#context.request(method, params, { timeoutMs: READ_MS });
}
