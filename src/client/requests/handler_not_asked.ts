/** Notices handlers of approvals that nobody will call: their thread leaves the decisions to others. */
import type { ThreadStartParams } from "../../generated/types.ts";
import type { ClientContext } from "../client_context.ts";
import type { ApprovalMode } from "../presets.ts";
import type { RequestLevel } from "./request_level.ts";

/** What tells who is asked, as the wire has it. */
type AskSettings = Pick<ThreadStartParams, "approvalPolicy" | "approvalsReviewer">;

/** Whether a mode that is given in a call leaves it to the thread who is asked. */
export function leavesMode(mode: ApprovalMode | null | undefined): boolean {
  return mode == null || mode === "inherit";
}

/** Whether the client is asked where this is set; `true` where the server or the caller did not tell. */
export function asksClient({ approvalPolicy, approvalsReviewer }: AskSettings): boolean {
  return approvalPolicy !== "never" && (approvalsReviewer ?? "user") === "user";
}

/**
 * Tells `onDiagnostic`, once for a thread, that one of the levels has a handler of approvals or a policy while these settings,
 * or those of the thread, ask no client. Nothing is changed for it: who decides is the caller's choice.
 */
export function noteNotAsked(
  { sessions, onDiagnostic }: Pick<ClientContext, "sessions" | "onDiagnostic">,
  threadId: string,
  levels: readonly RequestLevel[],
  given?: AskSettings,
): void {
  const state = sessions.get(threadId)?.state;
  if (state === undefined || state.notAskedNoted) return;
  const settings: AskSettings = given ?? state.settings;
  if (asksClient(settings) || !levels.some((level) => level.decidesApprovals)) return;
  state.notAskedNoted = true;
  const approvalMode = settings.approvalPolicy === "never" ? "denyAll" : "autoReview";
  onDiagnostic({ kind: "handlerNotAsked", threadId, approvalMode });
}
