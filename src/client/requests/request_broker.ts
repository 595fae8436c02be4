/** Answers server requests: finds out who may answer, asks them, and declines if nobody does. */
import type { IncomingRequest, RequestOutcome } from "../../protocol/connection.ts";
import type { OnDiagnostic } from "../../util/diagnostics.ts";
import { startTimer } from "../../util/timer.ts";
import type { Sessions } from "../session/sessions.ts";
import { HandlerScope } from "./handler_scope.ts";
import { OpenRequests } from "./open_requests.ts";
import { RETIRED } from "./request_kinds.ts";
import { resolveScopes } from "./resolve_scopes.ts";
import { ServerRequest } from "./server_request.ts";
import type { ReadLink } from "./touched_paths.ts";

/** Options of a broker. */
export interface RequestBrokerOptions {
  readonly onDiagnostic: OnDiagnostic;
  /** Whether requests that nobody answers are declined, or left to the other clients of the server. */
  readonly unhandled?: "decline" | "leave" | undefined;
  /** Called with an error that a handler threw and the params of its request. */
  readonly onFailure?: ((params: unknown, error: unknown) => void) | undefined;
  /** The threads of the client; without them, only the client's scope is asked. */
  readonly sessions?: Pick<Sessions, "get" | "of" | "agents"> | undefined;
  /** Returns the function that reads links on the server's machine, if there is one. */
  readonly readLink?: (() => ReadLink | undefined) | undefined;
}

/** Maximum number of open requests; past it, new ones are declined or left without asking anyone. */
const MAX_OPEN = 10_000;

/** Answers the server's requests for one client. */
export class RequestBroker {
  /** The scope of the client, asked after those of the turn and the thread. */
  readonly client: HandlerScope = new HandlerScope();
  /** The requests that have no answer yet. */
  readonly open: OpenRequests;
  readonly #options: RequestBrokerOptions;

  /** Starts without handlers: they are set on {@linkcode client}. */
  constructor(options: RequestBrokerOptions) {
    this.#options = options;
    this.open = new OpenRequests(options.sessions);
  }

  /** Settles a request of the server; the signal withdraws it. Never rejects. */
  answer(incoming: IncomingRequest, signal: AbortSignal): Promise<RequestOutcome> {
    return this.#settle(incoming, signal, this.#options.unhandled);
  }

  /** Settles a question of this program itself, which no other client of the server can answer. Never rejects. */
  ask(own: IncomingRequest, signal: AbortSignal): Promise<RequestOutcome> {
    return this.#settle(own, signal, "decline");
  }

  #settle(
    incoming: IncomingRequest,
    signal: AbortSignal,
    unhandled: RequestBrokerOptions["unhandled"],
  ): Promise<RequestOutcome> {
    const request = new ServerRequest(incoming, this.#options.sessions);
    signal.addEventListener("abort", () => request.withdraw(signal.reason), { once: true });
    this.open.add(request);
    void this.#ask(request, unhandled);
    return request.outcome;
  }

  /** Asks each scope in order until the request is settled; never rejects. */
  async #ask(
    request: ServerRequest,
    unhandled: RequestBrokerOptions["unhandled"],
  ): Promise<void> {
    const { method, signal, params } = request;
    const { onDiagnostic, onFailure } = this.#options;
    try {
      const isFull = this.open.size > MAX_OPEN;
      const scopes = isFull ? [] : await this.#scopesOf(request);
      const stopTimer = limitTime(request, scopes);
      void request.outcome.then(stopTimer);
      await request.user?.prepare(this.#options.readLink?.());
      for (const scope of scopes) {
        if (request.state === "open") await scope.ask(request);
      }
      if (request.state !== "open") return;
      // What the SDK itself can answer is not left, nor a request of a turn whose start was abandoned.
      const isOurs = RETIRED.includes(method) || (scopes.length === 0 && !isFull);
      if (unhandled === "leave" && !isOurs) {
        stopTimer(); // it is the other clients' time
        for (const scope of scopes) scope.inbox.keep(request);
        if (isFull) request.withdraw(new Error("Too many requests are open"));
        return;
      }
      onDiagnostic({ kind: "unhandledRequest", method });
    } catch (error) {
      if (!signal.aborted) { // a handler may reject because its signal fired, which is not an error
        onFailure?.(params, error);
        onDiagnostic({ kind: "callbackError", method, error });
      }
    }
    request.decline();
  }

  /** The scopes to ask, nearest first. */
  async #scopesOf(request: ServerRequest): Promise<readonly HandlerScope[]> {
    const { sessions } = this.#options;
    if (sessions === undefined) return [this.client];
    const { turn, scopes } = await resolveScopes(sessions, request, this);
    request.turnScope = turn;
    return scopes;
  }
}

/** Starts the time limit of the nearest scope that has one; it applies to requests for people. */
function limitTime(request: ServerRequest, scopes: readonly HandlerScope[]): () => void {
  if (request.user === undefined) return () => {};
  const limits = scopes.map(({ limit }) => limit);
  const timeoutMs = limits.find((limit) => limit.timeoutMs !== undefined)?.timeoutMs ?? 0;
  const decision = limits.find((limit) => limit.decision !== undefined)?.decision ?? "decline";
  return startTimer(timeoutMs, () => request.expire(decision, timeoutMs));
}
