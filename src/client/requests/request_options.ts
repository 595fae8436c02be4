/** The options by which a client, a thread or a turn answers what the server asks. */
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
import type { ServerRequestMethod } from "../../generated/server_requests.ts";
import { checkHandler } from "../../protocol/handler_set.ts";
import type {
  ServerRequestContext,
  ServerRequestHandlers,
} from "../../protocol/request_handlers.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkLimitMs } from "../../util/timer.ts";
import type { TokenRefreshHandler } from "../account/login.ts";
import type { ApprovalDecision } from "./approval.ts";
import type { CommandApproval } from "./command_approval.ts";
import type { ElicitationAnswer, ElicitationRequest } from "./elicitation_request.ts";
import type { FileChangeApproval } from "./file_change_approval.ts";
import type { ApplyPatchApproval, ExecCommandApproval } from "./legacy_approvals.ts";
import type { McpToolApproval } from "./mcp_tool_approval.ts";
import type { PermissionsApproval } from "./permissions_approval.ts";
import type { ApprovalPolicy } from "./policies.ts";
import { REQUEST_KINDS } from "./request_kinds.ts";
import type { UserInputAnswer, UserInputRequest } from "./user_input_request.ts";

/**
 * Answers a request of one kind: by what it gives, or by the request's own methods. Without either, the request goes on: to
 * the policy and the readers of this level, then to the thread, then to the client. A throw declines.
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
 *     signal: approval.signal, // the turn was interrupted: nobody waits any more
 *   });
 *   return reply.ok ? "accept" : "decline";
 * };
 * ```
 */
export type UserRequestHandler<Request, Answer> = (
  request: Request,
) => Answer | undefined | void | Promise<Answer | undefined | void>;

/**
 * Who answers what the server asks, as options of a client, a thread, a turn or a review. The nearest level that answers
 * wins: the turn before the thread before the client. Within a level, the handler of the request comes first, then the
 * policy, then who reads `requests()`. Where nobody answers, the answer is no.
 *
 * The server only asks about what the thread's approval mode leaves to people, `ApprovalMode.ask`. A new thread has that
 * mode when a handler of approvals or a policy is given to it or to the client, and no other mode is. Where one is given and
 * the thread does not ask, `onDiagnostic` is told (`handlerNotAsked`).
 *
 * @example
 * ```ts
 * import { approveReadOnly, type Codex } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   const thread = await codex.threadStart({
 *     approvals: approveReadOnly,
 *     onFileChangeApproval: ({ changes }) => changes?.length === 1 ? "accept" : undefined,
 *     onUserInput: ({ questions }) => prompt(questions[0]?.question) ?? "",
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
  /** Decides whether a tool of an MCP server is called (`mcpServer/elicitation/request` that asks for that). */
  readonly onMcpToolApproval?:
    | UserRequestHandler<
      McpToolApproval,
      ApprovalDecision | "acceptAlways" | McpServerElicitationRequestResponse
    >
    | undefined;
  /** Answers the agent's questions (`item/tool/requestUserInput`). */
  readonly onUserInput?: UserRequestHandler<UserInputRequest, UserInputAnswer> | undefined;
  /** Answers what an MCP server asks (`mcpServer/elicitation/request`). */
  readonly onElicitation?: UserRequestHandler<ElicitationRequest, ElicitationAnswer> | undefined;
  /** Decides whether a command runs, asked in the words of the protocol's first version (`execCommandApproval`). */
  readonly onExecCommandApproval?:
    | UserRequestHandler<ExecCommandApproval, ApprovalDecision | ReviewDecision>
    | undefined;
  /** Decides whether files change, asked in the words of the protocol's first version (`applyPatchApproval`). */
  readonly onApplyPatchApproval?:
    | UserRequestHandler<ApplyPatchApproval, ApprovalDecision | ReviewDecision>
    | undefined;
  /** Decides on all approvals that no handler of this level has decided on: `approveReadOnly`, or a function of your own. */
  readonly approvals?: ApprovalPolicy | undefined;
  /** Handlers by the wire's own methods, whose answers are sent unchecked; not for one that is given by its name too. */
  readonly handlers?: ServerRequestHandlers | undefined;
  /**
   * Milliseconds for what people are asked: approvals, questions and elicitations. Then they are answered with
   * `approvalTimeoutDecision`. 0, the default, waits without a limit: nobody answers for a person. A turn without a limit
   * of its own has that of its thread, and a thread without one that of the client.
   */
  readonly approvalTimeoutMs?: number | undefined;
  /** The answer when that time is over; `"decline"` when left out. `"cancel"` also ends the turn, where that can be said. */
  readonly approvalTimeoutDecision?: "decline" | "cancel" | undefined;
}

/**
 * Who answers what the server asks of a client as a whole.
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
  /** Gets new tokens when the server's were refused (`account/chatgptAuthTokens/refresh`). */
  readonly onTokenRefresh?: TokenRefreshHandler | undefined;
  /** Attests the device (`attestation/generate`); with it the client tells the server that it can. */
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

/** The handlers that are given by a name, each with the method that it answers. */
const METHODS: readonly (readonly [keyof ClientRequestHandlerOptions, ServerRequestMethod])[] = [
  ...Object.values(REQUEST_KINDS).map(({ option, method }) => [option, method] as const),
  ["onTokenRefresh", "account/chatgptAuthTokens/refresh"],
  ["onAttestation", "attestation/generate"],
];

/** What names no thread, so that only a client can have a handler for it. */
const OF_CLIENT = ["onTokenRefresh", "onAttestation"] as const;

const NAMES: ReadonlySet<string> = new Set(
  [
    ...METHODS.map(([name]) => name),
    "approvals",
    "handlers",
    "approvalTimeoutMs",
    "approvalTimeoutDecision",
  ] satisfies (keyof ClientRequestHandlerOptions)[],
);

/**
 * Tells the handlers of a thread or a turn from the other options, which may be fields of the wire, and checks them.
 *
 * @throws {TypeError} when a handler is no function, is given twice or belongs to a client, or the decision is none
 * @throws {RangeError} when the time limit is no number from 0 up
 */
export function splitHandlers<Options extends RequestHandlerOptions>(
  options: Options,
): readonly [RequestHandlerOptions, Omit<Options, keyof RequestHandlerOptions>] {
  checkHandlers(options);
  for (const name of OF_CLIENT) {
    if ((options as ClientRequestHandlerOptions)[name] == null) continue;
    throw new TypeError(`"${name}" is an option of the client: what it answers is of no thread`);
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
 * @throws {TypeError} when one is no function or given twice, or the decision is none
 * @throws {RangeError} when the time limit is no number from 0 up
 */
export function checkHandlers(options: ClientRequestHandlerOptions): void {
  const { handlers, approvals, approvalTimeoutMs, approvalTimeoutDecision } = options;
  if (handlers != null && !isRecord(handlers)) {
    throw new TypeError('"handlers" must be an object of functions');
  }
  for (const [method, handler] of Object.entries(handlers ?? {})) {
    if (handler != null) checkHandler(method, handler);
  }
  for (const [name, method] of METHODS) {
    const handler = options[name];
    checkFunction(name, handler);
    if (handler != null && handlers?.[method] != null) {
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
