/** The requests of the server that wait for an answer, whoever was asked. */
import type { ServerNotification } from "../../protocol/notification.ts";
import type { AskedRequest } from "../../protocol/asked_request.ts";
import { isRecord } from "../../util/is_record.ts";
import type { RequestLevel } from "./request_level.ts";
import type { RequestPlace } from "./request_place.ts";
import type { UserRequest } from "./user_request.ts";

/** Keeps each request from its arrival until it is settled, and withdraws what is asked in vain. */
export class OpenRequests {
  readonly #open = new Map<AskedRequest, RequestPlace>();
  readonly #onChange: (threadId: string) => void;

  /** Tells the thread of each request that comes, and of each that is settled. */
  constructor(onChange: (threadId: string) => void) {
    this.#onChange = onChange;
  }

  /** How many requests are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether something is being asked about the thread. */
  has(threadId: string): boolean {
    for (const asked of this.#open.keys()) if (asked.threadId === threadId) return true;
    return false;
  }

  /** Where an open request belongs. */
  place(asked: AskedRequest): RequestPlace | undefined {
    return this.#open.get(asked);
  }

  /** What people are being asked, about some threads or about any, the oldest first. */
  list(threadIds?: readonly string[]): UserRequest[] {
    const wanted = threadIds && new Set<string | undefined>(threadIds);
    return [...this.#open.keys()]
      .filter(({ state, threadId }) => state === "open" && (wanted?.has(threadId) ?? true))
      .map(({ view }) => view as UserRequest | undefined)
      .filter((view) => view !== undefined);
  }

  /** Keeps a request until it is settled. */
  add(asked: AskedRequest, place: RequestPlace): void {
    this.#open.set(asked, place);
    this.#tell(asked);
    void asked.outcome.then(() => {
      this.#open.delete(asked);
      this.#tell(asked);
    });
  }

  /** Takes note of what ends turns and threads: nobody waits for their answers any more. */
  observe(event: ServerNotification): void {
    if (this.#open.size === 0) return;
    switch (event.method) {
      case "turn/completed": {
        const { threadId, turn } = event.params;
        const turnId = isRecord(turn) ? turn.id : undefined;
        return this.#withdraw(
          "The turn has ended",
          (asked) =>
            asked.threadId === threadId && asked.turnId !== undefined && asked.turnId === turnId,
        );
      }
      case "thread/closed":
      case "thread/deleted":
        return this.endThread(event.params.threadId);
    }
  }

  /** A turn of ours is over, even if the server never told its end. */
  endTurn(level: RequestLevel): void {
    this.#withdraw(
      "The turn has ended",
      ({ turnId }, place) => turnId !== undefined && place.turnLevel === level,
    );
  }

  /** A thread is held no more. */
  endThread(threadId: string): void {
    this.#withdraw("The thread was closed", (asked) => asked.threadId === threadId);
  }

  #withdraw(
    why: string,
    isMeant: (asked: AskedRequest, place: RequestPlace) => boolean,
  ): void {
    const reason = new DOMException(why, "AbortError");
    for (const [asked, place] of this.#open) if (isMeant(asked, place)) asked.withdraw(reason);
  }

  #tell({ threadId }: AskedRequest): void {
    if (threadId !== undefined) this.#onChange(threadId);
  }
}
