/** The server's requests that have no answer yet, whoever was asked. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import type { HandlerScope } from "./handler_scope.ts";
import type { UserRequest } from "./request_kinds.ts";
import type { ServerRequest } from "./server_request.ts";

/** Keeps each request from its arrival until it is settled, and withdraws those whose turn or thread has ended. */
export class OpenRequests {
  readonly #open = new Set<ServerRequest>();
  readonly #onChange: ((threadId: string) => void) | undefined;

  /** Calls `onChange` with the thread of each request that arrives, and of each that is settled. */
  constructor(onChange?: (threadId: string) => void) {
    this.#onChange = onChange;
  }

  /** How many requests are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether a request about the thread is open. */
  has(threadId: string): boolean {
    return [...this.#open].some((request) => request.threadId === threadId);
  }

  /** Returns what people are being asked, about some threads or about any, the oldest first. */
  list(threadIds?: readonly string[]): UserRequest[] {
    const wanted = threadIds && new Set<string | undefined>(threadIds);
    return [...this.#open]
      .filter(({ state, threadId }) => state === "open" && (wanted?.has(threadId) ?? true))
      .map(({ user }) => user)
      .filter((user) => user !== undefined);
  }

  /** Keeps a request until it is settled. */
  add(request: ServerRequest): void {
    this.#open.add(request);
    this.#changed(request);
    void request.outcome.then(() => {
      this.#open.delete(request);
      this.#changed(request);
    });
  }

  /** Withdraws the requests of a turn or thread that a notification ends. */
  observe(event: ServerNotification): void {
    if (this.#open.size === 0) return;
    switch (event.method) {
      case "turn/completed": {
        const { threadId, turn } = event.params;
        const turnId = isRecord(turn) ? turn.id : undefined;
        return this.#withdraw(
          "The turn has ended",
          (request) =>
            request.threadId === threadId && request.turnId !== undefined &&
            request.turnId === turnId,
        );
      }
      case "thread/closed":
      case "thread/deleted":
        return this.endThread(event.params.threadId);
    }
  }

  /** Withdraws the requests of a turn that this client started, even if the server never reported its end. */
  endTurn(scope: HandlerScope): void {
    this.#withdraw(
      "The turn has ended",
      ({ turnId, turnScope }) => turnId !== undefined && turnScope === scope,
    );
  }

  /** Withdraws the requests of a thread that this client no longer holds. */
  endThread(threadId: string): void {
    this.#withdraw("The thread was closed", (request) => request.threadId === threadId);
  }

  #withdraw(why: string, isMeant: (request: ServerRequest) => boolean): void {
    const reason = new DOMException(why, "AbortError");
    for (const request of this.#open) if (isMeant(request)) request.withdraw(reason);
  }

  #changed({ threadId }: ServerRequest): void {
    if (threadId !== undefined) this.#onChange?.(threadId);
  }
}
