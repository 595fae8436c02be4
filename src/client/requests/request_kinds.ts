/** Every request that the server can make, in one table, and the types of those for people. */
import type { ServerRequestMethod, ServerRequestResult } from "../../generated/server_requests.ts";
import type { RequestOutcome } from "../../protocol/connection.ts";
import { timeOfDay } from "../../util/clock.ts";
import { CommandApproval, FileChangeApproval, PermissionsApproval } from "./approvals.ts";
import { ApplyPatchApproval, ExecCommandApproval } from "./legacy_approvals.ts";
import { ElicitationRequest, isMcpToolApproval, McpToolApproval } from "./mcp_requests.ts";
import type { ServerRequest } from "./server_request.ts";
import { UserInputRequest } from "./user_input_request.ts";

/**
 * A request for approval: what a policy decides on.
 *
 * @example
 * ```ts
 * import type { ApprovalRequest } from "@codex-app-server/sdk";
 *
 * const titleOf = (approval: ApprovalRequest): string => approval.reason ?? approval.kind;
 * ```
 */
export type ApprovalRequest =
  | CommandApproval
  | FileChangeApproval
  | PermissionsApproval
  | McpToolApproval
  | ExecCommandApproval
  | ApplyPatchApproval;

/**
 * Any server request for people, discriminated by `kind`: approvals, questions and elicitations.
 *
 * @example
 * ```ts
 * import { printable, type UserRequest } from "@codex-app-server/sdk";
 *
 * function answer(request: UserRequest): void {
 *   switch (request.kind) {
 *     case "commandApproval":
 *       return confirm(printable(`Run ${request.command}?`, { oneLine: true }))
 *         ? request.approve()
 *         : request.decline();
 *     case "userInput":
 *       return request.answer({ [request.questions[0]?.id ?? ""]: "blue" });
 *     default:
 *       return request.decline();
 *   }
 * }
 * ```
 */
export type UserRequest = ApprovalRequest | UserInputRequest | ElicitationRequest;

/**
 * The discriminant of a {@linkcode UserRequest}.
 *
 * @example
 * ```ts
 * import type { UserRequestKind } from "@codex-app-server/sdk";
 *
 * const kinds: readonly UserRequestKind[] = ["commandApproval", "fileChangeApproval"];
 * ```
 */
export type UserRequestKind = UserRequest["kind"];

/**
 * The server methods that people answer, as opposed to programs.
 *
 * @example
 * ```ts
 * import type { UserRequestMethod } from "@codex-app-server/sdk/types";
 *
 * const method: UserRequestMethod = "item/fileChange/requestApproval";
 * ```
 */
export type UserRequestMethod = UserRequest["method"];

/**
 * The requests of some kinds, as `requests({ kinds })` yields them.
 *
 * @example
 * ```ts
 * import type { UserRequestOf } from "@codex-app-server/sdk/types";
 *
 * const titleOf = (change: UserRequestOf<"fileChangeApproval" | "applyPatchApproval">): string =>
 *   change.reason ?? change.kind;
 * ```
 */
export type UserRequestOf<Kind extends UserRequestKind> = {
  readonly [K in UserRequestKind]: Extract<UserRequest, { readonly kind: K }>;
}[Kind];

/** The server methods that programs answer. */
type ProgramRequestMethod = Exclude<ServerRequestMethod, UserRequestMethod>;

/** How a server method is answered without a handler. */
interface DefaultAnswers<M extends ServerRequestMethod> {
  /** The result that declines, or the message of the error if the method has no such result. */
  readonly decline: ServerRequestResult<M> | string;
  /** The result that declines and ends the turn, if the method has one. */
  readonly cancel?: ServerRequestResult<M>;
}

/** A kind of request that people answer. */
interface UserRequestRow<Kind extends UserRequestKind>
  extends DefaultAnswers<UserRequestOf<Kind>["method"]> {
  /** The server method; two kinds may share one. */
  readonly method: UserRequestOf<Kind>["method"];
  readonly class: new (request: ServerRequest) => UserRequestOf<Kind>;
  /** The option for its handler. */
  readonly option: `on${Capitalize<Kind>}`;
  readonly isApproval: UserRequestOf<Kind> extends ApprovalRequest ? true : false;
  /** Whether a request of the method is of this kind; the first match counts. */
  readonly matches?: (params: unknown) => boolean;
}

/** A method that programs answer. */
interface ProgramRequestRow<M extends ServerRequestMethod> extends DefaultAnswers<M> {
  /** The option of a client for its handler, if there is one. */
  readonly option?: "onTokenRefresh" | "onAttestation";
}

const DENIED = { decision: { denied: { rejection: "This client declined." } } } as const;

/**
 * The kinds of requests that people answer, and everything that differs between them. With the methods that programs
 * answer, this covers the protocol: a new server request does not compile until it has a row in one of the two.
 */
export const USER_REQUEST_KINDS: { readonly [Kind in UserRequestKind]: UserRequestRow<Kind> } = {
  commandApproval: {
    method: "item/commandExecution/requestApproval",
    class: CommandApproval,
    option: "onCommandApproval",
    isApproval: true,
    decline: { decision: "decline" },
    cancel: { decision: "cancel" },
  },
  fileChangeApproval: {
    method: "item/fileChange/requestApproval",
    class: FileChangeApproval,
    option: "onFileChangeApproval",
    isApproval: true,
    decline: { decision: "decline" },
    cancel: { decision: "cancel" },
  },
  permissionsApproval: {
    method: "item/permissions/requestApproval",
    class: PermissionsApproval,
    option: "onPermissionsApproval",
    isApproval: true,
    decline: { permissions: {}, scope: "turn" },
  },
  mcpToolApproval: {
    method: "mcpServer/elicitation/request",
    class: McpToolApproval,
    option: "onMcpToolApproval",
    isApproval: true,
    matches: isMcpToolApproval,
    decline: { action: "decline", content: null, _meta: null },
    cancel: { action: "cancel", content: null, _meta: null },
  },
  elicitation: {
    method: "mcpServer/elicitation/request",
    class: ElicitationRequest,
    option: "onElicitation",
    isApproval: false,
    decline: { action: "decline", content: null, _meta: null },
    cancel: { action: "cancel", content: null, _meta: null },
  },
  userInput: {
    method: "item/tool/requestUserInput",
    class: UserInputRequest,
    option: "onUserInput",
    isApproval: false,
    decline: { answers: {} },
  },
  execCommandApproval: {
    method: "execCommandApproval",
    class: ExecCommandApproval,
    option: "onExecCommandApproval",
    isApproval: true,
    decline: DENIED,
    cancel: { decision: "abort" },
  },
  applyPatchApproval: {
    method: "applyPatchApproval",
    class: ApplyPatchApproval,
    option: "onApplyPatchApproval",
    isApproval: true,
    decline: DENIED,
    cancel: { decision: "abort" },
  },
};

/** The methods that programs answer. */
export const PROGRAM_REQUESTS: {
  readonly [M in ProgramRequestMethod]: ProgramRequestRow<M>;
} = {
  "item/tool/call": {
    decline: {
      contentItems: [{ type: "inputText", text: "This client has no such tool." }],
      success: false,
    },
  },
  "account/chatgptAuthTokens/refresh": {
    option: "onTokenRefresh",
    decline: "This client cannot refresh tokens.",
  },
  "attestation/generate": { option: "onAttestation", decline: "This client cannot attest." },
};

/** The answers to requests that the protocol no longer has but older servers still send. */
const RETIRED_REQUESTS: Readonly<Record<string, () => unknown>> = {
  // Removed in 0.171.0.
  "currentTime/read": () => ({ currentTimeAt: Math.floor(timeOfDay() / 1_000) }),
};

/** The names of all kinds. */
export const KIND_NAMES: readonly UserRequestKind[] = Object.keys(
  USER_REQUEST_KINDS,
) as UserRequestKind[];

/** The methods of those requests. */
export const RETIRED: readonly string[] = Object.keys(RETIRED_REQUESTS);

const METHOD_NOT_FOUND = -32601;
const DECLINED = -32000;

/** The kinds of a method; none if programs answer it. */
export function kindsOf(method: string): readonly UserRequestKind[] {
  return KIND_NAMES.filter((kind) => USER_REQUEST_KINDS[kind].method === method);
}

/** Wraps a request in the class for its kind; `undefined` if programs answer it. */
export function userRequest(request: ServerRequest): UserRequest | undefined {
  const kind = kindsOf(request.method)
    .find((kind) => USER_REQUEST_KINDS[kind].matches?.(request.params) ?? true);
  return kind && new USER_REQUEST_KINDS[kind].class(request);
}

/**
 * Whether a request is an approval, and so has `approve()`.
 *
 * @example
 * ```ts
 * import { isApproval, type UserRequest } from "@codex-app-server/sdk";
 *
 * function click(request: UserRequest, yes: boolean): void {
 *   if (yes && isApproval(request)) request.approve();
 *   else request.decline();
 * }
 * ```
 */
export function isApproval(request: UserRequest): request is ApprovalRequest {
  return USER_REQUEST_KINDS[request.kind].isApproval;
}

/** The outcome of declining a request: the answer to a retired one, an error if the method is unknown. */
export function declineOutcome(method: string): RequestOutcome {
  const retired = own(RETIRED_REQUESTS, method);
  if (retired !== undefined) return { kind: "answered", result: retired() };
  const decline = defaultAnswers(method)?.decline;
  if (decline === undefined) {
    const error = { code: METHOD_NOT_FOUND, message: `Method not found: ${method}` };
    return { kind: "failed", error };
  }
  return typeof decline === "string"
    ? { kind: "failed", error: { code: DECLINED, message: decline } }
    : { kind: "answered", result: decline };
}

/** The outcome of declining a request and ending its turn, or of declining it if the method cannot end the turn. */
export function cancelOutcome(method: string): RequestOutcome {
  const result = defaultAnswers(method)?.cancel;
  return result === undefined ? declineOutcome(method) : { kind: "answered", result };
}

function defaultAnswers(method: string): DefaultAnswers<ServerRequestMethod> | undefined {
  const [kind] = kindsOf(method);
  return kind === undefined ? own(PROGRAM_REQUESTS, method) : USER_REQUEST_KINDS[kind];
}

/** Returns an own property of a table, because the server chooses the key. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
