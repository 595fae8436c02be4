/** The options by which a client, a thread or a turn answers the server's requests. */
import type {
  AttestationGenerateResponse,
  CommandExecutionApprovalDecision,
  CommandExecutionRequestApprovalResponse,
  FileChangeApprovalDecision,
  FileChangeRequestApprovalResponse,
  McpServerElicitationRequestResponse,
  PermissionsRequestApprovalResponse,
  ReviewDecision,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkOptionNames, checkOptionsObject } from "../../util/option_names.ts";
import { checkLimitMs } from "../../util/timer.ts";
import type { TokenRefreshHandler } from "../account/login.ts";
import type { CommandApproval, FileChangeApproval, PermissionsApproval } from "./approvals.ts";
import type { ServerRequestContext, ServerRequestHandlers } from "./handler_scope.ts";
import type { ApplyPatchApproval, ExecCommandApproval } from "./legacy_approvals.ts";
import type { ElicitationAnswer, ElicitationRequest, McpToolApproval } from "./mcp_requests.ts";
import type { ApprovalPolicy } from "./policies.ts";
import { PROGRAM_REQUESTS, RETIRED, USER_REQUEST_KINDS } from "./request_kinds.ts";
import type { UserInputAnswer, UserInputRequest } from "./user_input_request.ts";
import type { ApprovalDecision } from "./user_request.ts";

/**
 * Answers a request of one kind, by its return value or through the request's own methods. Otherwise the request is passed on:
 * to the policy and the readers of the same scope, then to the thread, then to the client. A throw declines.
 *
 * @example
 * ```ts
 * import type { CommandApproval } from "@codex-app-server/sdk";
 * import type { UserRequestHandler } from "@codex-app-server/sdk/types";
 *
 * const handler: UserRequestHandler<CommandApproval, "accept" | "decline"> = async (approval) => {
 *   const reply = await fetch("https://example.com/approvals", {
 *     method: "POST",
 *     body: approval.command,
 *     signal: approval.signal, // aborts when the turn is interrupted
 *   });
 *   return reply.ok ? "accept" : "decline";
 * };
 * ```
 */
export type UserRequestHandler<Request, Answer> = (
  request: Request,
) => Answer | undefined | void | Promise<Answer | undefined | void>;

/**
 * Options of a client, a thread, a turn or a review that answer the server's requests. The nearest scope that answers
 * wins: first the turn, then the thread, then the client. Within a scope, the handler of the request comes first, then
 * the policy, then the readers of `requests()`. If nobody answers, the request is declined.
 *
 * The server only asks if the approval mode of the thread is `ApprovalMode.ask`. That is the default of a new thread if
 * it or the client has an approval handler or a policy. If there is one and the thread does not ask, `onDiagnostic`
 * reports an `unreachableHandler`.
 *
 * @example
 * ```ts
 * import { approveReadOnly, type Codex, printable } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   const thread = await codex.threadStart({
 *     approvals: approveReadOnly,
 *     onFileChangeApproval: ({ paths, cwd }) =>
 *       paths?.every((path) => path.startsWith(`${cwd}/notes/`)) ? "accept" : undefined,
 *     onUserInput: ({ questions }) => prompt(printable(questions[0]?.question ?? "?")) ?? "",
 *     approvalTimeoutMs: 300_000,
 *   });
 *   await thread.run("Tidy up.", { onCommandApproval: () => "decline" });
 * }
 * ```
 */
export interface RequestHandlerOptions {
  /** Decides whether a command runs (`item/commandExecution/requestApproval`). */
  readonly onCommandApproval?:
    | UserRequestHandler<
      CommandApproval,
      CommandExecutionApprovalDecision | CommandExecutionRequestApprovalResponse
    >
    | undefined;
  /** Decides whether files change (`item/fileChange/requestApproval`). */
  readonly onFileChangeApproval?:
    | UserRequestHandler<
      FileChangeApproval,
      FileChangeApprovalDecision | FileChangeRequestApprovalResponse
    >
    | undefined;
  /** Decides whether permissions are granted (`item/permissions/requestApproval`). */
  readonly onPermissionsApproval?:
    | UserRequestHandler<PermissionsApproval, ApprovalDecision | PermissionsRequestApprovalResponse>
    | undefined;
  /** Decides whether a tool of an MCP server is called (`mcpServer/elicitation/request` with `codex_approval_kind`). */
  readonly onMcpToolApproval?:
    | UserRequestHandler<
      McpToolApproval,
      ApprovalDecision | "acceptAlways" | McpServerElicitationRequestResponse
    >
    | undefined;
  /** Answers the agent's questions (`item/tool/requestUserInput`). */
  readonly onUserInput?: UserRequestHandler<UserInputRequest, UserInputAnswer> | undefined;
  /** Answers the other requests of MCP servers (`mcpServer/elicitation/request`). */
  readonly onElicitation?: UserRequestHandler<ElicitationRequest, ElicitationAnswer> | undefined;
  /** Decides whether a command runs, in version 1 of the protocol (`execCommandApproval`). */
  readonly onExecCommandApproval?:
    | UserRequestHandler<ExecCommandApproval, ApprovalDecision | ReviewDecision>
    | undefined;
  /** Decides whether files change, in version 1 of the protocol (`applyPatchApproval`). */
  readonly onApplyPatchApproval?:
    | UserRequestHandler<ApplyPatchApproval, ApprovalDecision | ReviewDecision>
    | undefined;
  /** Decides on the approvals that no handler of this scope has decided on: `approveReadOnly`, or a function of your own. */
  readonly approvals?: ApprovalPolicy | undefined;
  /**
   * Handlers by method of the protocol, whose results are sent unchecked. A method must not have a named handler as
   * well.
   */
  readonly handlers?: ServerRequestHandlers | undefined;
  /**
   * The time limit for approvals, questions and elicitations, in milliseconds; after it, the SDK answers with
   * `approvalTimeoutDecision`. 0 means no limit. Defaults to the thread's limit for a turn, to the client's for a thread,
   * and to 0 for a client.
   */
  readonly approvalTimeoutMs?: number | undefined;
  /**
   * The answer after `approvalTimeoutMs`. `"cancel"` also ends the turn, if the request allows that. Defaults to the
   * thread's answer for a turn, to the client's for a thread, and to `"decline"` for a client.
   */
  readonly approvalTimeoutDecision?: "decline" | "cancel" | undefined;
}

/**
 * Options of a client that answer the server's requests.
 *
 * @example
 * ```ts
 * import { Codex, declineAll } from "@codex-app-server/sdk";
 * import type { ClientRequestHandlerOptions } from "@codex-app-server/sdk/types";
 *
 * const options: ClientRequestHandlerOptions = { approvals: declineAll, approvalTimeoutMs: 60_000 };
 * const codex = new Codex(options);
 * ```
 */
export interface ClientRequestHandlerOptions extends RequestHandlerOptions {
  /** Returns new tokens when those of the server were rejected (`account/chatgptAuthTokens/refresh`). */
  readonly onTokenRefresh?: TokenRefreshHandler | undefined;
  /** Attests the device (`attestation/generate`); if set, the client announces to the server that it can. */
  readonly onAttestation?:
    | ((
      context: ServerRequestContext,
    ) =>
      | string
      | AttestationGenerateResponse
      | undefined
      | Promise<string | AttestationGenerateResponse | undefined>)
    | undefined;
}

/** The options that are handlers, with the method that each one answers. */
const HANDLER_OPTIONS: readonly (readonly [keyof ClientRequestHandlerOptions, string])[] = [
  ...Object.values(USER_REQUEST_KINDS).map(({ option, method }) => [option, method] as const),
  ...Object.entries(PROGRAM_REQUESTS).flatMap(([method, { option }]) =>
    option === undefined ? [] : [[option, method] as const]
  ),
];

/** The methods that can have a handler in `handlers`. */
const METHODS: Readonly<Record<string, true>> = Object.fromEntries(
  [...HANDLER_OPTIONS.map(([, method]) => method), ...Object.keys(PROGRAM_REQUESTS), ...RETIRED]
    .map((method) => [method, true]),
);

const NAMES: ReadonlySet<string> = new Set(
  [
    ...HANDLER_OPTIONS.map(([name]) => name),
    "approvals",
    "handlers",
    "approvalTimeoutMs",
    "approvalTimeoutDecision",
  ] satisfies (keyof ClientRequestHandlerOptions)[],
);

/**
 * Separates the handlers of a thread or a turn from the other options, which may be fields of the protocol, and checks them.
 *
 * @throws {TypeError} if a handler is not a function, is given twice or belongs to a client, or the decision is invalid
 * @throws {RangeError} if the time limit is not a number of at least 0
 */
export function splitHandlers<Options extends RequestHandlerOptions>(
  of: string,
  options: Options,
): readonly [RequestHandlerOptions, Omit<Options, keyof RequestHandlerOptions>] {
  checkOptionsObject(of, options);
  checkHandlers(options);
  const given: ClientRequestHandlerOptions = options;
  for (const { option } of Object.values(PROGRAM_REQUESTS)) {
    if (option === undefined || given[option] == null) continue;
    throw new TypeError(`"${option}" is a client option and cannot be set per thread`);
  }
  const entries = Object.entries(options);
  return [
    Object.fromEntries(entries.filter(([name]) => NAMES.has(name))),
    Object.fromEntries(entries.filter(([name]) => !NAMES.has(name))) as Omit<
      Options,
      keyof RequestHandlerOptions
    >,
  ];
}

/**
 * Checks the handlers.
 *
 * @throws {TypeError} if one is not a function, is for an unknown method or is given twice, or the decision is invalid
 * @throws {RangeError} if the time limit is not a number of at least 0
 */
export function checkHandlers(options: ClientRequestHandlerOptions): void {
  const { handlers, approvals, approvalTimeoutMs, approvalTimeoutDecision } = options;
  if (handlers != null && !isRecord(handlers)) {
    throw new TypeError('"handlers" must be an object of functions');
  }
  const byMethod: Readonly<Record<string, unknown>> = handlers ?? {};
  checkOptionNames('"handlers"', byMethod, METHODS);
  for (const [method, handler] of Object.entries(byMethod)) {
    if (handler == null || typeof handler === "function") continue;
    throw new TypeError(`The handler of "${method}" must be a function, got ${typeof handler}`);
  }
  for (const [name, method] of HANDLER_OPTIONS) {
    checkFunction(name, options[name]);
    if (options[name] != null && byMethod[method] != null) {
      throw new TypeError(`"${method}" is handled twice: by "${name}" and in "handlers"`);
    }
  }
  checkFunction("approvals", approvals);
  checkLimitMs("approvalTimeoutMs", approvalTimeoutMs);
  if (approvalTimeoutDecision === undefined) return;
  if (approvalTimeoutDecision === "decline" || approvalTimeoutDecision === "cancel") return;
  throw new TypeError(
    `"approvalTimeoutDecision" must be "decline" or "cancel", got ${
      JSON.stringify(approvalTimeoutDecision)
    }`,
  );
}

function checkFunction(name: string, given: unknown): void {
  if (given == null || typeof given === "function") return;
  throw new TypeError(`"${name}" must be a function, got ${typeof given}`);
}
