/** The kinds of requests that the server makes of people: by which method each comes, and which option handles it. */
import type { RequestHandlerOptions } from "./request_options.ts";
import type { UserRequestKind } from "./user_request.ts";
import type { UserRequestMethod } from "./user_request_base.ts";

/** What there is to know of a kind. */
export interface RequestKind {
  /** The method of the server; two kinds may share one. */
  readonly method: UserRequestMethod;
  /** The option that names its handler. */
  readonly option: Extract<keyof RequestHandlerOptions, `on${string}`>;
  /** Whether it wants a yes or a no to what the agent wants to do. */
  readonly isApproval: boolean;
}

/** All kinds. */
export const REQUEST_KINDS: Readonly<Record<UserRequestKind, RequestKind>> = {
  commandApproval: {
    method: "item/commandExecution/requestApproval",
    option: "onCommandApproval",
    isApproval: true,
  },
  fileChangeApproval: {
    method: "item/fileChange/requestApproval",
    option: "onFileChangeApproval",
    isApproval: true,
  },
  permissionsApproval: {
    method: "item/permissions/requestApproval",
    option: "onPermissionsApproval",
    isApproval: true,
  },
  mcpToolApproval: {
    method: "mcpServer/elicitation/request",
    option: "onMcpToolApproval",
    isApproval: true,
  },
  userInput: { method: "item/tool/requestUserInput", option: "onUserInput", isApproval: false },
  elicitation: {
    method: "mcpServer/elicitation/request",
    option: "onElicitation",
    isApproval: false,
  },
  execCommandApproval: {
    method: "execCommandApproval",
    option: "onExecCommandApproval",
    isApproval: true,
  },
  applyPatchApproval: {
    method: "applyPatchApproval",
    option: "onApplyPatchApproval",
    isApproval: true,
  },
};

/** The names of all kinds. */
export const KIND_NAMES: readonly UserRequestKind[] = Object.keys(
  REQUEST_KINDS,
) as UserRequestKind[];

/** The kinds that come by a method; none where programs answer it. */
export function kindsOf(method: string): readonly UserRequestKind[] {
  return KIND_NAMES.filter((kind) => REQUEST_KINDS[kind].method === method);
}
