/** Requests that await a reply, and abandoned ones that may still get one. */
import { RequestTimeoutError } from "../errors/transport_errors.ts";
import { rpcErrorFrom } from "../errors/rpc_error_from.ts";
import { startTimer } from "../util/timer.ts";
import type { RequestId, RpcResponse } from "./messages.ts";

/** Options of one request. */
export interface RequestOptions {
  /** Abandons the request, which rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the request rejects with `RequestTimeoutError`; 0 disables the limit.
   * @default {0}
   */
  readonly timeoutMs?: number | undefined;
  /** Called with the JSON-RPC id just before the request is written. */
  readonly onSent?: ((id: RequestId) => void) | undefined;
  /** Called when a request that was sent is abandoned; the server may still answer it. */
  readonly onGivenUp?: (() => void) | undefined;
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

interface GivenUp extends Pick<RequestOptions, "onLateResult" | "onLateError"> {
  readonly method: string;
}

/** How many abandoned requests are remembered; the oldest is dropped first. */
const MAX_GIVEN_UP = 1_000;

/** Tracks every request until its reply, timeout, abort or the end of the connection. */
export class PendingRequests {
  readonly #waiting = new Map<RequestId, Waiter>();
  readonly #givenUp = new Map<RequestId, GivenUp>();
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
    options: RequestOptions,
  ): { readonly id: number; readonly reply: Promise<unknown> } {
    const id = this.#nextId++;
    const { signal, timeoutMs = 0, onGivenUp, onLateResult, onLateError } = options;
    const reply = new Promise<unknown>((resolve, reject) => {
      const giveUp = (reason: unknown): void => {
        this.#giveUp(id, { method, onLateResult, onLateError });
        this.#call(method, onGivenUp);
        reject(reason);
      };
      const onAbort = (): void => giveUp(signal?.reason);
      const stopTimer = startTimer(
        timeoutMs,
        () => giveUp(new RequestTimeoutError(method, timeoutMs)),
      );
      const release = (): void => {
        stopTimer();
        signal?.removeEventListener("abort", onAbort);
      };
      this.#waiting.set(id, { method, resolve, reject, release });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    return { id, reply };
  }

  /** Settles the request that a reply belongs to. Returns `false` if there is none. */
  settle(response: RpcResponse): boolean {
    const { id } = response;
    if (id === null) return false;
    const waiter = this.#waiting.get(id);
    if (waiter === undefined) return this.#settleGivenUp(id, response);
    this.#waiting.delete(id);
    waiter.release();
    if (response.error == null) waiter.resolve(response.result);
    else waiter.reject(rpcErrorFrom(waiter.method, response.error));
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
    this.#givenUp.clear();
    for (const waiter of waiters) {
      waiter.release();
      waiter.reject(reason);
    }
  }

  #giveUp(id: number, givenUp: GivenUp): void {
    this.#waiting.get(id)?.release();
    this.#waiting.delete(id);
    this.#givenUp.set(id, givenUp);
    if (this.#givenUp.size > MAX_GIVEN_UP) {
      const [oldest] = this.#givenUp.keys();
      this.#givenUp.delete(oldest as RequestId);
    }
  }

  #settleGivenUp(id: RequestId, response: RpcResponse): boolean {
    const givenUp = this.#givenUp.get(id);
    if (givenUp === undefined) return false;
    this.#givenUp.delete(id);
    const { method, onLateResult, onLateError } = givenUp;
    const { result, error } = response;
    if (error == null) this.#call(method, onLateResult && (() => onLateResult(result)));
    else this.#call(method, onLateError && (() => onLateError(rpcErrorFrom(method, error))));
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
