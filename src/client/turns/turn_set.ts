/** Changes the settings of a running turn. */
import { InvalidRequestError } from "../../errors/json_rpc_errors.ts";
import { SettingsNotAppliedError } from "../../errors/thread_errors.ts";
import type { ReasoningSummary, TurnSettingsUpdateParams } from "../../generated/types.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { CallOptions } from "../call_options.ts";
import { checkField } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import {
  checkCallOptions,
  type ExtraParams,
  type SdkField,
  withExtraParams,
} from "../option_names.ts";
import { type ApprovalMode, approvalParams } from "../presets.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ReasoningEffort } from "./turn_options.ts";

/** Milliseconds for a turn to begin after the reply that names it. */
const BEGUN_MS = 5_000;
/** The feature without which the server changes only the reviewer. */
const FEATURE = "step_model_switching";

/**
 * Settings to change with `TurnHandle.set()`; omitted ones stay. All but `approvalMode` need the experimental feature
 * `step_model_switching` of the runtime.
 *
 * @example
 * ```ts
 * import type { TurnChanges } from "@codex-app-server/sdk/types";
 *
 * const unattended: TurnChanges = { approvalMode: "autoReview" };
 * ```
 */
export interface TurnChanges {
  /** Id of the model (`model`), one of `Codex.models()`. */
  readonly model?: string | null | undefined;
  /** How much the model thinks before it answers (`effort`). */
  readonly effort?: ReasoningEffort | null | undefined;
  /** How the model's reasoning is summarized (`summary`). */
  readonly summary?: ReasoningSummary | null | undefined;
  /** Service tier of the model requests (`serviceTier`), such as `"priority"`. */
  readonly serviceTier?: string | null | undefined;
  /**
   * Who decides about what the sandbox does not allow (`approvalsReviewer`): `"ask"` or `"autoReview"`, in a turn that began
   * with one of them.
   */
  readonly approvalMode?: Exclude<ApprovalMode, "denyAll"> | null | undefined;
  /** Fields of `turn/settings/update` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<
      TurnSettingsUpdateParams,
      SdkField | "turnId" | Exclude<keyof TurnChanges, "extraParams">
    >
    | undefined;
}

const CHANGES: OptionNames<TurnChanges> = {
  model: true,
  effort: true,
  summary: true,
  serviceTier: true,
  approvalMode: true,
  extraParams: true,
};

/** Changes the settings of a running turn from its next model request on. */
export async function setTurn(
  context: ClientContext,
  turn: ActiveTurn,
  changes: TurnChanges,
  options: CallOptions,
): Promise<void> {
  const { approvalMode, ...fields } = withExtraParams("set() of a turn", changes, CHANGES);
  checkCallOptions("set() of a turn", options);
  const { threadId } = turn;
  const { approvalPolicy: policy, ...reviewer } = approvalParams(approvalMode);
  const wire = Object.fromEntries(
    Object.entries({ ...fields, ...reviewer }).filter(([, value]) => value != null),
  );
  const given = Object.entries(changes).filter(([, value]) => value != null).map(([name]) => name);
  const refuse = (reason: string, settings = given): never => {
    throw new SettingsNotAppliedError(threadId, settings, { turnId: turn.id, reason });
  };
  // The thread may have another one since: for its next turn.
  const current = turn.approvalPolicy ??
    context.sessions.get(threadId)?.state?.settings.approvalPolicy;
  // The server would accept a reviewer that nothing is ever submitted to.
  if (policy === "never" || policy !== undefined && current === "never") {
    refuse('only "ask" and "autoReview" can replace each other', ["approvalMode"]);
  }
  if (Object.keys(wire).length === 0) return;
  if (turn.ended) refuse("it has ended");
  const method = "turn/settings/update";
  const apply = async (): Promise<boolean> => {
    const params = { ...wire, threadId, turnId: turn.liveId };
    const reply = await context.request(method, params, options).catch((error: unknown) => {
      if (!(error instanceof InvalidRequestError) || !error.message.includes(FEATURE)) throw error;
      return refuse(
        `the runtime needs "features.${FEATURE}": true in "configOverrides" of the client`,
      );
    });
    checkField(method, reply, "status", (status) => typeof status === "string");
    return reply.status === "applied";
  };
  const { hasBegun } = turn;
  if (await apply()) return;
  if (!hasBegun) {
    // Between the reply to its start and its beginning, the server has no turn to change.
    const begun = Promise.race([turn.begun, turn.outcome]);
    await waitAtMost(begun, options.timeoutMs || BEGUN_MS, options.signal);
    if (turn.hasBegun && !turn.ended && await apply()) return;
  }
  refuse(turn.ended ? "it has ended" : "the server does not run it");
}
