/** Handlers of the server's requests, one for each method, as one level of the client keeps them. */
import type { ServerRequestMethod } from "../generated/server_requests.ts";
import type {
  AnyRequestHandler,
  ServerRequestContext,
  ServerRequestHandler,
  ServerRequestHandlers,
} from "./request_handlers.ts";
import { sharedRefresh, TOKEN_REFRESH } from "./token_refresh.ts";

/** How long an answer may take, and what is answered then; what is left out is as the level behind has it. */
export interface AnswerLimit {
  /** Milliseconds; 0 is no limit. */
  readonly timeoutMs?: number | undefined;
  readonly decision?: "decline" | "cancel" | undefined;
}

/** The handlers of one level: of a client, a thread or a turn. */
export class HandlerSet {
  /** How long the answers of people may take. */
  limit: AnswerLimit = {};
  readonly #handlers = new Map<string, AnyRequestHandler>();

  /**
   * Starts with these handlers.
   *
   * @throws {TypeError} when one of them is no function
   */
  constructor(handlers: ServerRequestHandlers = {}) {
    this.setAll(handlers);
  }

  /** The handler of a method. */
  get(method: string): AnyRequestHandler | undefined {
    return this.#handlers.get(method);
  }

  /** Who is asked about a request of this method, one after the other until one answers. */
  handlersOf(method: string): readonly AnyRequestHandler[] {
    const handler = this.#handlers.get(method);
    return handler === undefined ? [] : [handler];
  }

  /**
   * Sets the handler of a method; the function that is returned takes it away again.
   *
   * @throws {TypeError} when the handler is no function
   */
  set<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    checkHandler(method, handler);
    return this.setAny(method, asCalled(method, handler));
  }

  /**
   * Sets handlers by their methods; what is left out leaves the one that is there.
   *
   * @throws {TypeError} when one of them is no function
   */
  setAll(handlers: ServerRequestHandlers): void {
    for (const [method, handler] of Object.entries(handlers)) {
      if (handler != null) this.set(method as ServerRequestMethod, handler as never);
    }
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

  /** Sets what is called as it is, with the request itself. */
  setAny(method: string, handler: AnyRequestHandler): () => void {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }
}

/**
 * Sets a handler as the caller gives it.
 *
 * @throws {TypeError} when there is no method or no function
 */
export function setHandler<M extends ServerRequestMethod>(
  set: HandlerSet,
  method: M,
  handler: ServerRequestHandler<M>,
): () => void {
  if (typeof method !== "string" || typeof handler !== "function") {
    throw new TypeError("A handler needs the name of a method and a function");
  }
  return set.set(method, handler);
}

/**
 * Checks that a handler is a function.
 *
 * @throws {TypeError} when it is none
 */
export function checkHandler(method: string, handler: unknown): void {
  if (typeof handler === "function") return;
  throw new TypeError(`The handler of "${method}" must be a function, got ${typeof handler}`);
}

/** The handler as requests call it, always a function of its own: a token refresh is shared and limited in time. */
function asCalled<M extends ServerRequestMethod>(
  method: M,
  handler: ServerRequestHandler<M>,
): AnyRequestHandler {
  const shared = method === TOKEN_REFRESH ? sharedRefresh(handler as never) : handler;
  const own = shared as (params: unknown, context: ServerRequestContext) => unknown;
  return (params, { id, signal }) => own(params, { id, signal });
}
