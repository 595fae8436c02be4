/** A server request, from its arrival to its only answer. */
import { RequestSettledError } from "../../errors/request_errors.ts";
import type { ThreadItem } from "../../generated/types.ts";
import type { IncomingRequest, RequestOutcome } from "../../protocol/connection.ts";
import { deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OpenItem } from "../session/open_items.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { HandlerScope } from "./handler_scope.ts";
import { cancelOutcome, declineOutcome, type UserRequest, userRequest } from "./request_kinds.ts";

/**
 * The state of a server request. `"withdrawn"` means that no answer of yours was sent: the server took the request back, or
 * its turn, its call or the connection ended.
 *
 * @example
 * ```ts
 * import type { RequestState } from "@codex-app-server/sdk/types";
 *
 * const needsAnswer = (state: RequestState): boolean => state === "open";
 * ```
 */
export type RequestState = "open" | "answered" | "withdrawn";

/** Accepts one answer: the first. */
export class ServerRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params: unknown;
  /** The thread that the request is about, if any. */
  readonly threadId: string | undefined;
  /** The turn that the request belongs to, if any. */
  readonly turnId: string | undefined;
  /** The item that the request belongs to, if it names one. */
  readonly itemId: string | undefined;
  /** The request as callers see it; `undefined` if programs answer it. */
  readonly user: UserRequest | undefined;
  /** The scope of the request's turn, once it is known whose turn that is. */
  turnScope: HandlerScope | undefined;
  readonly #sessions: Pick<Sessions, "get"> | undefined;
  readonly #abandoned = new AbortController();
  readonly #outcome = deferred<RequestOutcome>();
  #item: OpenItem | undefined;
  #state: RequestState = "open";

  /** Wraps a request that has arrived; without `sessions` it belongs to nothing. */
  constructor({ id, method, params }: IncomingRequest, sessions?: Pick<Sessions, "get">) {
    this.id = id;
    this.method = method;
    this.params = params;
    const fields = isRecord(params) ? params : {};
    // The two legacy approvals call the thread a conversation, and the item a call.
    this.threadId = stringOf(fields.threadId ?? fields.conversationId);
    this.turnId = stringOf(fields.turnId);
    this.itemId = stringOf(fields.itemId ?? fields.callId);
    this.#sessions = sessions;
    this.#item = this.#findItem();
    this.user = userRequest(this);
  }

  /** The thread, if this client holds it. */
  get thread(): Thread | undefined {
    return this.#sessions?.get(this.threadId ?? "")?.thread;
  }

  /** The turn, if this client started it. */
  get turn(): TurnHandle | undefined {
    return this.turnScope?.turn;
  }

  /** The latest version of the item that the request belongs to, even after the item has ended. */
  get item(): ThreadItem | undefined {
    return (this.#item ?? this.#findItem())?.item;
  }

  /** The state of the request. */
  get state(): RequestState {
    return this.#state;
  }

  /** Aborts when the request is withdrawn or expires. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Fulfils when the request is settled; never rejects. */
  get outcome(): Promise<RequestOutcome> {
    return this.#outcome.promise;
  }

  /**
   * Throws if the request is settled.
   *
   * @throws {RequestSettledError} if it is
   */
  assertOpen(): void {
    if (this.#state === "open") return;
    throw new RequestSettledError(this.method, this.id, this.#state);
  }

  /**
   * Answers with a result of the protocol.
   *
   * @throws {RequestSettledError} if the request is settled
   * @throws {TypeError} if the result is not JSON
   */
  answer(result: unknown): void {
    this.assertOpen();
    if (JSON.stringify(result) === undefined) {
      throw new TypeError(`The answer to "${this.method}" must be JSON, got ${typeof result}`);
    }
    this.#settle("answered", { kind: "answered", result });
  }

  /** Declines, if the request is still open. */
  decline(): void {
    if (this.#state === "open") this.#settle("answered", declineOutcome(this.method));
  }

  /** Handles an expired time limit: declines, or cancels if the method can, and aborts the signal. */
  expire(decision: "decline" | "cancel", limitMs: number): void {
    if (this.#state !== "open") return;
    const { method } = this;
    this.#settle(
      "answered",
      decision === "cancel" ? cancelOutcome(method) : declineOutcome(method),
    );
    this.#abandoned.abort(new DOMException(`No answer came within ${limitMs} ms`, "TimeoutError"));
  }

  /** Withdraws the request: no answer is needed any more. */
  withdraw(reason: unknown): void {
    if (this.#state !== "open") return;
    this.#settle("withdrawn", { kind: "withdrawn" });
    this.#abandoned.abort(reason);
  }

  /** Withdraws the question of a call that has ended. It is cancelled, because the server still waits for an answer. */
  takeBack(): void {
    if (this.#state !== "open") return;
    this.#settle("withdrawn", cancelOutcome(this.method));
    this.#abandoned.abort(new DOMException("The call that asked has ended", "AbortError"));
  }

  #settle(state: Exclude<RequestState, "open">, outcome: RequestOutcome): void {
    this.#state = state;
    this.#item ??= this.#findItem(); // the answer soon ends the item
    this.#outcome.resolve(outcome);
  }

  #findItem(): OpenItem | undefined {
    const { threadId = "", turnId = "", itemId, params } = this;
    const items = this.#sessions?.get(threadId)?.items;
    if (itemId !== undefined) return items?.get(itemId);
    // An elicitation does not name its item.
    if (!isRecord(params) || typeof params.serverName !== "string") return undefined;
    return items?.mcpToolCall(turnId, params.serverName);
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
