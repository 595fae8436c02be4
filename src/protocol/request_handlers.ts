/** The caller's handlers for what the server asks, one for each method. */
import type {
  ServerRequestMethod,
  ServerRequestParams,
  ServerRequestResult,
} from "../generated/server_requests.ts";
import type { RpcRequest } from "../rpc/messages.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { defaultAnswer } from "./default_answers.ts";
import type { HandlerSet } from "./handler_set.ts";

/**
 * What a handler is told beside the params.
 *
 * @example
 * ```ts
 * import type { ServerRequestContext } from "@codex-app-server/sdk";
 *
 * const inTime = ({ signal }: ServerRequestContext): boolean => !signal.aborted;
 * ```
 */
export interface ServerRequestContext {
  /** The id of the request, as the server chose it. */
  readonly id: string | number;
  /** Fires when the answer is no longer wanted: the server resolved the request itself, or the connection ended. */
  readonly signal: AbortSignal;
}

/**
 * Answers one kind of request; a throw declines it.
 *
 * @example
 * ```ts
 * import type { ServerRequestHandler } from "@codex-app-server/sdk";
 *
 * const approve: ServerRequestHandler<"item/commandExecution/requestApproval"> = ({ command }) => ({
 *   decision: command === "ls" ? "accept" : "decline",
 * });
 * ```
 */
export type ServerRequestHandler<M extends ServerRequestMethod> = (
  params: ServerRequestParams<M>,
  context: ServerRequestContext,
) => ServerRequestResult<M> | Promise<ServerRequestResult<M>>;

/**
 * Handlers by method; what has none is declined.
 *
 * @example
 * ```ts
 * import { Codex, type ServerRequestHandlers } from "@codex-app-server/sdk";
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

/** A handler of whatever method. */
export type AnyRequestHandler = (params: unknown, context: ServerRequestContext) => unknown;

/** Told that a handler is being asked; the function that it gives is called when the request is settled. */
export type OnAsk = (params: unknown) => () => void;

/** The handlers that go before the client's own for a request, the nearest first. */
export type NearerHandlers = (params: unknown) => readonly HandlerSet[];

/** What answering needs beside the handlers. */
export interface RequestHandlersOptions {
  readonly onDiagnostic: OnDiagnostic;
  readonly onAsk?: OnAsk;
  readonly nearer?: NearerHandlers;
}

/** Finds and runs the handler of each request, and declines where there is none or it throws. */
export class RequestHandlers {
  /** The handlers of the client, asked when no nearer one answers. */
  readonly own: HandlerSet;
  readonly #onDiagnostic: OnDiagnostic;
  readonly #onAsk: OnAsk;
  readonly #nearer: NearerHandlers;

  /** Answers with these handlers of the client, and with the nearer ones of each request. */
  constructor(own: HandlerSet, options: RequestHandlersOptions) {
    const { onDiagnostic, onAsk = () => () => {}, nearer = () => [] } = options;
    this.own = own;
    this.#onDiagnostic = onDiagnostic;
    this.#onAsk = onAsk;
    this.#nearer = nearer;
  }

  /** Answers a request with what its nearest handler gives, or with the decline of its method. */
  async answer(request: RpcRequest, signal: AbortSignal): Promise<unknown> {
    const { method, params } = request;
    const handlers = [...this.#nearer(params), this.own]
      .map((set) => set.get(method))
      .filter((handler) => handler !== undefined);
    if (handlers.length === 0) {
      this.#onDiagnostic({ kind: "unhandledRequest", method });
      return defaultAnswer(method);
    }
    const settled = this.#onAsk(params);
    signal.addEventListener("abort", settled, { once: true });
    try {
      return await answerOfFirst(handlers, request, signal);
    } catch (error) {
      if (!signal.aborted) this.#onDiagnostic({ kind: "callbackError", method, error });
      return defaultAnswer(method);
    } finally {
      signal.removeEventListener("abort", settled);
      settled();
    }
  }
}

/** The answer of the first handler that gives one: `undefined` leaves the request to the next. */
async function answerOfFirst(
  handlers: readonly AnyRequestHandler[],
  { id, method, params }: RpcRequest,
  signal: AbortSignal,
): Promise<unknown> {
  for (const handler of handlers) {
    const answer = await handler(params, { id, signal });
    if (answer === undefined) continue;
    if (JSON.stringify(answer) !== undefined) return answer;
    throw new TypeError(`The handler of "${method}" must give an answer, got ${typeof answer}`);
  }
  throw new TypeError(`The handler of "${method}" must give an answer, got undefined`);
}
