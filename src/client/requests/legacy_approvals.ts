/** The approvals of version 1 of the protocol, for threads that still use it. */
import type {
  ApplyPatchApprovalResponse,
  ExecCommandApprovalResponse,
  FileChange,
  ReviewDecision,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { changedPaths, type ReadLink, resolvePaths, type TouchedPaths } from "./touched_paths.ts";
import {
  APPROVAL_DECISIONS,
  ApprovalBase,
  type ApprovalDecision,
  checkDecision,
  decisionIn,
  type UserRequestJson,
} from "./user_request.ts";

const REVIEW_DECISIONS: Readonly<Record<ApprovalDecision, ReviewDecision>> = {
  accept: "approved",
  acceptForSession: "approved_for_session",
  decline: { denied: { rejection: "This client declined." } },
  cancel: "abort",
};

/** The one-word decisions that only the legacy approvals have. */
const REVIEW_WORDS: ReadonlySet<unknown> = new Set<ReviewDecision>([
  "approved",
  "approved_for_session",
  "approved_mcp_policy_amendment",
  "timed_out",
  "abort",
]);

/**
 * The agent wants to run a command, in version 1 of the protocol (`execCommandApproval`).
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { ExecCommandApproval } from "@codex-app-server/sdk/types";
 *
 * const onExecCommandApproval = ({ command }: ExecCommandApproval): "accept" | "decline" =>
 *   confirm(printable(`Run ${JSON.stringify(command)}?`)) ? "accept" : "decline";
 * ```
 */
export class ExecCommandApproval extends ApprovalBase<
  "execCommandApproval",
  ReviewDecision | ExecCommandApprovalResponse
> {
  /** The discriminant of this kind of request. */
  readonly kind = "execCommandApproval" as const;

  /** The program and its arguments. */
  get command(): readonly string[] {
    return this.params.command ?? [];
  }

  /** The working directory of the command. */
  get cwd(): string | null {
    return this.params.cwd ?? null;
  }

  /** The reason for the request. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** The one-word decisions that the request allows. */
  get availableDecisions(): readonly ApprovalDecision[] {
    return APPROVAL_DECISIONS;
  }

  /** @ignore */
  protected override resultOf(answer: unknown): ExecCommandApprovalResponse {
    return { decision: reviewDecision(this.method, answer) };
  }
}

/**
 * The agent wants to change files, in version 1 of the protocol (`applyPatchApproval`).
 *
 * @example
 * ```ts
 * import type { ApplyPatchApproval } from "@codex-app-server/sdk/types";
 *
 * const onApplyPatchApproval = ({ paths, cwd }: ApplyPatchApproval): "accept" | "decline" =>
 *   paths?.every((path) => path.startsWith(`${cwd}/notes/`)) ? "accept" : "decline";
 * ```
 */
export class ApplyPatchApproval extends ApprovalBase<
  "applyPatchApproval",
  ReviewDecision | ApplyPatchApprovalResponse
> {
  /** The discriminant of this kind of request. */
  readonly kind = "applyPatchApproval" as const;
  #touched: TouchedPaths | null = null;

  /** The changes by path. */
  get changes(): { readonly [path in string]?: FileChange } {
    return this.params.fileChanges ?? {};
  }

  /** Every path that the changes touch, as in `FileChangeApproval.paths`; `null` if they are not all known. */
  get paths(): readonly string[] | null {
    return this.#touched?.paths ?? null;
  }

  /** The working directory of the thread without symbolic links, to compare {@linkcode paths} with; `null` if unknown. */
  get cwd(): string | null {
    return this.#touched?.cwd ?? null;
  }

  /** The reason for the request. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** The directory that the agent wants to write to from now on, if it asks for more than this change. */
  get grantRoot(): string | null {
    return this.params.grantRoot ?? null;
  }

  /** @ignore */
  override prepare(readLink: ReadLink | undefined): Promise<void> | undefined {
    const { changes, grantRoot, signal, thread } = this;
    if (readLink === undefined) return undefined;
    const named = changedPaths(Object.entries(changes));
    if (grantRoot !== null) named.push(grantRoot);
    const cwd = thread?.settings.cwd ?? null;
    return resolvePaths(named, { cwd, readLink, signal }).then((touched) => {
      this.#touched = touched;
    });
  }

  /** Returns what `JSON.stringify()` writes, with the {@linkcode paths}. */
  override toJSON(): UserRequestJson<"applyPatchApproval"> {
    return { ...super.toJSON(), paths: this.paths };
  }

  /** The one-word decisions that the request allows. */
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
