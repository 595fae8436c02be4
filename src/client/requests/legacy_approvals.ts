/** The approvals of the protocol's first version, for threads that still use it. */
import type {
  ApplyPatchApprovalResponse,
  ExecCommandApprovalResponse,
  FileChange,
  ReviewDecision,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import {
  APPROVAL_DECISIONS,
  ApprovalBase,
  type ApprovalDecision,
  checkDecision,
  decisionIn,
} from "./approval.ts";

const REVIEW_DECISIONS: Readonly<Record<ApprovalDecision, ReviewDecision>> = {
  accept: "approved",
  acceptForSession: "approved_for_session",
  decline: { denied: { rejection: "This client declined." } },
  cancel: "abort",
};

/** The words of the legacy approvals, which the types of these answers keep from all others. */
const REVIEW_WORDS: ReadonlySet<unknown> = new Set<ReviewDecision>([
  "approved",
  "approved_for_session",
  "approved_mcp_policy_amendment",
  "timed_out",
  "abort",
]);

/**
 * The agent wants to run a command, asked in the words of the protocol's first version (`execCommandApproval`).
 *
 * @example
 * ```ts
 * import type { ExecCommandApproval } from "@codex-app-server/sdk/types";
 *
 * const onExecCommandApproval = ({ command }: ExecCommandApproval): "accept" | "decline" =>
 *   command.join(" ") === "git status" ? "accept" : "decline";
 * ```
 */
export class ExecCommandApproval extends ApprovalBase<
  "execCommandApproval",
  ReviewDecision | ExecCommandApprovalResponse
> {
  /** Tells this kind of request from the others. */
  readonly kind = "execCommandApproval" as const;

  /** The program and its arguments. */
  get command(): readonly string[] {
    return this.params.command ?? [];
  }

  /** The directory that it runs in. */
  get cwd(): string | null {
    return this.params.cwd ?? null;
  }

  /** Why it is asked. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** What can be decided in one word. */
  get availableDecisions(): readonly ApprovalDecision[] {
    return APPROVAL_DECISIONS;
  }

  /** @ignore */
  protected override resultOf(answer: unknown): ExecCommandApprovalResponse {
    return { decision: reviewDecision(this.method, answer) };
  }
}

/**
 * The agent wants to change files, asked in the words of the protocol's first version (`applyPatchApproval`).
 *
 * @example
 * ```ts
 * import type { ApplyPatchApproval } from "@codex-app-server/sdk/types";
 *
 * const onApplyPatchApproval = ({ changes }: ApplyPatchApproval): "accept" | "decline" =>
 *   Object.keys(changes).every((path) => path.endsWith(".md")) ? "accept" : "decline";
 * ```
 */
export class ApplyPatchApproval extends ApprovalBase<
  "applyPatchApproval",
  ReviewDecision | ApplyPatchApprovalResponse
> {
  /** Tells this kind of request from the others. */
  readonly kind = "applyPatchApproval" as const;

  /** The changes by path. */
  get changes(): { readonly [path in string]?: FileChange } {
    return this.params.fileChanges ?? {};
  }

  /** Why it is asked. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** The directory that the agent wants to write in from now on, where it asks for more than this change. */
  get grantRoot(): string | null {
    return this.params.grantRoot ?? null;
  }

  /** What can be decided in one word. */
  get availableDecisions(): readonly ApprovalDecision[] {
    return APPROVAL_DECISIONS;
  }

  /** @ignore */
  protected override resultOf(answer: unknown): ApplyPatchApprovalResponse {
    return { decision: reviewDecision(this.method, answer) };
  }
}

function reviewDecision(method: string, answer: unknown): ReviewDecision {
  const decision = decisionIn(answer);
  if (isRecord(decision) || REVIEW_WORDS.has(decision)) return decision as ReviewDecision;
  checkDecision(method, decision, APPROVAL_DECISIONS);
  return REVIEW_DECISIONS[decision];
}
