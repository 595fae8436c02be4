/** The steps of a scripted model response, and functions that create them. */
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import type { MessagePhase } from "../generated/types.ts";
import type { Gate } from "./gate.ts";

/**
 * Options of {@linkcode message} and {@linkcode deltas}.
 *
 * @example
 * ```ts
 * import type { MessageOptions } from "@codex-app-server/sdk/testing";
 *
 * const aside: MessageOptions = { phase: "commentary", id: "msg-1" };
 * ```
 */
export interface MessageOptions {
  /** The phase of the message. By default, none. */
  readonly phase?: MessagePhase;
  /** The id of the message's item. By default, it is generated. */
  readonly id?: string;
}

const MESSAGE_OPTIONS: OptionNames<MessageOptions> = { phase: true, id: true };

/**
 * An agent message, streamed in parts.
 *
 * @example
 * ```ts
 * import type { MessageStep } from "@codex-app-server/sdk/testing";
 *
 * const step: MessageStep = { type: "message", parts: ["he", "llo"] };
 * ```
 */
export interface MessageStep extends MessageOptions {
  /** The kind of step. */
  readonly type: "message";
  /** Each string is one delta event; a gate between them pauses the stream. */
  readonly parts: readonly (string | Gate)[];
}

/**
 * A tool call of the model.
 *
 * @example
 * ```ts
 * import type { FunctionCallStep } from "@codex-app-server/sdk/testing";
 *
 * const call: FunctionCallStep = { type: "functionCall", name: "clock", arguments: "{}" };
 * ```
 */
export interface FunctionCallStep {
  /** The kind of step. */
  readonly type: "functionCall";
  /** The name of the tool. */
  readonly name: string;
  /** The arguments as JSON. */
  readonly arguments: string;
  /** The id under which the output is returned. */
  readonly callId?: string;
}

/**
 * A reasoning item with its summary, streamed in parts.
 *
 * @example
 * ```ts
 * import type { ReasoningStep } from "@codex-app-server/sdk/testing";
 *
 * const thinking: ReasoningStep = { type: "reasoning", summary: ["Reading the file"] };
 * ```
 */
export interface ReasoningStep {
  /** The kind of step. */
  readonly type: "reasoning";
  /** The parts of the summary. */
  readonly summary: readonly string[];
}

/**
 * The token counts of a response.
 *
 * @example
 * ```ts
 * import type { UsageStep } from "@codex-app-server/sdk/testing";
 *
 * const total = (step: UsageStep): number => step.totalTokens;
 * ```
 */
export interface UsageStep {
  /** The kind of step. */
  readonly type: "usage";
  /** The number of input tokens. */
  readonly inputTokens: number;
  /** The number of input tokens from the cache. */
  readonly cachedInputTokens: number;
  /** The number of output tokens. */
  readonly outputTokens: number;
  /** The number of reasoning tokens in the output. */
  readonly reasoningOutputTokens: number;
  /** Input and output tokens together. */
  readonly totalTokens: number;
}

/**
 * An HTTP error instead of a stream.
 *
 * @example
 * ```ts
 * import type { FailureStep } from "@codex-app-server/sdk/testing";
 *
 * const isServerError = (step: FailureStep): boolean => step.status >= 500;
 * ```
 */
export interface FailureStep {
  /** The kind of step. */
  readonly type: "failure";
  /** The HTTP status. */
  readonly status: number;
  /** The body as text. */
  readonly body: string;
  /** Additional headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A `response.failed` event that ends the stream.
 *
 * @example
 * ```ts
 * import type { FailedStep } from "@codex-app-server/sdk/testing";
 *
 * const step: FailedStep = { type: "failed", code: "server_is_overloaded", message: "busy" };
 * ```
 */
export interface FailedStep {
  /** The kind of step. */
  readonly type: "failed";
  /** The error code of the Responses API. */
  readonly code: string;
  /** The error message. */
  readonly message: string;
}

/**
 * A cut of the connection.
 *
 * @example
 * ```ts
 * import type { DisconnectStep } from "@codex-app-server/sdk/testing";
 *
 * const cut: DisconnectStep = { type: "disconnect" };
 * ```
 */
export interface DisconnectStep {
  /** The kind of step. */
  readonly type: "disconnect";
}

/**
 * Any event of the Responses API, sent unchanged.
 *
 * @example
 * ```ts
 * import type { RawEventStep } from "@codex-app-server/sdk/testing";
 *
 * const created: RawEventStep = { type: "rawEvent", event: { type: "response.in_progress" } };
 * ```
 */
export interface RawEventStep {
  /** The kind of step. */
  readonly type: "rawEvent";
  /** The event to send. */
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
}

/**
 * One step of a scripted response; discriminated by `type`.
 *
 * @example
 * ```ts
 * import { message, type ResponseStep, usage } from "@codex-app-server/sdk/testing";
 *
 * const script: readonly ResponseStep[] = [message("hello"), usage({ inputTokens: 12 })];
 * ```
 */
export type ResponseStep =
  | MessageStep
  | FunctionCallStep
  | ReasoningStep
  | UsageStep
  | FailureStep
  | FailedStep
  | DisconnectStep
  | RawEventStep
  | Gate;

/**
 * Creates an agent message with one delta.
 *
 * @example
 * ```ts
 * import { message } from "@codex-app-server/sdk/testing";
 *
 * const answer = message("hello", { phase: "final_answer" });
 * ```
 */
export function message(text: string, options: MessageOptions = {}): MessageStep {
  checkOptionNames("message()", options, MESSAGE_OPTIONS);
  return { ...options, type: "message", parts: [text] };
}

/**
 * Creates an agent message with several deltas, each sent as its own event; a gate between them pauses the stream.
 *
 * @example
 * ```ts
 * import { deltas } from "@codex-app-server/sdk/testing";
 *
 * const answer = deltas(["he", "llo"]);
 * ```
 */
export function deltas(
  parts: readonly (string | Gate)[],
  options: MessageOptions = {},
): MessageStep {
  checkOptionNames("deltas()", options, MESSAGE_OPTIONS);
  return { ...options, type: "message", parts };
}

/**
 * Options of {@linkcode functionCall}.
 *
 * @example
 * ```ts
 * import type { FunctionCallOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: FunctionCallOptions = { callId: "call-1" };
 * ```
 */
export interface FunctionCallOptions {
  /** The id under which the output is returned. By default, it is generated. */
  readonly callId?: string;
}

/**
 * Creates a tool call; its output arrives with the next request (`RecordedRequest.functionOutputs()`).
 *
 * @example
 * ```ts
 * import { functionCall } from "@codex-app-server/sdk/testing";
 *
 * const call = functionCall("lookup", { city: "Bern" }, { callId: "call-1" });
 * ```
 */
export function functionCall(
  name: string,
  args: Readonly<Record<string, unknown>> | string,
  options: FunctionCallOptions = {},
): FunctionCallStep {
  checkOptionNames("functionCall()", options, { callId: true });
  const text = typeof args === "string" ? args : JSON.stringify(args);
  return { ...options, type: "functionCall", name, arguments: text };
}

/**
 * Options of {@linkcode shellCommand}.
 *
 * @example
 * ```ts
 * import type { ShellCommandOptions } from "@codex-app-server/sdk/testing";
 *
 * const escalated: ShellCommandOptions = { escalate: "needs the network", callId: "fetch" };
 * ```
 */
export interface ShellCommandOptions extends FunctionCallOptions {
  /** The reason for a request to run outside the sandbox. By default, the command stays in the sandbox. */
  readonly escalate?: string;
  /** Milliseconds after which the model gets the command's output so far. */
  readonly yieldTimeMs?: number;
}

const SHELL_OPTIONS: OptionNames<ShellCommandOptions> = {
  callId: true,
  escalate: true,
  yieldTimeMs: true,
};

/**
 * Creates a command that the agent actually runs, in the sandbox of the turn (the tool `exec_command`).
 *
 * @example
 * ```ts
 * import { message, ModelServer, shellCommand } from "@codex-app-server/sdk/testing";
 *
 * await using model = await ModelServer.start();
 * model.enqueue(shellCommand("ls", { callId: "list" }));
 * model.enqueue(message("done"));
 * ```
 */
export function shellCommand(cmd: string, options: ShellCommandOptions = {}): FunctionCallStep {
  checkOptionNames("shellCommand()", options, SHELL_OPTIONS);
  const { escalate, yieldTimeMs, ...rest } = options;
  const escalation = escalate === undefined
    ? {}
    : { sandbox_permissions: "require_escalated", justification: escalate };
  const yieldTime = yieldTimeMs === undefined ? {} : { yield_time_ms: yieldTimeMs };
  return functionCall("exec_command", { cmd, ...escalation, ...yieldTime }, rest);
}

/**
 * Creates a reasoning item whose summary is streamed, one delta per part.
 *
 * @example
 * ```ts
 * import { message, reasoning } from "@codex-app-server/sdk/testing";
 *
 * const steps = [reasoning("Looking ", "around"), message("Found it.")];
 * ```
 */
export function reasoning(...summary: readonly string[]): ReasoningStep {
  return { type: "reasoning", summary };
}

/**
 * Options of {@linkcode usage}. Counts default to 0, the total to the sum of input and output.
 *
 * @example
 * ```ts
 * import type { UsageOptions } from "@codex-app-server/sdk/testing";
 *
 * const counts: UsageOptions = { inputTokens: 1_000, cachedInputTokens: 800 };
 * ```
 */
export type UsageOptions = Partial<Omit<UsageStep, "type">>;

const USAGE_OPTIONS: OptionNames<UsageOptions> = {
  inputTokens: true,
  cachedInputTokens: true,
  outputTokens: true,
  reasoningOutputTokens: true,
  totalTokens: true,
};

/**
 * Sets the token counts that the response reports; without this step they are all 0.
 *
 * @example
 * ```ts
 * import { message, usage } from "@codex-app-server/sdk/testing";
 *
 * const steps = [message("hello"), usage({ inputTokens: 12, outputTokens: 3 })];
 * ```
 */
export function usage(counts: UsageOptions): UsageStep {
  checkOptionNames("usage()", counts, USAGE_OPTIONS);
  const { inputTokens = 0, outputTokens = 0 } = counts;
  return {
    type: "usage",
    inputTokens,
    cachedInputTokens: counts.cachedInputTokens ?? 0,
    outputTokens,
    reasoningOutputTokens: counts.reasoningOutputTokens ?? 0,
    totalTokens: counts.totalTokens ?? inputTokens + outputTokens,
  };
}

/**
 * Options of {@linkcode failure}.
 *
 * @example
 * ```ts
 * import type { FailureOptions } from "@codex-app-server/sdk/testing";
 *
 * const limited: FailureOptions = { status: 429, headers: { "retry-after": "1" } };
 * ```
 */
export interface FailureOptions {
  /**
   * The HTTP status.
   * @default {500}
   */
  readonly status?: number;
  /** The body: a string unchanged, anything else as JSON. */
  readonly body?: unknown;
  /** Additional headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Creates an HTTP error instead of a stream; only gates may precede it in a response.
 *
 * @example
 * ```ts
 * import { failure, message, type ModelServer } from "@codex-app-server/sdk/testing";
 *
 * async function failOnce(model: ModelServer): Promise<void> {
 *   model.enqueue(failure({ status: 500 })).enqueue(message("second try"));
 *   await model.waitForRequests(2);
 * }
 * ```
 */
export function failure(options: FailureOptions = {}): FailureStep {
  checkOptionNames("failure()", options, { status: true, body: true, headers: true });
  const body = options.body ?? { error: { message: "scripted failure" } };
  return {
    type: "failure",
    status: options.status ?? 500,
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: options.headers ?? {},
  };
}

/**
 * Options of {@linkcode failed}.
 *
 * @example
 * ```ts
 * import type { FailedOptions } from "@codex-app-server/sdk/testing";
 *
 * const tooLong: FailedOptions = { code: "context_length_exceeded", message: "too long" };
 * ```
 */
export interface FailedOptions {
  /** The error code of the Responses API, such as `"rate_limit_exceeded"`. */
  readonly code: string;
  /** The error message. */
  readonly message: string;
}

/**
 * Ends the stream with a `response.failed` event.
 *
 * @example
 * ```ts
 * import { failed, message } from "@codex-app-server/sdk/testing";
 *
 * const steps = [message("so far"), failed({ code: "server_is_overloaded", message: "busy" })];
 * ```
 */
export function failed(options: FailedOptions): FailedStep {
  checkOptionNames("failed()", options, { code: true, message: true });
  return { type: "failed", ...options };
}

/**
 * Cuts the connection in the middle of the stream.
 *
 * @example
 * ```ts
 * import { deltas, disconnect } from "@codex-app-server/sdk/testing";
 *
 * const steps = [deltas(["half of an ans"]), disconnect()];
 * ```
 */
export function disconnect(): DisconnectStep {
  return { type: "disconnect" };
}

/**
 * Sends any event of the Responses API unchanged, for events without their own function.
 *
 * @example
 * ```ts
 * import { message, rawEvent } from "@codex-app-server/sdk/testing";
 *
 * const steps = [rawEvent({ type: "response.in_progress", response: {} }), message("hello")];
 * ```
 */
export function rawEvent(event: RawEventStep["event"]): RawEventStep {
  return { type: "rawEvent", event };
}
