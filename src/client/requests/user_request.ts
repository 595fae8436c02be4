/** The requests that the server makes of people, each as an object of its kind. */
import type { AskedRequest } from "../../protocol/asked_request.ts";
import { CommandApproval } from "./command_approval.ts";
import { ElicitationRequest } from "./elicitation_request.ts";
import { FileChangeApproval } from "./file_change_approval.ts";
import { ApplyPatchApproval, ExecCommandApproval } from "./legacy_approvals.ts";
import { isMcpToolApproval, McpToolApproval } from "./mcp_tool_approval.ts";
import { PermissionsApproval } from "./permissions_approval.ts";
import { REQUEST_KINDS } from "./request_kinds.ts";
import type { RequestPlace } from "./request_place.ts";
import { UserInputRequest } from "./user_input_request.ts";
import type { UserRequestMethod } from "./user_request_base.ts";

/**
 * The agent wants to do something and needs a yes: what a policy decides on.
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
 * Any request that the server makes of people, told apart by `kind`: approvals, questions and elicitations.
 *
 * @example
 * ```ts
 * import type { UserRequest } from "@codex-app-server/sdk";
 *
 * function answer(request: UserRequest): void {
 *   switch (request.kind) {
 *     case "commandApproval":
 *       return confirm(`Run ${request.command}?`) ? request.approve() : request.decline();
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
 * What tells the kinds of requests apart.
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

/** The object of a request; `undefined` for one that programs answer. */
export function userRequest(asked: AskedRequest, place: RequestPlace): UserRequest | undefined {
  switch (asked.method as UserRequestMethod) {
    case "item/commandExecution/requestApproval":
      return new CommandApproval(asked, place);
    case "item/fileChange/requestApproval":
      return new FileChangeApproval(asked, place);
    case "item/permissions/requestApproval":
      return new PermissionsApproval(asked, place);
    case "item/tool/requestUserInput":
      return new UserInputRequest(asked, place);
    case "mcpServer/elicitation/request":
      return isMcpToolApproval(asked.params)
        ? new McpToolApproval(asked, place)
        : new ElicitationRequest(asked, place);
    case "execCommandApproval":
      return new ExecCommandApproval(asked, place);
    case "applyPatchApproval":
      return new ApplyPatchApproval(asked, place);
    default:
      return undefined;
  }
}

/**
 * Whether a request wants a yes or a no to what the agent wants to do, and so has `approve()`.
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
  return REQUEST_KINDS[request.kind].isApproval;
}
