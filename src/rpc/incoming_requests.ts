/** The server's requests: each is answered exactly once, or not at all once it no longer matters. */
import { errorText } from "../util/error_text.ts";
import type { RequestId, RpcErrorObject, RpcRequest } from "./messages.ts";

/** Thrown by a request handler to answer with a JSON-RPC error of its choice. */
export class RpcFailure extends Error {
  override readonly name: string = "RpcFailure";
  /** The error object to send. */
  readonly error: RpcErrorObject;

  /** Makes the failure from the error object to send. */
  constructor(error: RpcErrorObject) {
    super(error.message);
    this.error = error;
  }
}

/** What a handler gives when the request needs no answer any more: nothing is sent. */
export const NO_ANSWER: unique symbol = Symbol("no answer");

/** Answers one request; the signal fires when the answer is no longer wanted. */
export type RequestHandler = (request: RpcRequest, signal: AbortSignal) => unknown;

/** Sends an answer. */
export type SendAnswer = (
  answer: { readonly id: RequestId; readonly result: unknown } | {
    readonly id: RequestId;
    readonly error: RpcErrorObject;
  },
) => void;

const INTERNAL_ERROR = -32603;

/** Runs the handler of each request without ever holding up the read loop. */
export class IncomingRequests {
  readonly #open = new Map<RequestId, AbortController>();
  readonly #handler: RequestHandler;
  readonly #send: SendAnswer;

  /** Answers with what `handler` gives, through `send`. */
  constructor(handler: RequestHandler, send: SendAnswer) {
    this.#handler = handler;
    this.#send = send;
  }

  /** How many requests have no answer yet. */
  get size(): number {
    return this.#open.size;
  }

  /** Starts to answer a request. */
  accept(request: RpcRequest): void {
    const controller = new AbortController();
    // An id that is used again while it is open means another request: one answer is written, the second one's.
    this.cancel(request.id, new DOMException("The server used the id again", "AbortError"));
    this.#open.set(request.id, controller);
    void this.#answer(request, controller);
  }

  /** The server no longer wants this answer: the handler is told, and its answer is not written. */
  cancel(id: RequestId, reason?: unknown): void {
    const controller = this.#open.get(id);
    if (controller === undefined) return;
    this.#open.delete(id);
    controller.abort(reason);
  }

  /** Cancels every request that has no answer yet. */
  cancelAll(reason: unknown): void {
    for (const id of [...this.#open.keys()]) this.cancel(id, reason);
  }

  /** `false` when the id stands for another request by now, or for none. */
  #forget(id: RequestId, controller: AbortController): boolean {
    return this.#open.get(id) === controller && this.#open.delete(id);
  }

  async #answer(request: RpcRequest, controller: AbortController): Promise<void> {
    const { id } = request;
    let answer: Parameters<SendAnswer>[0];
    try {
      const result = await this.#handler(request, controller.signal);
      if (result === NO_ANSWER) {
        this.#forget(id, controller);
        return;
      }
      answer = { id, result: result ?? null };
    } catch (error) {
      answer = { id, error: error instanceof RpcFailure ? error.error : internalError(error) };
    }
    if (!this.#forget(id, controller)) return;
    try {
      this.#send(answer);
    } catch (error) {
      this.#send({ id, error: internalError(error) }); // the answer is no JSON: a cycle, a bigint
    }
  }
}

function internalError(error: unknown): RpcErrorObject {
  return { code: INTERNAL_ERROR, message: errorText(error) };
}
