/** Handlers of the server's requests, one for each method, as one level of the client keeps them. */
import type { ServerRequestMethod } from "../generated/server_requests.ts";
import type {
  AnyRequestHandler,
  ServerRequestHandler,
  ServerRequestHandlers,
} from "./request_handlers.ts";
import { sharedRefresh, TOKEN_REFRESH } from "./token_refresh.ts";

/** The handlers of one level: of a client, a thread or a turn. */
export class HandlerSet {
  readonly #handlers = new Map<string, AnyRequestHandler>();

  /**
   * Starts with these handlers.
   *
   * @throws {TypeError} when one of them is no function
   */
  constructor(handlers: ServerRequestHandlers = {}) {
    for (const [method, handler] of Object.entries(handlers)) {
      if (handler !== undefined) this.#set(method, handler as AnyRequestHandler);
    }
  }

  /** The handler of a method. */
  get(method: string): AnyRequestHandler | undefined {
    return this.#handlers.get(method);
  }

  /**
   * Sets the handler of a method; the function that is returned takes it away again.
   *
   * @throws {TypeError} when the handler is no function
   */
  set<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    return this.#set(method, handler as AnyRequestHandler);
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

  #set(method: string, handler: AnyRequestHandler): () => void {
    if (typeof handler !== "function") {
      throw new TypeError(`The handler of "${method}" must be a function, got ${typeof handler}`);
    }
    const own = asCalled(method, handler);
    this.#handlers.set(method, own);
    return () => {
      if (this.#handlers.get(method) === own) this.#handlers.delete(method);
    };
  }
}

/** The handler as requests call it: a token refresh is shared and limited in time. */
function asCalled(method: string, handler: AnyRequestHandler): AnyRequestHandler {
  if (method !== TOKEN_REFRESH) return handler;
  return sharedRefresh(handler as ServerRequestHandler<typeof TOKEN_REFRESH>) as AnyRequestHandler;
}
