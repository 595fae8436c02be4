/** Who answers the server at one level: the client, a thread or a turn. */
import { HandlerSet } from "../../protocol/handler_set.ts";
import type { AnyRequestHandler } from "../../protocol/request_handlers.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { ApprovalPolicy } from "./policies.ts";
import { RequestInbox, type RequestStreamOptions } from "./request_inbox.ts";
import type { ClientRequestHandlerOptions } from "./request_options.ts";
import { setProgramHandlers } from "./program_handlers.ts";
import type { RequestStream } from "./request_stream.ts";
import { isApproval, USER_REQUEST_KINDS, type UserRequest } from "./user_request.ts";
import type { UserRequestKind } from "./user_request.ts";
import type { UserRequestMethod } from "./user_request_base.ts";

/** A handler of one kind of request, whatever the kind. */
type AnyUserHandler = (request: UserRequest) => unknown;

/** The options by which each kind of request is handled. */
const OPTIONS = {
  commandApproval: "onCommandApproval",
  fileChangeApproval: "onFileChangeApproval",
  permissionsApproval: "onPermissionsApproval",
  mcpToolApproval: "onMcpToolApproval",
  userInput: "onUserInput",
  elicitation: "onElicitation",
  execCommandApproval: "onExecCommandApproval",
  applyPatchApproval: "onApplyPatchApproval",
} as const satisfies Readonly<Record<UserRequestKind, keyof ClientRequestHandlerOptions>>;

/** The methods that ask for a yes or a no. */
const APPROVAL_METHODS: readonly UserRequestMethod[] = [
  "item/commandExecution/requestApproval",
  "item/fileChange/requestApproval",
  "item/permissions/requestApproval",
  "execCommandApproval",
  "applyPatchApproval",
];

/** The handlers of a level, then its policy, then its readers. */
export class RequestLevel extends HandlerSet {
  /** The turn's handle, at the level of a turn. */
  turn: TurnHandle | undefined;
  readonly #byKind = new Map<UserRequestKind, AnyUserHandler>();
  #policy: ApprovalPolicy | undefined;
  #inbox: RequestInbox | undefined;

  /** Has nobody to ask yet. */
  constructor() {
    super();
  }

  /** Whether something here decides on approvals, readers left aside. */
  get decidesApprovals(): boolean {
    return this.#policy !== undefined ||
      [...this.#byKind.keys()].some((kind) => kind !== "userInput" && kind !== "elicitation") ||
      APPROVAL_METHODS.some((method) => this.get(method) !== undefined);
  }

  /** The handler, the policy and the readers, as far as there are any for the method. */
  override handlersOf(method: string): readonly AnyRequestHandler[] {
    const handlers = super.handlersOf(method);
    if (!isUserMethod(method)) return handlers;
    const hasNamed = USER_REQUEST_KINDS[method].some((kind) => this.#byKind.has(kind));
    return [
      ...(hasNamed ? [this.#askNamed] : []),
      ...handlers,
      ...(this.#policy === undefined ? [] : [this.#askPolicy]),
      this.#askReaders,
    ];
  }

  /** Takes the place of the handlers that were given by a name. */
  override setAny(method: string, handler: AnyRequestHandler): () => void {
    if (isUserMethod(method)) {
      USER_REQUEST_KINDS[method].forEach((kind) => this.#byKind.delete(kind));
    }
    return super.setAny(method, handler);
  }

  /** Sets what the options name, and leaves the rest as it is; they are checked before. */
  configure(options: ClientRequestHandlerOptions): void {
    const { handlers, approvals, approvalTimeoutMs: timeoutMs } = options;
    this.setAll(handlers ?? {});
    for (
      const [kind, name] of Object.entries(OPTIONS) as [
        UserRequestKind,
        typeof OPTIONS[UserRequestKind],
      ][]
    ) {
      const handler = options[name];
      if (handler != null) this.#byKind.set(kind, handler as AnyUserHandler);
    }
    setProgramHandlers(this, options);
    if (approvals != null) this.#policy = approvals;
    if (timeoutMs !== undefined) {
      this.limit = { timeoutMs, decision: options.approvalTimeoutDecision ?? "decline" };
    }
  }

  /** Opens a stream of the requests that nothing nearer has answered. */
  open(options: RequestStreamOptions): RequestStream {
    this.#inbox ??= new RequestInbox();
    return this.#inbox.open(options);
  }

  /** Ends the streams: there will be no more requests. */
  close(error?: unknown): void {
    this.#inbox?.close(error);
  }

  readonly #askNamed: AnyRequestHandler = async (_params, { asked }) => {
    const request = asked.view as UserRequest;
    give(request, await this.#byKind.get(request.kind)?.(request));
  };

  readonly #askPolicy: AnyRequestHandler = async (_params, { asked }) => {
    const request = asked.view as UserRequest;
    if (isApproval(request)) give(request, await this.#policy?.(request));
  };

  readonly #askReaders: AnyRequestHandler = (_params, { asked }) => this.#inbox?.offer(asked);
}

/** Gives the answer that was returned, if there is one and it is still wanted. */
function give(request: UserRequest, answer: unknown): void {
  if (answer !== undefined && request.state === "open") request.answer(answer as never);
}

function isUserMethod(method: string): method is UserRequestMethod {
  return Object.hasOwn(USER_REQUEST_KINDS, method);
}
