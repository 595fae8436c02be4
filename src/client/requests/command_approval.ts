/** The approval of a command. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import type {
  CommandAction,
  CommandExecutionApprovalDecision,
  CommandExecutionRequestApprovalResponse,
} from "../../generated/types.ts";
import { canonicalJson } from "../../util/canonical_json.ts";
import { isRecord } from "../../util/is_record.ts";
import { APPROVAL_DECISIONS, ApprovalBase, checkDecision, decisionIn } from "./approval.ts";
import { shellScript } from "./shell_script.ts";

/** The decisions that are more than a word. */
const AMENDMENTS = ["acceptWithExecpolicyAmendment", "applyNetworkPolicyAmendment"] as const;

type RuleDecision = Extract<
  CommandExecutionApprovalDecision,
  { acceptWithExecpolicyAmendment: unknown }
>;

/** What stands for a rule that nobody proposed. */
const NO_RULE: RuleDecision = { acceptWithExecpolicyAmendment: { execpolicy_amendment: [] } };

/**
 * The agent wants to run a command beyond what the sandbox allows, to write to a terminal that runs outside of it, or to
 * reach the network (`item/commandExecution/requestApproval`).
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   await codex.threadStart({
 *     onCommandApproval: ({ command, cwd, reason }) =>
 *       confirm(`Run ${command} in ${cwd}? ${reason}`) ? "accept" : "decline",
 *   });
 * }
 * ```
 */
export class CommandApproval extends ApprovalBase<
  "item/commandExecution/requestApproval",
  CommandExecutionApprovalDecision | CommandExecutionRequestApprovalResponse
> {
  /** Tells this kind of request from the others. */
  readonly kind = "commandApproval" as const;

  /**
   * The command as a shell would take it, with the shell that runs it: `/bin/bash -lc 'npm test'`; `null` where the request
   * is about something else, as the network.
   */
  get command(): string | null {
    return this.params.command ?? null;
  }

  /**
   * What that shell is given to run, as the agent wrote it: `npm test`. To show, and to compare as a whole: what only begins
   * like it can do anything. `null` where this is no plain call of a POSIX shell, and where more than a command is asked for.
   */
  get script(): string | null {
    const { kind, networkApprovalContext, additionalPermissions } = this.params;
    const isMore = networkApprovalContext != null || additionalPermissions != null ||
      (this.params.proposedNetworkPolicyAmendments?.length ?? 0) > 0;
    if (kind !== "command" || isMore) return null;
    return shellScript(this.command ?? "") ?? null;
  }

  /** The directory that it runs in. */
  get cwd(): string | null {
    return this.params.cwd ?? null;
  }

  /** Why it is asked: the agent's own words, or the server's. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /**
   * What the server takes the command for. It is made to be shown: a part after a `|` may be left out, so that
   * `cat a | xargs rm` is a `read`.
   */
  get actions(): readonly CommandAction[] {
    return this.params.commandActions ?? [];
  }

  /** What the server offers to decide; every word of {@linkcode ApprovalDecision} where it did not say. */
  get availableDecisions(): readonly CommandExecutionApprovalDecision[] {
    return this.params.availableDecisions ?? APPROVAL_DECISIONS;
  }

  /** The words of the rule that {@linkcode approveWithRule} makes, to be shown before; `null` where the server proposes none. */
  get proposedRule(): readonly string[] | null {
    return this.#ruleOffer?.acceptWithExecpolicyAmendment?.execpolicy_amendment ?? null;
  }

  /**
   * Allows the command and every later one that begins with the words of `proposedRule`, in all threads and for good: the
   * server keeps the rule in its home.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   * @throws {DecisionNotOfferedError} when the server proposed no rule
   */
  approveWithRule(): void {
    this.answer(this.#ruleOffer ?? NO_RULE);
  }

  get #ruleOffer(): RuleDecision | undefined {
    const { availableDecisions, proposedExecpolicyAmendment: rule } = this.params;
    // A server that tells no decisions may propose a rule all the same.
    const offers = availableDecisions ??
      (rule == null ? [] : [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: rule } }]);
    return offers.find((decision): decision is RuleDecision =>
      isRecord(decision) && "acceptWithExecpolicyAmendment" in decision
    );
  }

  /** @ignore */
  protected override resultOf(
    answer: CommandExecutionApprovalDecision | CommandExecutionRequestApprovalResponse,
  ): CommandExecutionRequestApprovalResponse {
    const { availableDecisions } = this;
    const decision = decisionIn(answer);
    if (!isRecord(decision) || !AMENDMENTS.some((name) => isRecord(decision[name]))) {
      checkDecision(this.method, decision, availableDecisions);
      return { decision };
    }
    // Where the server told no decisions at all, a rule can only be checked by the server; one of no words allows everything.
    const isOffered = this.params.availableDecisions == null
      ? canonicalJson(decision) !== canonicalJson(NO_RULE)
      : availableDecisions.some((offer) => canonicalJson(offer) === canonicalJson(decision));
    if (!isOffered) throw new DecisionNotOfferedError(this.method, decision, availableDecisions);
    return { decision: decision as CommandExecutionApprovalDecision };
  }
}
