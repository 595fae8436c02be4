/** What all approvals have in common. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import { isRecord } from "../../util/is_record.ts";
import { UserRequestBase, type UserRequestMethod } from "./user_request_base.ts";

/**
 * A decision in one word, the same for every kind of approval: `"accept"` once, `"acceptForSession"` also when the like is
 * asked again, `"decline"` and let the turn go on, or `"cancel"`: decline and end the turn.
 *
 * @example
 * ```ts
 * import type { ApprovalDecision } from "@codex-app-server/sdk";
 *
 * const decisionOf = (key: string): ApprovalDecision => key === "y" ? "accept" : "decline";
 * ```
 */
export type ApprovalDecision = "accept" | "acceptForSession" | "decline" | "cancel";

/** The decisions, in the order in which people are shown them. */
export const APPROVAL_DECISIONS: readonly ApprovalDecision[] = [
  "accept",
  "acceptForSession",
  "decline",
  "cancel",
];

/**
 * What every approval has: a yes or a no to something that the agent wants to do.
 *
 * @example
 * ```ts
 * import type { ApprovalBase, UserRequestMethod } from "@codex-app-server/sdk/types";
 *
 * function decide(approval: ApprovalBase<UserRequestMethod, unknown>, yes: boolean): void {
 *   if (yes) approval.approve();
 *   else approval.decline();
 * }
 * ```
 */
export abstract class ApprovalBase<M extends UserRequestMethod, Wire>
  extends UserRequestBase<M, ApprovalDecision | Wire> {
  /** What the server offers to decide. To refuse is always possible, whether it is in the list or not. */
  abstract get availableDecisions(): readonly unknown[];

  /**
   * Allows it, this time.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   * @throws {DecisionNotOfferedError} when the server did not offer this
   */
  approve(): void {
    this.answer("accept");
  }

  /**
   * Allows it, and the like of it until the thread is closed.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   * @throws {DecisionNotOfferedError} when the server did not offer this
   */
  approveForSession(): void {
    this.answer("acceptForSession");
  }

  /**
   * Refuses it and ends the turn, where the kind of the request has words for that; refuses it as `decline()` does
   * elsewhere.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   */
  cancel(): void {
    this.answer("cancel");
  }
}

/**
 * Checks that a decision in one word is one that was offered; a refusal always is.
 *
 * @throws {DecisionNotOfferedError} when it was not
 * @throws {TypeError} when it is no decision
 */
export function checkDecision(
  method: string,
  decision: unknown,
  offered: readonly unknown[],
): asserts decision is ApprovalDecision {
  if (typeof decision !== "string" || !APPROVAL_DECISIONS.includes(decision as ApprovalDecision)) {
    const known = APPROVAL_DECISIONS.map((word) => JSON.stringify(word)).join(", ");
    throw new TypeError(
      `A decision on "${method}" must be one of ${known}, got ${JSON.stringify(decision)}`,
    );
  }
  if (decision === "decline" || decision === "cancel" || offered.includes(decision)) return;
  throw new DecisionNotOfferedError(method, decision, offered);
}

/** The decision in an answer that is given as the wire has it, or the answer itself. */
export function decisionIn(answer: unknown): unknown {
  return isRecord(answer) && "decision" in answer ? answer.decision : answer;
}
