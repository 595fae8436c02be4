/** Detects approval handlers that are never called because their thread lets others decide. */
import type { ThreadStartParams } from "../../generated/types.ts";
import type { ClientContext } from "../client_context.ts";
import type { ApprovalMode } from "../presets.ts";
import type { HandlerScope } from "./handler_scope.ts";

/** The protocol settings that determine who is asked. */
type ApprovalSettings = Pick<ThreadStartParams, "approvalPolicy" | "approvalsReviewer">;

/** Whether a call with this mode keeps the thread's mode. */
export function keepsMode(mode: ApprovalMode | null | undefined): boolean {
  return mode == null || mode === "inherit";
}

/** Whether the client is asked under these settings; `true` if they are unknown. */
export function asksClient({ approvalPolicy, approvalsReviewer }: ApprovalSettings): boolean {
  return approvalPolicy !== "never" && (approvalsReviewer ?? "user") === "user";
}

/**
 * Reports, once per thread, that a scope has an approval handler or a policy although these settings, or those of the thread,
 * do not ask the client. Changes nothing: who decides is the caller's choice.
 */
export function warnUnreachableHandlers(
  { sessions, connection }: Pick<ClientContext, "sessions" | "connection">,
  threadId: string,
  scopes: readonly HandlerScope[],
  given?: ApprovalSettings,
): void {
  const state = sessions.get(threadId)?.state;
  if (state === undefined || state.unreachableWarned) return;
  const settings: ApprovalSettings = given ?? state.settings;
  if (asksClient(settings) || !scopes.some((scope) => scope.decidesApprovals)) return;
  state.unreachableWarned = true;
  const approvalMode = settings.approvalPolicy === "never" ? "denyAll" : "autoReview";
  connection.onDiagnostic({ kind: "unreachableHandler", threadId, approvalMode });
}
