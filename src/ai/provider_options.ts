/** The options of the provider, of a model and of a call. */
import type { ApprovalMode, Sandbox } from "../client/presets.ts";
import type { ApprovalPolicy } from "../client/requests/policies.ts";
import type { ThreadStartOptions } from "../client/threads/thread_options.ts";
import type { ReasoningEffort, TurnOptions } from "../client/turns/turn_options.ts";
import type { WorkLimits } from "../client/turns/work_limits.ts";
import type { Codex } from "../codex.ts";
import type { CodexOptions } from "../codex_options.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs } from "../util/timer.ts";

/**
 * Settings of a model of {@linkcode createCodex}: how its threads and turns are started, and who approves.
 *
 * @example
 * ```ts
 * import { createCodex, type CodexModelSettings } from "@codex-app-server/sdk/ai";
 *
 * const settings: CodexModelSettings = { thread: { cwd: "/project", sandbox: "readOnly" }, effort: "low" };
 * const model = createCodex()("gpt-5", settings);
 * ```
 */
export interface CodexModelSettings {
  /**
   * The options of new threads (`thread/start`): directory, sandbox, instructions, MCP servers, handlers, and tools that run in
   * this program without the AI SDK.
   */
  readonly thread?: Omit<ThreadStartOptions, "model" | "signal"> | undefined;
  /** How much the model thinks before it answers. The setting `reasoning` of a call overrides it. Defaults to the model's. */
  readonly effort?: ReasoningEffort | undefined;
  /** How the reasoning is summarized. Defaults to the server's configuration. */
  readonly summary?: TurnOptions["summary"];
  /** Limits on each turn's tokens, model requests and tool calls. No limits by default. */
  readonly limits?: WorkLimits | undefined;
  /**
   * Whether approvals become tool approval requests of the AI SDK, which the next call answers. Otherwise the handlers of
   * `thread` and of the client decide, and without one an approval is declined.
   *
   * @default {false}
   */
  readonly toolApprovals?: boolean | undefined;
  /** Decides on approvals before they become tool approval requests; `undefined` passes one on. */
  readonly approvals?: ApprovalPolicy | undefined;
  /**
   * Milliseconds for which a turn waits for the results of tools and the answers to approval requests; then it is
   * interrupted. 0 means no limit.
   *
   * @default {600_000}
   */
  readonly answerTimeoutMs?: number | undefined;
}

/**
 * The options of {@linkcode createCodex}.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { type CodexProviderOptions, createCodex } from "@codex-app-server/sdk/ai";
 *
 * const options: CodexProviderOptions = { codex: new Codex(), toolApprovals: true };
 * const provider = createCodex(options);
 * ```
 */
export interface CodexProviderOptions extends CodexModelSettings {
  /** The client to use; it stays open when the provider is closed. By default, the provider starts its own on first use. */
  readonly codex?: Codex | undefined;
  /** The options of the provider's own client; not together with `codex`. */
  readonly options?: CodexOptions | undefined;
}

/**
 * The options of a call, as `providerOptions.codex`.
 *
 * @example
 * ```ts
 * import type { CodexCallOptions } from "@codex-app-server/sdk/ai";
 *
 * const goOn = (threadId: string): { codex: CodexCallOptions } => ({ codex: { threadId } });
 * ```
 */
export type CodexCallOptions = {
  /**
   * The thread to continue: `providerMetadata.codex.threadId` of an earlier call. Only the messages after the last one of the
   * assistant are sent, as the thread has the others. Take it from your own storage, never from a page: whoever knows an id
   * could continue the thread of somebody else.
   */
  threadId?: string;
  /** Whether to continue a fork of `threadId`, and leave the thread as it is. */
  fork?: boolean;
  /** Working directory of the agent. */
  cwd?: string;
  /** What commands may access. */
  sandbox?: Sandbox;
  /** Who decides about what the sandbox does not allow. */
  approvalMode?: ApprovalMode;
  /** How much the model thinks before it answers. */
  effort?: ReasoningEffort;
  /** How the reasoning is summarized. */
  summary?: "auto" | "concise" | "detailed" | "none";
  /** Service tier of the model requests. */
  serviceTier?: string;
};

const MODEL_SETTINGS: OptionNames<CodexModelSettings> = {
  thread: true,
  effort: true,
  summary: true,
  limits: true,
  toolApprovals: true,
  approvals: true,
  answerTimeoutMs: true,
};
const PROVIDER_OPTIONS: OptionNames<CodexProviderOptions> = {
  ...MODEL_SETTINGS,
  codex: true,
  options: true,
};
const CALL_OPTIONS: OptionNames<CodexCallOptions> = {
  threadId: true,
  fork: true,
  cwd: true,
  sandbox: true,
  approvalMode: true,
  effort: true,
  summary: true,
  serviceTier: true,
};

/**
 * Checks the options of the provider.
 *
 * @throws {TypeError} if one is unknown, or `codex` and `options` are combined
 * @throws {RangeError} if `answerTimeoutMs` is not a number of at least 0
 */
export function checkProviderOptions(options: CodexProviderOptions): void {
  checkOptionNames("createCodex()", options, PROVIDER_OPTIONS);
  checkLimitMs("answerTimeoutMs", options.answerTimeoutMs);
  if (options.codex !== undefined && options.options !== undefined) {
    throw new TypeError('"codex" and "options" cannot be combined: set the options on the client');
  }
}

/**
 * Adds the settings of a model to those of the provider.
 *
 * @throws {TypeError} if one is unknown
 * @throws {RangeError} if `answerTimeoutMs` is not a number of at least 0
 */
export function modelSettings(
  provider: CodexProviderOptions,
  model: CodexModelSettings,
): CodexModelSettings {
  checkOptionNames("a Codex model", model, MODEL_SETTINGS);
  checkLimitMs("answerTimeoutMs", model.answerTimeoutMs);
  const { codex: _codex, options: _options, ...defaults } = provider;
  return { ...defaults, ...model, thread: { ...defaults.thread, ...model.thread } };
}

/**
 * Reads `providerOptions.codex`.
 *
 * @throws {TypeError} if an option is unknown, or the id of the thread is not a non-empty string
 */
export function callOptions(given: unknown): CodexCallOptions {
  if (given === undefined) return {};
  checkOptionNames("providerOptions.codex", given, CALL_OPTIONS);
  const options = given as CodexCallOptions;
  const { threadId, fork } = options;
  if (threadId !== undefined && (typeof threadId !== "string" || threadId === "")) {
    throw new TypeError('"threadId" of providerOptions.codex must be a non-empty string');
  }
  if (fork && threadId === undefined) {
    throw new TypeError('"fork" of providerOptions.codex needs a "threadId"');
  }
  return options;
}
