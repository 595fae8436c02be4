/** What a scripted model response is made of: steps as plain data. */
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
  /** The phase that the model gives the message; none unless told. */
  readonly phase?: MessagePhase;
  /** The id of the message's item; made up unless told. */
  readonly id?: string;
}

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
  /** Tells the step apart. */
  readonly type: "message";
  /** Each text is one delta event; a gate between them holds the stream. */
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
  /** Tells the step apart. */
  readonly type: "functionCall";
  /** The name of the tool. */
  readonly name: string;
  /** The arguments as JSON text. */
  readonly arguments: string;
  /** The id that the output comes back under. */
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
  /** Tells the step apart. */
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
  /** Tells the step apart. */
  readonly type: "usage";
  /** All tokens of the input. */
  readonly inputTokens: number;
  /** The part of the input that came from the cache. */
  readonly cachedInputTokens: number;
  /** All tokens of the output. */
  readonly outputTokens: number;
  /** The part of the output that was reasoning. */
  readonly reasoningOutputTokens: number;
  /** Input and output together. */
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
  /** Tells the step apart. */
  readonly type: "failure";
  /** The HTTP status. */
  readonly status: number;
  /** The body as text. */
  readonly body: string;
  /** Headers to add. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A `response.failed` event as the end of the stream.
 *
 * @example
 * ```ts
 * import type { FailedStep } from "@codex-app-server/sdk/testing";
 *
 * const step: FailedStep = { type: "failed", code: "server_is_overloaded", message: "busy" };
 * ```
 */
export interface FailedStep {
  /** Tells the step apart. */
  readonly type: "failed";
  /** The error code of the Responses API. */
  readonly code: string;
  /** The text of the error. */
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
  /** Tells the step apart. */
  readonly type: "disconnect";
}

/**
 * Any event of the Responses API, as it is.
 *
 * @example
 * ```ts
 * import type { RawEventStep } from "@codex-app-server/sdk/testing";
 *
 * const created: RawEventStep = { type: "rawEvent", event: { type: "response.in_progress" } };
 * ```
 */
export interface RawEventStep {
  /** Tells the step apart. */
  readonly type: "rawEvent";
  /** The event as it is sent. */
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
}

/**
 * One step of a scripted response, told apart by `type`.
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
