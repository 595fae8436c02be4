/** Changes the settings of an open thread. */
import type {
  ModeKind,
  Personality,
  ReasoningSummary,
  ThreadSettings,
  ThreadSettingsUpdateParams,
} from "../../generated/types.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { CallOptions } from "../call_options.ts";
import { checkObject } from "../check_reply.ts";
import { checkPaths } from "../check_paths.ts";
import type { ClientContext } from "../client_context.ts";
import {
  checkCallOptions,
  type ExtraParams,
  type SdkField,
  withExtraParams,
} from "../option_names.ts";
import { type ApprovalMode, approvalParams, type Sandbox, sandboxPolicy } from "../presets.ts";
import { requestLoaded } from "../thread_reopen.ts";
import type { ReasoningEffort } from "../turns/turn_options.ts";
import type { ThreadState } from "./thread_state.ts";

/**
 * Settings to change with `Thread.set()`; omitted ones stay.
 *
 * @example
 * ```ts
 * import type { ThreadChanges } from "@codex-app-server/sdk/types";
 *
 * const careful: ThreadChanges = { approvalMode: "denyAll", sandbox: "readOnly", effort: "high" };
 * ```
 */
export interface ThreadChanges {
  /** Id of the model (`model`), one of `Codex.models()`. */
  readonly model?: string | null | undefined;
  /** How much the model thinks before it answers (`effort`). */
  readonly effort?: ReasoningEffort | null | undefined;
  /** How the model's reasoning is summarized (`summary`). */
  readonly summary?: ReasoningSummary | null | undefined;
  /** Tone of the model's answers (`personality`). */
  readonly personality?: Personality | null | undefined;
  /** Working directory of the agent on the server's machine (`cwd`). */
  readonly cwd?: string | null | undefined;
  /** Who decides about what the sandbox does not allow (`approvalPolicy` and `approvalsReviewer`). */
  readonly approvalMode?: ApprovalMode | null | undefined;
  /**
   * What commands may access (`sandboxPolicy`). What a preset leaves open, such as network access, stays as the thread's last
   * sandbox of that type had it.
   */
  readonly sandbox?: Sandbox | null | undefined;
  /** Service tier of the model requests (`serviceTier`), such as `"fast"`; `null` removes it. */
  readonly serviceTier?: string | null | undefined;
  /** Ids of plugins that are off (`disabledPluginIds`). */
  readonly disabledPluginIds?: string[] | null | undefined;
  /**
   * `"plan"` makes the agent plan and ask questions instead of changing anything, until `"default"` ends that
   * (`collaborationMode`). It keeps the model and the effort.
   */
  readonly collaborationMode?: ModeKind | null | undefined;
  /** Fields of `thread/settings/update` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<
      ThreadSettingsUpdateParams,
      SdkField | Exclude<keyof ThreadChanges, "extraParams">
    >
    | undefined;
}

const CHANGES: OptionNames<ThreadChanges> = {
  model: true,
  effort: true,
  summary: true,
  personality: true,
  cwd: true,
  approvalMode: true,
  sandbox: true,
  serviceTier: true,
  disabledPluginIds: true,
  collaborationMode: true,
  extraParams: true,
};

/** Changes the settings of a thread from its next turn on. */
export async function setThread(
  context: ClientContext,
  state: ThreadState,
  changes: ThreadChanges,
  options: CallOptions,
): Promise<void> {
  const { approvalMode, sandbox, collaborationMode, ...fields } = withExtraParams(
    "set()",
    changes,
    CHANGES,
  );
  checkCallOptions("set()", options);
  state.assertUsable();
  const wire = Object.fromEntries(
    Object.entries({
      ...fields,
      ...approvalParams(approvalMode),
      ...(sandbox == null ? {} : { sandboxPolicy: sandboxPolicy(sandbox, state.policies) }),
      ...(collaborationMode == null
        ? {}
        : { collaborationMode: modeOf(collaborationMode, fields, state) }),
    }).filter(([, value]) => value !== undefined),
  );
  if (Object.keys(wire).length === 0) return;
  await checkPaths(context, { cwd: fields.cwd }, options);
  const method = "thread/settings/update";
  const params = { ...wire, threadId: state.id };
  checkObject(method, await requestLoaded(context, method, params, options));
  state.change(
    Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== null)) as Partial<
      ThreadSettings
    >,
  );
}

/** The protocol's mode has a model and an effort of its own, which replace those of the thread. */
function modeOf(
  mode: ModeKind,
  { model, effort }: Pick<ThreadChanges, "model" | "effort">,
  { settings }: ThreadState,
): ThreadSettings["collaborationMode"] {
  if (mode !== "plan" && mode !== "default") {
    throw new TypeError(
      `"collaborationMode" must be "plan" or "default", got ${JSON.stringify(mode)}`,
    );
  }
  return {
    mode,
    settings: {
      model: model ?? settings.model,
      reasoning_effort: effort ?? settings.reasoningEffort,
      developer_instructions: null, // those of the mode
    },
  };
}
