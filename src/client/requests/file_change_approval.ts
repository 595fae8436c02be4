/** The approval of changes of files. */
import type {
  FileChangeApprovalDecision,
  FileChangeRequestApprovalResponse,
  FileUpdateChange,
} from "../../generated/types.ts";
import { APPROVAL_DECISIONS, ApprovalBase, checkDecision, decisionIn } from "./approval.ts";

/**
 * The agent wants to change files beyond what the sandbox allows (`item/fileChange/requestApproval`). The request itself
 * tells nothing of the changes: they come with its item, which the client has seen before.
 *
 * @example
 * ```ts
 * import type { FileChangeApproval } from "@codex-app-server/sdk";
 *
 * function onFileChangeApproval(approval: FileChangeApproval): "accept" | "decline" {
 *   const { changes } = approval;
 *   if (changes === null) return "decline"; // nobody can tell what this would do
 *   for (const { path, kind, diff } of changes) console.log(kind.type, path, diff);
 *   return changes.every(({ path }) => path.endsWith(".md")) ? "accept" : "decline";
 * }
 * ```
 */
export class FileChangeApproval extends ApprovalBase<
  "item/fileChange/requestApproval",
  FileChangeApprovalDecision | FileChangeRequestApprovalResponse
> {
  /** Tells this kind of request from the others. */
  readonly kind = "fileChangeApproval" as const;

  /**
   * The changes, each a file with its diff; `null` where the client has not seen the item, as when the turn ran before this
   * client came, or `item/started` is opted out of.
   */
  get changes(): readonly FileUpdateChange[] | null {
    const { item } = this;
    return item?.type === "fileChange" && Array.isArray(item.changes) ? item.changes : null;
  }

  /** Why it is asked, if the server says. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** The directory that the agent wants to write in from now on, where it asks for more than this change. */
  get grantRoot(): string | null {
    return this.params.grantRoot ?? null;
  }

  /** What can be decided. */
  get availableDecisions(): readonly FileChangeApprovalDecision[] {
    return APPROVAL_DECISIONS;
  }

  /** @ignore */
  protected override resultOf(
    answer: FileChangeApprovalDecision | FileChangeRequestApprovalResponse,
  ): FileChangeRequestApprovalResponse {
    const decision = decisionIn(answer);
    checkDecision(this.method, decision, this.availableDecisions);
    return { decision };
  }
}
