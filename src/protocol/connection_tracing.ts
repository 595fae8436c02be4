/** What is wrapped around the traffic of a connection for those who trace it. */

/**
 * A request that is being traced.
 *
 * @example
 * ```ts
 * import type { TracedRequest } from "@codex-app-server/sdk";
 *
 * const startsTurn = ({ method }: TracedRequest): boolean => method === "turn/start";
 * ```
 */
export interface TracedRequest {
  /** The method of the protocol. */
  readonly method: string;
  /** The params as they are on the wire: they may hold what was asked of the model. */
  readonly params?: unknown;
}

/** Told of what crosses the connection before it does; each calls its function once and gives what that gives. */
export interface ConnectionTracing {
  /** Around the opening of the connection. */
  connect<Result>(open: () => Promise<Result>): Promise<Result>;
  /** Around a request of the client; what `send` takes goes with it as `trace`. */
  request<Result>(
    request: TracedRequest,
    send: (trace: unknown) => Promise<Result>,
  ): Promise<Result>;
  /** Around a request of the server; a symbol for an answer means that none is sent. */
  answer<Result>(request: TracedRequest, answer: () => Promise<Result>): Promise<Result>;
}
