/** The requests that wait for a reply, and those that were given up but may still be answered. */
import { RequestTimeoutError } from "../errors/transport_errors.ts";
import { rpcErrorFrom } from "../errors/rpc_error_from.ts";
import { startTimer } from "../util/timer.ts";
import type { RequestId, RpcResponse } from "./messages.ts";

/** Options of one request. */
export interface RequestOptions {
  /** Gives the request up: it rejects with `signal.reason`, unchanged. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
  /** Called with the JSON-RPC id just before the request is written. */
  readonly onSent?: ((id: RequestId) => void) | undefined;
  /** Told when the request is given up while the server may still answer it: not when it was never sent. */
  readonly onGivenUp?: (() => void) | undefined;
  /** Told the result when the reply comes after the request was given up. */
  readonly onLateResult?: ((result: unknown) => void) | undefined;
  /** Told the error when the server refuses the request after it was given up. */
  readonly onLateError?: ((error: unknown) => void) | undefined;
  /** Goes with the request as its `trace`. */
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

/** Given-up requests to remember: past this, the oldest is forgotten. */
const MAX_GIVEN_UP = 1_000;

/** Keeps the waiter of every request until its reply, its limit, its abort, or the end. */
export class PendingRequests {
  readonly #waiting = new Map<RequestId, Waiter>();
  readonly #givenUp = new Map<RequestId, GivenUp>();
  readonly #onCallbackError: (method: string, error: unknown) => void;
  #nextId = 1;

  /** Reports what the callbacks of requests that were given up throw. */
  constructor(onCallbackError: (method: string, error: unknown) => void) {
    this.#onCallbackError = onCallbackError;
  }

  /** How many requests wait for a reply. */
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
        this.#tell(method, onGivenUp);
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

  /** Settles the request that a reply answers; `false` when there is none. */
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

  /** Rejects everything that waits. */
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
    if (error == null) this.#tell(method, onLateResult && (() => onLateResult(result)));
    else this.#tell(method, onLateError && (() => onLateError(rpcErrorFrom(method, error))));
    return true;
  }

  #tell(method: string, callback: (() => void) | undefined): void {
    try {
      callback?.();
    } catch (error) {
      this.#onCallbackError(method, error);
    }
  }
}
