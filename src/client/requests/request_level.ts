/** Who answers the server at one level: the client, a thread or a turn. */
import { HandlerSet } from "../../protocol/handler_set.ts";
import type { AnyRequestHandler } from "../../protocol/request_handlers.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { ApprovalPolicy } from "./policies.ts";
import { RequestInbox, type RequestStreamOptions } from "./request_inbox.ts";
import type { ClientRequestHandlerOptions } from "./request_options.ts";
import { setProgramHandlers } from "./program_handlers.ts";
import { KIND_NAMES, kindsOf, REQUEST_KINDS } from "./request_kinds.ts";
import type { RequestStream } from "./request_stream.ts";
import { isApproval, type UserRequest, type UserRequestKind } from "./user_request.ts";

/** A handler of one kind of request, whatever the kind. */
type AnyUserHandler = (request: UserRequest) => unknown;

/** The handlers of a level, then its policy, then its readers. */
export class RequestLevel extends HandlerSet {
  /** The turn's handle, at the level of a turn. */
  turn: TurnHandle | undefined;
  readonly #byKind = new Map<UserRequestKind, AnyUserHandler>();
  readonly #inbox = new RequestInbox();
  #policy: ApprovalPolicy | undefined;

  /** Has nobody to ask yet. */
  constructor() {
    super();
  }

  /** Whether something here decides on approvals, readers left aside. */
  get decidesApprovals(): boolean {
    if (this.#policy !== undefined) return true;
    return KIND_NAMES.filter((kind) => REQUEST_KINDS[kind].isApproval).some((kind) => {
      const { method } = REQUEST_KINDS[kind];
      // The handler of a method that asks other things too need not be one of approvals.
      const isRaw = kindsOf(method).length === 1 && this.get(method) !== undefined;
      return isRaw || this.#byKind.has(kind);
    });
  }

  /** The handler, the policy and the readers, as far as there are any for the method. */
  override handlersOf(method: string): readonly AnyRequestHandler[] {
    const handlers = super.handlersOf(method);
    const kinds = kindsOf(method);
    if (kinds.length === 0) return handlers;
    const hasNamed = kinds.some((kind) => this.#byKind.has(kind));
    return [
      ...(hasNamed ? [this.#askNamed] : []),
      ...handlers,
      ...(this.#policy === undefined ? [] : [this.#askPolicy]),
      this.#askReaders,
    ];
  }

  /** Takes the place of the handlers that were given by a name. */
  override setAny(method: string, handler: AnyRequestHandler): () => void {
    for (const kind of kindsOf(method)) this.#byKind.delete(kind);
    return super.setAny(method, handler);
  }

  /** Sets what the options name, and leaves the rest as it is; they are checked before. */
  configure(options: ClientRequestHandlerOptions): void {
    const { handlers, approvals, approvalTimeoutMs, approvalTimeoutDecision } = options;
    this.setAll(handlers ?? {});
    for (const kind of KIND_NAMES) {
      const handler = options[REQUEST_KINDS[kind].option];
      if (handler != null) this.#byKind.set(kind, handler as AnyUserHandler);
    }
    setProgramHandlers(this, options);
    if (approvals != null) this.#policy = approvals;
    this.limit = {
      timeoutMs: approvalTimeoutMs ?? this.limit.timeoutMs,
      decision: approvalTimeoutDecision ?? this.limit.decision,
    };
  }

  /** Opens a stream of the requests that nothing nearer has answered. */
  open<Kind extends UserRequestKind>(options: RequestStreamOptions<Kind>): RequestStream<Kind> {
    return this.#inbox.open(options);
  }

  /** Ends the streams, also those that are opened later: there will be no more requests. */
  close(error?: unknown): void {
    this.#inbox.close(error);
  }

  readonly #askNamed: AnyRequestHandler = async (_params, { asked }) => {
    const request = asked.view as UserRequest;
    give(request, await this.#byKind.get(request.kind)?.(request));
  };

  readonly #askPolicy: AnyRequestHandler = async (_params, { asked }) => {
    const request = asked.view as UserRequest;
    if (isApproval(request)) give(request, await this.#policy?.(request));
  };

  readonly #askReaders: AnyRequestHandler = (_params, { asked }) => this.#inbox.offer(asked);
}

/** Gives the answer that was returned, if there is one and it is still wanted. */
function give(request: UserRequest, answer: unknown): void {
  if (answer !== undefined && request.state === "open") request.answer(answer as never);
}
