/** Requests of the server: each is answered exactly once, or not at all if the answer is no longer wanted. */
import { errorText } from "../util/error_text.ts";
import { isRecord } from "../util/is_record.ts";
import type { RequestId, RpcErrorObject, RpcRequest } from "./messages.ts";

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

/** Sends an answer. */
export type SendAnswer = (
  answer: { readonly id: RequestId; readonly result: unknown } | {
    readonly id: RequestId;
    readonly error: RpcErrorObject;
  },
) => void;

const INTERNAL_ERROR = -32603;
/** How many answered requests of threads are remembered. */
const MAX_ANSWERED = 100;

interface OpenRequest {
  readonly request: RpcRequest;
  /** Shared by the requests that deliver the same tool call. */
  readonly controller: AbortController;
  result?: Promise<unknown>;
}

/**
 * Runs the handler of each request without blocking the read loop. When a thread is resumed, the server delivers its
 * open requests again, even those whose answer is still on its way.
 */
export class IncomingRequests {
  readonly #open = new Map<RequestId, OpenRequest>();
  /** The last requests of threads that were answered, oldest first. */
  readonly #answered = new Map<RequestId, RpcRequest>();
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

  /** Starts answering a request; does nothing if it was delivered before. */
  accept(request: RpcRequest): void {
    const earlier = this.#open.get(request.id)?.request ?? this.#answered.get(request.id);
    if (earlier !== undefined && isSame(earlier, request)) return;
    // The server reused the id of an open request: only the second request is answered.
    this.cancel(request.id, new DOMException("The server reused the request id", "AbortError"));
    const same = this.#openCall(request);
    const controller = same?.controller ?? new AbortController();
    const open: OpenRequest = { request, controller };
    this.#open.set(request.id, open);
    open.result = same?.result ?? this.#run(request, controller.signal);
    void this.#answer(open);
  }

  /** Discards the answer, which the server no longer wants, and aborts the handler's signal if no request shares it. */
  cancel(id: RequestId, reason?: unknown): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    for (const { controller } of this.#open.values()) if (controller === open.controller) return;
    open.controller.abort(reason);
  }

  /** Cancels every unanswered request. */
  cancelAll(reason: unknown): void {
    for (const id of [...this.#open.keys()]) this.cancel(id, reason);
  }

  /** Returns `false` if the id now belongs to another request, or to none. */
  #forget(id: RequestId, controller: AbortController): boolean {
    return this.#open.get(id)?.controller === controller && this.#open.delete(id);
  }

  #remember(request: RpcRequest): void {
    this.#answered.delete(request.id);
    this.#answered.set(request.id, request);
    if (this.#answered.size <= MAX_ANSWERED) return;
    for (const oldest of this.#answered.keys()) {
      this.#answered.delete(oldest);
      return;
    }
  }

  /** Returns the open request that delivered the same tool call under another id. */
  #openCall(request: RpcRequest): OpenRequest | undefined {
    const callId = toolCallId(request);
    if (callId === undefined) return undefined;
    for (const open of this.#open.values()) {
      if (toolCallId(open.request) === callId && isSame(open.request, request)) return open;
    }
    return undefined;
  }

  async #run(request: RpcRequest, signal: AbortSignal): Promise<unknown> {
    return await this.#handler(request, signal);
  }

  async #answer({ request, controller, result: running }: OpenRequest): Promise<void> {
    const { id } = request;
    let answer: Parameters<SendAnswer>[0];
    try {
      const result = await running;
      if (result === NO_ANSWER) {
        this.#forget(id, controller);
        return;
      }
      answer = { id, result: result ?? null };
    } catch (error) {
      answer = { id, error: error instanceof RpcFailure ? error.error : internalError(error) };
    }
    if (!this.#forget(id, controller)) return;
    if (namesThread(request)) this.#remember(request);
    try {
      this.#send(answer);
    } catch (error) {
      this.#send({ id, error: internalError(error) }); // the answer is not JSON: a cycle or a bigint
    }
  }
}

/** Whether the server delivered a request again, as it does when its thread is resumed; an id may also be reused. */
function isSame(open: RpcRequest, request: RpcRequest): boolean {
  return open.method === request.method &&
    JSON.stringify(open.params) === JSON.stringify(request.params);
}

function toolCallId({ method, params }: RpcRequest): unknown {
  return method === "item/tool/call" && isRecord(params) ? params.callId : undefined;
}

/** Whether the request belongs to a thread: no other is delivered again, and its id may be reused for an equal one. */
function namesThread({ params }: RpcRequest): boolean {
  return isRecord(params) && ("threadId" in params || "conversationId" in params);
}

function internalError(error: unknown): RpcErrorObject {
  return { code: INTERNAL_ERROR, message: errorText(error) };
}
