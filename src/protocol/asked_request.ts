/** A request of the server from its arrival to its one answer. */
import { RequestSettledError } from "../errors/request_errors.ts";
import type { RpcFailure } from "../rpc/incoming_requests.ts";
import type { RpcRequest } from "../rpc/messages.ts";
import { deferred } from "../util/deferred.ts";
import { isRecord } from "../util/is_record.ts";
import { cancelAnswer, defaultAnswer } from "./default_answers.ts";

/**
 * Where a request of the server stands: `"withdrawn"` is one that the server, the end of its turn or the end of the
 * connection took back, so that no answer was sent.
 *
 * @example
 * ```ts
 * import type { RequestState } from "@codex-app-server/sdk/types";
 *
 * const needsAnswer = (state: RequestState): boolean => state === "open";
 * ```
 */
export type RequestState = "open" | "answered" | "withdrawn";

/** How a request was settled. */
export type RequestOutcome =
  | { readonly kind: "answered"; readonly result: unknown }
  | { readonly kind: "failed"; readonly failure: RpcFailure }
  | { readonly kind: "withdrawn" };

/** Takes the first answer and no other; nothing here waits. */
export class AskedRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params: unknown;
  /** The thread that the request is about, if it is about one. */
  readonly threadId: string | undefined;
  /** The turn that the request belongs to, if it belongs to one. */
  readonly turnId: string | undefined;
  /** The item that the request belongs to, if it belongs to one. */
  readonly itemId: string | undefined;
  /** The request as the caller sees it, where it is one for people. */
  view: unknown;
  readonly #gone = new AbortController();
  readonly #outcome = deferred<RequestOutcome>();
  #state: RequestState = "open";

  /** Stands for a request that has arrived. */
  constructor({ id, method, params }: RpcRequest) {
    this.id = id;
    this.method = method;
    this.params = params;
    const fields = isRecord(params) ? params : {};
    // The two legacy approvals call the thread a conversation, and the item a call.
    this.threadId = textOf(fields.threadId ?? fields.conversationId);
    this.turnId = textOf(fields.turnId);
    this.itemId = textOf(fields.itemId ?? fields.callId);
  }

  /** Where the request stands. */
  get state(): RequestState {
    return this.#state;
  }

  /** Fires when the request is withdrawn, or its time is over. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Fulfils when the request is settled; never rejects. */
  get outcome(): Promise<RequestOutcome> {
    return this.#outcome.promise;
  }

  /**
   * Throws when the request is settled.
   *
   * @throws {RequestSettledError} when it is
   */
  assertOpen(): void {
    if (this.#state === "open") return;
    throw new RequestSettledError(this.method, this.id, this.#state);
  }

  /**
   * Gives the answer.
   *
   * @throws {RequestSettledError} when the request is settled
   * @throws {TypeError} when the answer is no JSON
   */
  answer(result: unknown): void {
    this.assertOpen();
    if (JSON.stringify(result) === undefined) {
      throw new TypeError(`The answer to "${this.method}" must be JSON, got ${typeof result}`);
    }
    this.#settle("answered", { kind: "answered", result });
  }

  /** Gives the decline of the method, if the request is still open. */
  decline(): void {
    if (this.#state !== "open") return;
    try {
      this.answer(defaultAnswer(this.method));
    } catch (failure) {
      this.#settle("answered", { kind: "failed", failure: failure as RpcFailure });
    }
  }

  /** The time for an answer is over: declines, or cancels where that can be said, and tells who was asked. */
  expire(decision: "decline" | "cancel", limitMs: number): void {
    if (this.#state !== "open") return;
    if (decision === "cancel") this.answer(cancelAnswer(this.method));
    else this.decline();
    this.#gone.abort(new DOMException(`No answer came within ${limitMs} ms`, "TimeoutError"));
  }

  /** The answer is no longer wanted. */
  withdraw(reason: unknown): void {
    if (this.#state !== "open") return;
    this.#settle("withdrawn", { kind: "withdrawn" });
    this.#gone.abort(reason);
  }

  #settle(state: RequestState, outcome: RequestOutcome): void {
    this.#state = state;
    this.#outcome.resolve(outcome);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
