/** Turn options, declared by hand: each is documented and names its protocol field. */
import type {
  JsonValue,
  Personality,
  ReasoningSummary,
  TurnStartParams,
} from "../../generated/types.ts";
import type { GoalOptions } from "../goals/goal_start.ts";
import type { ExtraParams, SdkField } from "../option_names.ts";
import type { ApprovalMode, Sandbox } from "../presets.ts";
import type { RequestHandlerOptions } from "../requests/handler_options.ts";
import type { TurnLimits } from "./turn_limits.ts";
import type { WhenBusy } from "./turn_place.ts";

/**
 * How much a model thinks before it answers. `supportedReasoningEfforts` of {@linkcode Codex.models} lists those that a
 * model supports. Any other string is sent unchanged.
 *
 * @example
 * ```ts
 * import type { ReasoningEffort } from "@codex-app-server/sdk";
 *
 * const effort: ReasoningEffort = "low";
 * ```
 */
export type ReasoningEffort =
  | "none"
  | "minimal"
  | "low"
  | "medium"
  | "high"
  | "xhigh"
  | "max"
  | "ultra"
  | (string & Record<never, never>);

/**
 * Turn options (`turn/start`). Omitted settings keep the thread's value; given ones also apply to later turns, except
 * those that say otherwise.
 *
 * @example
 * ```ts
 * import type { Thread, TurnOptions } from "@codex-app-server/sdk";
 *
 * const options: TurnOptions = { effort: "low", sandbox: "readOnly", timeoutMs: 120_000 };
 *
 * async function ask(thread: Thread, question: string): Promise<string | null> {
 *   return (await thread.run(question, options)).finalResponse;
 * }
 * ```
 */
export interface TurnOptions extends TurnLimits, RequestHandlerOptions {
  /** Id of the model (`model`), one of {@linkcode Codex.models}. Defaults to the thread's. */
  readonly model?: string | null | undefined;
  /** How much the model thinks before it answers (`effort`). Defaults to the thread's, or the model's. */
  readonly effort?: ReasoningEffort | null | undefined;
  /** How the model's reasoning is summarized (`summary`). Defaults to the thread's. */
  readonly summary?: ReasoningSummary | null | undefined;
  /** Tone of the model's answers (`personality`). Defaults to the thread's. */
  readonly personality?: Personality | null | undefined;
  /** Working directory of the agent on the server's machine (`cwd`). Defaults to the thread's. */
  readonly cwd?: string | null | undefined;
  /** Who decides about what the sandbox does not allow (`approvalPolicy` and `approvalsReviewer`). Defaults to the thread's. */
  readonly approvalMode?: ApprovalMode | null | undefined;
  /**
   * What commands may access (`sandboxPolicy`). Defaults to the thread's. What a preset leaves open, such as network access,
   * stays as the thread's last sandbox of that type had it.
   */
  readonly sandbox?: Sandbox | null | undefined;
  /** Service tier of the model requests (`serviceTier`), such as `"fast"`. Defaults to the thread's. */
  readonly serviceTier?: string | null | undefined;
  /**
   * Service tier for this turn only (`serviceTierForTurn`): an id among the model's `serviceTiers`, such as `"priority"`. The
   * server ignores any other name, also `"fast"`. Defaults to `serviceTier`.
   */
  readonly serviceTierForTurn?: string | null | undefined;
  /**
   * JSON Schema of the final answer, for this turn only, in the model's strict mode (`outputSchema`): sent unchanged, and the
   * answer stays text. `output` also parses and validates it.
   */
  readonly outputSchema?: JsonValue | null | undefined;
  /**
   * What started the turn, for the server's metrics, for this turn only (`turnTrigger`; `source` in Python). The model
   * requests of the turn have it in their metadata.
   */
  readonly turnTrigger?: string | null | undefined;
  /** Caller-chosen id of the user's message, for this turn only (`clientUserMessageId`); the item has it too. */
  readonly clientUserMessageId?: string | null | undefined;
  /** Ids of plugins that are off (`disabledPluginIds`). Defaults to the thread's. */
  readonly disabledPluginIds?: string[] | null | undefined;
  /**
   * What to do if the thread already runs a turn: reject with `TurnActiveError`, wait, or add the input to the running turn.
   * A steer sends only the input and `clientUserMessageId`: settings and handlers have no effect, and the limits end this
   * call, not the turn.
   *
   * @default {"reject"}
   */
  readonly whenBusy?: WhenBusy | undefined;
  /**
   * Makes the input the goal of the thread, replacing an earlier one (`thread/goal/set`); the turn then consists of all turns
   * that the server starts until the goal has ended. The settings are those of the thread from then on. Options of a single
   * turn, such as `outputSchema`, and `whenBusy: "steer"` are refused.
   *
   * @default {false}
   */
  readonly goal?: boolean | GoalOptions | undefined;
  /** Fields of `turn/start` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<TurnStartParams, SdkField | Exclude<keyof TurnOptions, "extraParams">>
    | undefined;
  /** Belongs to {@linkcode OutputOptions}. */
  readonly output?: undefined;
  /** Belongs to {@linkcode OutputRunOptions}. */
  readonly repair?: undefined;
  /** Belongs to threads: the protocol has no tools for one turn. */
  readonly tools?: undefined;
}
