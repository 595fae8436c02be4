/** Requests of the server: each is answered exactly once, or not at all if the answer is no longer wanted. */
import { errorText } from "../util/error_text.ts";
import type { RequestId, RpcErrorObject, RpcRequest } from "./messages.ts";
import { identityOf, type RequestIdentity } from "./request_identity.ts";
import { SentAnswers } from "./sent_answers.ts";

/** Thrown by a request handler to answer with a specific JSON-RPC error. */
export class RpcFailure extends Error {
  override readonly name: string = "RpcFailure";
  /** The error object to send. */
  readonly error: RpcErrorObject;

  /** Creates the failure from the error object to send. */
  constructor(error: RpcErrorObject) {
    super(error.message);
    this.error = error;
  }
}

/** Returned by a handler when the request no longer needs an answer: nothing is sent. */
export const NO_ANSWER: unique symbol = Symbol("no answer");

/** Answers one request; the signal aborts when the answer is no longer wanted. */
export type RequestHandler = (request: RpcRequest, signal: AbortSignal) => unknown;

/** Sends an answer and returns the text that was sent. */
export type SendAnswer = (answer: object) => string;

const INTERNAL_ERROR = -32603;

/** One run of the handler, for every id under which its request was delivered. */
interface Work {
  readonly identity: RequestIdentity;
  readonly controller: AbortController;
  /** The ids that have no answer yet. */
  readonly ids: Set<RequestId>;
  result?: Promise<unknown>;
}

/**
 * Runs the handler of each request without blocking the read loop. When a thread is resumed, the server delivers its
 * open requests again, even those whose answer is still on its way: they are answered by the same run of the handler.
 */
export class IncomingRequests {
  readonly #open = new Map<RequestId, Work>();
  /** The open requests that name an item. */
  readonly #byContent = new Map<string, Work>();
  readonly #sent = new SentAnswers();
  readonly #handler: RequestHandler;
  readonly #send: SendAnswer;

  /** Sends what `handler` returns through `send`. */
  constructor(handler: RequestHandler, send: SendAnswer) {
    this.#handler = handler;
    this.#send = send;
  }

  /** How many requests are unanswered. */
  get size(): number {
    return this.#open.size;
  }

  /** Starts answering a request; one that was delivered before is not handled again. */
  accept(request: RpcRequest): void {
    const { id } = request;
    const identity = identityOf(request);
    if (this.#open.get(id)?.identity.content === identity.content) return;
    // The server reused the id of an open request: only the second request is answered.
    this.cancel(id, new DOMException("The server reused the request id", "AbortError"));
    const sent = this.#sent.find(id, identity);
    if (sent !== undefined) return void this.#send(sent);
    const work: Work = this.#byContent.get(identity.content) ??
      { identity, controller: new AbortController(), ids: new Set() };
    this.#open.set(id, work);
    work.ids.add(id);
    if (identity.itemId !== undefined) this.#byContent.set(identity.content, work);
    work.result ??= this.#run(request, work.controller.signal);
    void this.#answer(id, work);
  }

  /** Discards the answer, which the server no longer wants, and aborts the handler's signal if no request shares it. */
  cancel(id: RequestId, reason?: unknown): void {
    const work = this.#open.get(id);
    if (work === undefined) return;
    this.#settle(id, work);
    if (work.ids.size === 0) work.controller.abort(reason);
  }

  /** Cancels every unanswered request. */
  cancelAll(reason: unknown): void {
    for (const id of [...this.#open.keys()]) this.cancel(id, reason);
  }

  /** Forgets the answers to requests about a thread, or about an item, which the server will not deliver again. */
  forgetAnswers(threadId: unknown, itemId?: unknown): void {
    this.#sent.forget(threadId, itemId);
  }

  async #run(request: RpcRequest, signal: AbortSignal): Promise<unknown> {
    return await this.#handler(request, signal);
  }

  /** Returns `false` if the id now belongs to another request, or to none. */
  #settle(id: RequestId, work: Work): boolean {
    if (this.#open.get(id) !== work) return false;
    this.#open.delete(id);
    work.ids.delete(id);
    const { content } = work.identity;
    if (work.ids.size === 0 && this.#byContent.get(content) === work) {
      this.#byContent.delete(content);
    }
    return true;
  }

  async #answer(id: RequestId, work: Work): Promise<void> {
    let answer: object;
    try {
      const result = await work.result;
      if (result === NO_ANSWER) return void this.#settle(id, work);
      answer = { id, result: result ?? null };
    } catch (error) {
      answer = { id, error: error instanceof RpcFailure ? error.error : internalError(error) };
    }
    if (!this.#settle(id, work)) return;
    const { identity } = work;
    this.#sent.keep({ id, identity, frame: this.#sendJson(id, answer) });
  }

  #sendJson(id: RequestId, answer: object): string {
    try {
      return this.#send(answer);
    } catch (error) {
      return this.#send({ id, error: internalError(error) }); // a cycle or a bigint
    }
  }
}

function internalError(error: unknown): RpcErrorObject {
  return { code: INTERNAL_ERROR, message: errorText(error) };
}
