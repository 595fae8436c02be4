/** Requests that await a reply, and abandoned ones that may still get one. */
import { isOutcomeUnknown, OutcomeUnknownError } from "../errors/outcome_errors.ts";
import { rpcErrorFrom } from "../errors/rpc_error_from.ts";
import { onAbort } from "../util/on_abort.ts";
import type { RequestId, RpcErrorObject, RpcResponse } from "./messages.ts";

/** Options of one request. */
export interface RpcRequestOptions {
  /** Abandons the request, which rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the JSON-RPC id just before the request is written. */
  readonly onSent?: ((id: RequestId) => void) | undefined;
  /** Called when a request that was sent is abandoned; the server may still answer it. */
  readonly onAbandoned?: (() => void) | undefined;
  /** Called with the result if the reply arrives after the request was abandoned. */
  readonly onLateResult?: ((result: unknown) => void) | undefined;
  /** Called with the error if the server refuses the request after it was abandoned. */
  readonly onLateError?: ((error: unknown) => void) | undefined;
  /** The `trace` field of the request. */
  readonly trace?: unknown;
}

interface Waiter {
  readonly method: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly release: () => void;
}

interface Abandoned extends Pick<RpcRequestOptions, "onLateResult" | "onLateError"> {
  readonly method: string;
}

/** How many abandoned requests are remembered; the oldest is dropped first. */
const MAX_ABANDONED = 1_000;

/** Tracks every request until its reply, its abort or the end of the connection. */
export class PendingRequests {
  readonly #waiting = new Map<RequestId, Waiter>();
  readonly #abandoned = new Map<RequestId, Abandoned>();
  readonly #onCallbackError: (method: string, error: unknown) => void;
  #nextId = 1;

  /** Reports errors thrown by the callbacks of abandoned requests. */
  constructor(onCallbackError: (method: string, error: unknown) => void) {
    this.#onCallbackError = onCallbackError;
  }

  /** How many requests await a reply. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Registers a request before it is written. */
  add(
    method: string,
    options: RpcRequestOptions,
  ): { readonly id: number; readonly reply: Promise<unknown> } {
    const id = this.#nextId++;
    const { signal, onAbandoned, onLateResult, onLateError } = options;
    const reply = new Promise<unknown>((resolve, reject) => {
      const abandon = (reason: unknown): void => {
        this.#abandon(id, { method, onLateResult, onLateError });
        this.#call(method, onAbandoned);
        reject(reason);
      };
      const release = onAbort(signal, () => abandon(signal?.reason));
      this.#waiting.set(id, { method, resolve, reject, release });
    });
    return { id, reply };
  }

  /** Settles the request that a reply belongs to. Returns `false` if there is none. */
  settle(response: RpcResponse): boolean {
    const { id } = response;
    if (id === null) return false;
    const waiter = this.#waiting.get(id);
    if (waiter === undefined) return this.#settleAbandoned(id, response);
    this.#waiting.delete(id);
    waiter.release();
    if (response.error == null) waiter.resolve(response.result);
    else waiter.reject(errorOf(waiter.method, response.error));
    return true;
  }

  /** Rejects a request that could not be written. */
  fail(id: RequestId, reason: unknown): void {
    const waiter = this.#waiting.get(id);
    if (waiter === undefined) return;
    this.#waiting.delete(id);
    waiter.release();
    waiter.reject(reason);
  }

  /** Rejects all pending requests. */
  failAll(reason: unknown): void {
    const waiters = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#abandoned.clear();
    for (const waiter of waiters) {
      waiter.release();
      waiter.reject(reason);
    }
  }

  #abandon(id: number, abandoned: Abandoned): void {
    this.#waiting.get(id)?.release();
    this.#waiting.delete(id);
    this.#abandoned.set(id, abandoned);
    if (this.#abandoned.size > MAX_ABANDONED) {
      const [oldest] = this.#abandoned.keys();
      this.#abandoned.delete(oldest as RequestId);
    }
  }

  #settleAbandoned(id: RequestId, response: RpcResponse): boolean {
    const abandoned = this.#abandoned.get(id);
    if (abandoned === undefined) return false;
    this.#abandoned.delete(id);
    const { method, onLateResult, onLateError } = abandoned;
    const { result, error } = response;
    if (error == null) this.#call(method, onLateResult && (() => onLateResult(result)));
    else this.#call(method, onLateError && (() => onLateError(errorOf(method, error))));
    return true;
  }

  #call(method: string, callback: (() => void) | undefined): void {
    try {
      callback?.();
    } catch (error) {
      this.#onCallbackError(method, error);
    }
  }
}

/** The error of a reply; a transport that lost its connection answers too. */
function errorOf(method: string, error: RpcErrorObject): Error {
  return isOutcomeUnknown(error) ? new OutcomeUnknownError(method) : rpcErrorFrom(method, error);
}
