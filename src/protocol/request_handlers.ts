/** The caller's handlers for what the server asks, one for each method. */
import type {
  ServerRequestMethod,
  ServerRequestParams,
  ServerRequestResult,
} from "../generated/server_requests.ts";
import { NO_ANSWER } from "../rpc/incoming_requests.ts";
import type { RpcRequest } from "../rpc/messages.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { startTimer } from "../util/timer.ts";
import { AskedRequest } from "./asked_request.ts";
import type { HandlerSet } from "./handler_set.ts";

/**
 * What a handler is told beside the params.
 *
 * @example
 * ```ts
 * import type { ServerRequestContext } from "@codex-app-server/sdk/types";
 *
 * const inTime = ({ signal }: ServerRequestContext): boolean => !signal.aborted;
 * ```
 */
export interface ServerRequestContext {
  /** The id of the request, as the server chose it. */
  readonly id: string | number;
  /**
   * Fires when the answer is no longer wanted: the server resolved the request itself, its turn or the connection ended,
   * or the time for it is over. What is answered then is not sent.
   */
  readonly signal: AbortSignal;
}

/**
 * Answers one kind of request; a throw declines it, and `undefined` leaves it to the next handler: of the thread, then of
 * the client.
 *
 * @example
 * ```ts
 * import type { ServerRequestHandler } from "@codex-app-server/sdk";
 *
 * const approve: ServerRequestHandler<"item/commandExecution/requestApproval"> = ({ command }) => ({
 *   decision: command === "/bin/bash -lc ls" ? "accept" : "decline",
 * });
 * ```
 */
export type ServerRequestHandler<M extends ServerRequestMethod> = (
  params: ServerRequestParams<M>,
  context: ServerRequestContext,
) => ServerRequestResult<M> | undefined | Promise<ServerRequestResult<M> | undefined>;

/**
 * Handlers by method; what has none is declined.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { ServerRequestHandlers } from "@codex-app-server/sdk/types";
 *
 * const handlers: ServerRequestHandlers = {
 *   "item/fileChange/requestApproval": () => ({ decision: "accept" }),
 * };
 * const codex = new Codex({ handlers });
 * ```
 */
export type ServerRequestHandlers = {
  readonly [M in ServerRequestMethod]?: ServerRequestHandler<M>;
};

/** What a handler of whatever method is told. */
export interface AskContext extends ServerRequestContext {
  /** The request itself, to answer it by other means than what the handler gives. */
  readonly asked: AskedRequest;
}

/** A handler of whatever method; what gives `undefined` leaves the request to the next one. */
export type AnyRequestHandler = (params: unknown, context: AskContext) => unknown;

/** The handlers that go before the client's own for a request, the nearest first. */
export type NearerHandlers = (
  asked: AskedRequest,
) => readonly HandlerSet[] | Promise<readonly HandlerSet[]>;

/** What answering needs beside the handlers. */
export interface RequestHandlersOptions {
  readonly onDiagnostic: OnDiagnostic;
  /** Told of every request before anybody is asked about it. */
  readonly onAsked?: (asked: AskedRequest) => void;
  /** Told what a handler threw, with the params of the request. */
  readonly onFailure?: (params: unknown, error: unknown) => void;
  readonly nearer?: NearerHandlers;
}

/** How many requests may wait for an answer: past this, one is declined unasked. */
const MAX_OPEN = 10_000;

/** Finds and runs the handlers of each request, and declines where none answers or one throws. */
export class RequestHandlers<Own extends HandlerSet = HandlerSet> {
  /** The handlers of the client, asked when no nearer one answers. */
  readonly own: Own;
  readonly #onDiagnostic: OnDiagnostic;
  readonly #onAsked: (asked: AskedRequest) => void;
  readonly #onFailure: (params: unknown, error: unknown) => void;
  readonly #nearer: NearerHandlers;
  #open = 0;

  /** Answers with these handlers of the client, and with the nearer ones of each request. */
  constructor(own: Own, options: RequestHandlersOptions) {
    const { onDiagnostic, onAsked = () => {}, onFailure = () => {}, nearer = () => [] } = options;
    this.own = own;
    this.#onDiagnostic = onDiagnostic;
    this.#onAsked = onAsked;
    this.#onFailure = onFailure;
    this.#nearer = nearer;
  }

  /**
   * Gives the answer to a request: the first that comes, from a handler or by the request itself.
   *
   * @throws {RpcFailure} where the decline of the method is an error
   */
  async answer(request: RpcRequest, signal: AbortSignal): Promise<unknown> {
    const asked = new AskedRequest(request);
    signal.addEventListener("abort", () => asked.withdraw(signal.reason), { once: true });
    this.#open++;
    this.#onAsked(asked);
    void this.#ask(asked);
    const outcome = await asked.outcome;
    this.#open--;
    switch (outcome.kind) {
      case "answered":
        return outcome.result;
      case "failed":
        throw outcome.failure;
      case "withdrawn":
        return NO_ANSWER;
    }
  }

  /** Asks one handler after the other until the request is settled; never rejects. */
  async #ask(asked: AskedRequest): Promise<void> {
    const { id, method, params, signal } = asked;
    try {
      const levels = this.#open > MAX_OPEN ? [] : [...await this.#nearer(asked), this.own];
      void asked.outcome.then(limitTime(asked, levels));
      for (const handler of levels.flatMap((level) => level.handlersOf(method))) {
        if (asked.state !== "open") return;
        // The request may be settled by other means meanwhile: who was asked about it may still fail.
        const answer = await handler(params, { id, signal, asked });
        if (answer !== undefined && asked.state === "open") return asked.answer(answer);
      }
      if (asked.state !== "open") return;
      this.#onDiagnostic({ kind: "unhandledRequest", method });
    } catch (error) {
      this.#report(error, asked);
    }
    asked.decline();
  }

  #report(error: unknown, { method, params, signal }: AskedRequest): void {
    if (signal.aborted) return; // who was asked may end by the signal, which is no fault
    this.#onFailure(params, error);
    this.#onDiagnostic({ kind: "callbackError", method, error });
  }
}

/** Starts the time limit of the nearest level that has one; it holds for what people are asked. */
function limitTime(asked: AskedRequest, levels: readonly HandlerSet[]): () => void {
  if (asked.view === undefined) return () => {};
  const limits = levels.map(({ limit }) => limit);
  const timeoutMs = limits.find((limit) => limit.timeoutMs !== undefined)?.timeoutMs ?? 0;
  const decision = limits.find((limit) => limit.decision !== undefined)?.decision ?? "decline";
  return startTimer(timeoutMs, () => asked.expire(decision, timeoutMs));
}
