/** Answers server requests in one scope: a client, a thread or a turn. */
import type {
  ServerRequestMethod,
  ServerRequestParams,
  ServerRequestResult,
} from "../../generated/server_requests.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { ClientRequestHandlerOptions } from "./handler_options.ts";
import type { ApprovalPolicy } from "./policies.ts";
import {
  isApproval,
  KIND_NAMES,
  kindsOf,
  USER_REQUEST_KINDS,
  type UserRequest,
  type UserRequestKind,
} from "./request_kinds.ts";
import { RequestInbox } from "./request_inbox.ts";
import type { ServerRequest } from "./server_request.ts";
import { sharedRefresh, TOKEN_REFRESH } from "./token_refresh.ts";

/**
 * What a handler receives in addition to the params of the request.
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
   * Aborts when the answer is no longer wanted: the server resolved the request itself, its turn or the connection ended,
   * or its time limit expired. An answer after that is not sent.
   */
  readonly signal: AbortSignal;
}

/**
 * Answers one kind of server request. A throw declines it; `undefined` passes it on to the next handler: the thread's, then
 * the client's.
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
 * Handlers by method. Requests without a handler are declined.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { ServerRequestHandlers } from "@codex-app-server/sdk/types";
 *
 * const handlers: ServerRequestHandlers = {
 *   "item/fileChange/requestApproval": () => ({ decision: "decline" }),
 * };
 * const codex = new Codex({ handlers });
 * ```
 */
export type ServerRequestHandlers = {
  readonly [M in ServerRequestMethod]?: ServerRequestHandler<M>;
};

/** The time limit of an answer and the answer given after it; the next scope decides what is omitted. */
export interface AnswerLimit {
  /** In milliseconds; 0 means no limit. */
  readonly timeoutMs?: number | undefined;
  readonly decision?: "decline" | "cancel" | undefined;
}

/**
 * A handler of any method, which answers by its return value or through the request itself; `undefined` passes the
 * request on.
 */
export type ScopeHandler = (request: ServerRequest) => unknown;

/** A handler of one kind of request, whatever the kind. */
type UserHandler = (request: UserRequest) => unknown;

/** Calls the handler of a request, then the policy, then the readers. */
export class HandlerScope {
  /** The handle of the turn, if this is the scope of one. */
  turn: TurnHandle | undefined;
  /** Creates another handle of the turn, whose loops leave it running. */
  joinTurn: (() => TurnHandle) | undefined;
  /** How long the answers of people may take. */
  limit: AnswerLimit = {};
  /** The readers of `requests()`. */
  readonly inbox: RequestInbox = new RequestInbox();
  readonly #byKind = new Map<UserRequestKind, UserHandler>();
  readonly #byMethod = new Map<string, ScopeHandler>();
  #policy: ApprovalPolicy | undefined;

  /** Whether a handler or a policy decides on approvals here; readers do not count. */
  get decidesApprovals(): boolean {
    if (this.#policy !== undefined) return true;
    return KIND_NAMES.some((kind) => {
      const { method, isApproval } = USER_REQUEST_KINDS[kind];
      if (!isApproval) return false;
      // A handler of a method that has other uses too need not be an approval handler.
      const isRaw = kindsOf(method).length === 1 && this.#byMethod.has(method);
      return isRaw || this.#byKind.has(kind);
    });
  }

  /** Asks each in order until the request is settled; returns when all pass it on. */
  async ask(request: ServerRequest): Promise<void> {
    const { method, user } = request;
    if (user !== undefined) {
      const byKind = this.#byKind.get(user.kind);
      if (byKind !== undefined) give(user, await byKind(user));
    }
    const byMethod = this.#byMethod.get(method);
    if (byMethod !== undefined && request.state === "open") {
      const result = await byMethod(request);
      // Meanwhile the request may have been settled in another way.
      if (result !== undefined && request.state === "open") request.answer(result);
    }
    if (user === undefined) return;
    if (this.#policy !== undefined && request.state === "open" && isApproval(user)) {
      give(user, await this.#policy(user));
    }
    if (request.state === "open") await this.inbox.offer(request);
  }

  /**
   * Sets the handler of a method, replacing any other; the returned function removes it.
   *
   * @throws {TypeError} if the method is not a string or the handler is not a function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    if (typeof method !== "string" || typeof handler !== "function") {
      throw new TypeError("A handler needs the name of a method and a function");
    }
    return this.set(method, ownHandler(method, handler));
  }

  /** Sets a handler temporarily: the returned function restores the previous one. */
  replace<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    const before = this.#byMethod.get(method);
    const remove = this.handle(method, handler);
    const own = this.#byMethod.get(method);
    return () => {
      const current = this.#byMethod.get(method);
      remove();
      if (before !== undefined && current === own) this.#byMethod.set(method, before);
    };
  }

  /** Sets a handler that gets the request itself; the returned function removes it. */
  set(method: string, handler: ScopeHandler): () => void {
    for (const kind of kindsOf(method)) this.#byKind.delete(kind);
    this.#byMethod.set(method, handler);
    return () => {
      if (this.#byMethod.get(method) === handler) this.#byMethod.delete(method);
    };
  }

  /** Sets what the options specify and keeps the rest; the options are already checked. */
  configure(options: ClientRequestHandlerOptions): void {
    const { handlers, approvals, approvalTimeoutMs, approvalTimeoutDecision } = options;
    for (const [method, handler] of Object.entries(handlers ?? {})) {
      if (handler != null) this.handle(method as ServerRequestMethod, handler as never);
    }
    for (const kind of KIND_NAMES) {
      const handler = options[USER_REQUEST_KINDS[kind].option];
      if (handler != null) this.#byKind.set(kind, handler as UserHandler);
    }
    this.#configurePrograms(options);
    if (approvals != null) this.#policy = approvals;
    this.limit = {
      timeoutMs: approvalTimeoutMs ?? this.limit.timeoutMs,
      decision: approvalTimeoutDecision ?? this.limit.decision,
    };
  }

  /** Ends the streams of requests, including those opened later. */
  close(error?: unknown): void {
    this.inbox.close(error);
  }

  #configurePrograms({ onTokenRefresh, onAttestation }: ClientRequestHandlerOptions): void {
    if (onTokenRefresh != null) {
      this.handle(
        TOKEN_REFRESH,
        async (params, context) => {
          const tokens = await onTokenRefresh(params, context);
          const { wireTokens } = await import("../account/login.ts");
          return wireTokens(tokens);
        },
      );
    }
    if (onAttestation != null) {
      this.handle("attestation/generate", async (_params, context) => {
        const token = await onAttestation(context);
        return typeof token === "string" ? { token } : token;
      });
    }
  }
}

/** Wraps the caller's handler in a separate function; concurrent token refreshes share one call. */
function ownHandler<M extends ServerRequestMethod>(
  method: M,
  handler: ServerRequestHandler<M>,
): ScopeHandler {
  const shared = method === TOKEN_REFRESH ? sharedRefresh(handler as never) : handler;
  const call = shared as (params: unknown, context: ServerRequestContext) => unknown;
  return ({ params, id, signal }) => call(params, { id, signal });
}

/** Answers with what a handler returned, unless it passed the request on or the request is settled. */
function give(request: UserRequest, answer: unknown): void {
  if (answer !== undefined && request.state === "open") request.answer(answer as never);
}
