/** Reviews: turns in which the agent reviews changes. */
import type { ReviewTarget as WireReviewTarget } from "../../generated/types.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkCallOptions } from "../option_names.ts";
import type { ClientContext } from "../client_context.ts";
import type { ApprovalParams } from "../presets.ts";
import { warnUnreachableHandlers } from "../requests/unreachable_handlers.ts";
import { type RequestHandlerOptions, splitHandlers } from "../requests/handler_options.ts";
import type { TurnHandle } from "./turn_handle.ts";
import { launchTurn, sendStart, turnDeadline } from "./turn_launch.ts";
import { checkTurnLimits, type TurnLimits } from "./turn_limits.ts";
import { checkWhenBusy } from "./turn_place.ts";

/**
 * The subject of a review: uncommitted changes, the difference from a branch, one commit, or custom instructions.
 *
 * @example
 * ```ts
 * import type { ReviewTarget, Thread } from "@codex-app-server/sdk";
 *
 * const targets: readonly ReviewTarget[] = [
 *   { type: "uncommittedChanges" },
 *   { type: "baseBranch", branch: "main" },
 *   { type: "commit", sha: "4f1c2ab" },
 *   { type: "custom", instructions: "Look for missing error handling." },
 * ];
 *
 * async function reviewAll(thread: Thread): Promise<(string | null)[]> {
 *   const reviews: (string | null)[] = [];
 *   for (const target of targets) reviews.push((await (await thread.review(target)).run()).finalResponse);
 *   return reviews;
 * }
 * ```
 */
export type ReviewTarget =
  | { readonly type: "uncommittedChanges" }
  | { readonly type: "baseBranch"; readonly branch: string }
  | { readonly type: "commit"; readonly sha: string; readonly title?: string | null | undefined }
  | { readonly type: "custom"; readonly instructions: string };

/** The approval settings of every review, regardless of its thread. */
const OF_REVIEWS: ApprovalParams = { approvalPolicy: "never" };

/**
 * Options of {@linkcode Thread.review}. A review never asks for approval, so approval handlers are not called.
 *
 * @example
 * ```ts
 * import type { ReviewOptions } from "@codex-app-server/sdk";
 *
 * const options: ReviewOptions = { whenBusy: "queue", timeoutMs: 600_000 };
 * ```
 */
export interface ReviewOptions extends TurnLimits, RequestHandlerOptions {
  /**
   * What to do if the thread already runs a turn, which the server would end: reject with `TurnActiveError`, or wait.
   *
   * @default {"reject"}
   */
  readonly whenBusy?: "reject" | "queue" | undefined;
}

const REVIEW_OPTIONS: OptionNames<Omit<ReviewOptions, keyof RequestHandlerOptions>> = {
  whenBusy: true,
  signal: true,
  timeoutMs: true,
  idleTimeoutMs: true,
  limits: true,
};

/** Starts a review and returns its handle. */
export async function startReview(
  context: ClientContext,
  threadId: string,
  target: ReviewTarget,
  options: ReviewOptions,
): Promise<TurnHandle> {
  const [handlers, others] = splitHandlers("review()", options);
  checkCallOptions("review()", others, REVIEW_OPTIONS);
  const { whenBusy = "reject" } = options;
  checkTurnLimits(options);
  checkWhenBusy(whenBusy, ["reject", "queue"]);
  const params = { threadId, target: wireTarget(target) };
  const request = { method: "review/start", params } as const;
  const deadline = turnDeadline(options);
  const { handle } = await launchTurn(context, threadId, {
    kind: "review",
    deadline,
    idleTimeoutMs: options.idleTimeoutMs,
    limits: options.limits,
    whenBusy,
    start: () => sendStart(context, request, deadline, (turn) => turn.handlers.configure(handlers)),
    onStarted: (turn) => warnUnreachableHandlers(context, threadId, [turn.handlers], OF_REVIEWS),
  });
  return handle;
}

function wireTarget(target: ReviewTarget): WireReviewTarget {
  switch (isRecord(target) ? target.type : undefined) {
    case "uncommittedChanges":
      return { type: "uncommittedChanges" };
    case "baseBranch":
      return { type: "baseBranch", branch: field(target, "branch") };
    case "commit": {
      const { title = null } = target as { readonly title?: string | null };
      return { type: "commit", sha: field(target, "sha"), title };
    }
    case "custom":
      return { type: "custom", instructions: field(target, "instructions") };
    default:
      throw new TypeError(
        `The target of a review must have one of the types "uncommittedChanges", "baseBranch", "commit" and "custom", ` +
          `got ${JSON.stringify(target)}`,
      );
  }
}

function field(target: ReviewTarget, name: string): string {
  const value = (target as unknown as Record<string, unknown>)[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(
    `"${name}" of the review target "${target.type}" must be a non-blank string, got ${
      JSON.stringify(value)
    }`,
  );
}
