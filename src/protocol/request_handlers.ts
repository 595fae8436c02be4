/** The caller's handlers for what the server asks, one for each method. */
import type {
  ServerRequestMethod,
  ServerRequestParams,
  ServerRequestResult,
} from "../generated/server_requests.ts";
import type { RpcRequest } from "../rpc/messages.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { defaultAnswer } from "./default_answers.ts";
import { sharedRefresh, TOKEN_REFRESH } from "./token_refresh.ts";

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

type AnyHandler = (params: unknown, context: ServerRequestContext) => unknown;

/** Told that a handler is being asked; the function that it gives is called when the request is settled. */
export type OnAsk = (params: unknown) => () => void;

/** Finds and runs the handler of each request, and declines where there is none or it throws. */
export class RequestHandlers {
  readonly #handlers: Map<string, AnyHandler>;
  readonly #onDiagnostic: OnDiagnostic;
  readonly #onAsk: OnAsk;

  /** Starts with these handlers. */
  constructor(
    handlers: ServerRequestHandlers,
    onDiagnostic: OnDiagnostic,
    onAsk: OnAsk = () => () => {},
  ) {
    this.#onAsk = onAsk;
    this.#handlers = new Map();
    for (const [method, handler] of Object.entries(handlers)) {
      if (handler !== undefined) {
        this.#handlers.set(method, asCalled(method, handler as AnyHandler));
      }
    }
    this.#onDiagnostic = onDiagnostic;
  }

  /**
   * Sets the handler of a method; the function that is returned takes it away again.
   *
   * @throws {TypeError} when the handler is no function
   */
  set<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    if (typeof handler !== "function") {
      throw new TypeError(`The handler of "${method}" must be a function, got ${typeof handler}`);
    }
    const own = asCalled(method, handler as AnyHandler);
    this.#handlers.set(method, own);
    return () => {
      if (this.#handlers.get(method) === own) this.#handlers.delete(method);
    };
  }

  /** Sets the handler of a method for a while; the function that is returned puts the one before back. */
  replace<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    const before = this.#handlers.get(method);
    const remove = this.set(method, handler);
    const own = this.#handlers.get(method);
    return () => {
      const current = this.#handlers.get(method);
      remove();
      if (before !== undefined && current === own) this.#handlers.set(method, before);
    };
  }

  /** Answers a request with what its handler gives, or with the decline of its method. */
  async answer(request: RpcRequest, signal: AbortSignal): Promise<unknown> {
    const { id, method, params } = request;
    const handler = this.#handlers.get(method);
    if (handler === undefined) {
      this.#onDiagnostic({ kind: "unhandledRequest", method });
      return defaultAnswer(method);
    }
    const settled = this.#onAsk(params);
    signal.addEventListener("abort", settled, { once: true });
    try {
      const answer = await handler(params, { id, signal });
      if (JSON.stringify(answer) === undefined) {
        throw new TypeError(`The handler of "${method}" must give an answer, got ${typeof answer}`);
      }
      return answer;
    } catch (error) {
      if (!signal.aborted) this.#onDiagnostic({ kind: "callbackError", method, error });
      return defaultAnswer(method);
    } finally {
      signal.removeEventListener("abort", settled);
      settled();
    }
  }
}

/** The handler as requests call it: a token refresh is shared and limited in time. */
function asCalled(method: string, handler: AnyHandler): AnyHandler {
  if (method !== TOKEN_REFRESH) return handler;
  return sharedRefresh(handler as ServerRequestHandler<typeof TOKEN_REFRESH>) as AnyHandler;
}
