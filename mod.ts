/**
 * Drives the `codex app-server` from Deno, Bun and Node: threads, turns, streaming, approvals and tools over JSON-RPC.
 *
 * @example
 * ```ts
 * import { Codex, Sandbox } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart({ sandbox: Sandbox.workspace });
 *   const turn = await thread.turn("Say hello in one sentence.");
 *   for await (const piece of turn.textStream()) console.log(piece);
 * }
 * ```
 *
 * @module
 */
export { Codex } from "./src/codex.ts";
export type { CodexOptions } from "./src/codex.ts";

export { CodexClient } from "./src/client/codex_client.ts";
export { ProtocolClient } from "./src/client/protocol_client.ts";
export { AccountClient } from "./src/client/account_client.ts";
export {
  ChatgptLoginHandle,
  DeviceCodeLoginHandle,
  LoginHandle,
} from "./src/client/account/login_handle.ts";
export type { LoginCancelOptions, LoginWaitOptions } from "./src/client/account/login_handle.ts";
export type { AccountCallOptions, ChatgptLoginOptions } from "./src/client/account/login_start.ts";
export type {
  ChatgptTokens,
  ChatgptTokensLoginOptions,
  TokenRefreshHandler,
} from "./src/client/account/login_key.ts";
export type {
  AccountOptions,
  RateLimitsOptions,
  UsageOptions,
} from "./src/client/account/account.ts";
export type { ClientOptions } from "./src/client/client_options.ts";
export { Thread } from "./src/client/threads/thread.ts";
export type { ThreadSettings } from "./src/client/threads/thread_state.ts";
export type {
  ThreadForkOptions,
  ThreadOpenOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
} from "./src/client/threads/thread_open.ts";
export type { ThreadListOptions } from "./src/client/threads/thread_store.ts";
export type {
  ThreadItemsOptions,
  ThreadReadOptions,
  ThreadTurnsOptions,
} from "./src/client/threads/thread_history.ts";
export type { CompactOptions } from "./src/client/threads/thread_compact.ts";
export type { CallOptions } from "./src/client/call_options.ts";
export { Goal } from "./src/client/goals/goal.ts";
export type { GoalSetOptions } from "./src/client/goals/goal.ts";
export type { GoalOptions } from "./src/client/goals/goal_start.ts";
export { TurnHandle } from "./src/client/turns/turn_handle.ts";
export type {
  InterruptOptions,
  SteerOptions,
  TextStreamOptions,
  TurnStreamOptions,
  TurnWaitOptions,
} from "./src/client/turns/turn_handle.ts";
export type { TurnOptions } from "./src/client/turns/turn_start.ts";
export type { TurnLimits } from "./src/client/turns/turn_limits.ts";
export type { WhenBusy } from "./src/client/turns/turn_place.ts";
export type { ReviewOptions, ReviewTarget } from "./src/client/turns/review.ts";
export type { MediaBytes } from "./src/client/input/media_data.ts";
export type { TurnResult } from "./src/client/turns/turn_result.ts";
export type { WireOptions } from "./src/client/wire_options.ts";
export type { ModelsOptions } from "./src/client/models.ts";
export { EventStream } from "./src/client/events/event_stream.ts";
export { TextStream } from "./src/client/turns/text_stream.ts";
export type {
  NotificationListener,
  NotificationStreamOptions,
} from "./src/client/events/listeners.ts";
export { ApprovalMode, Sandbox } from "./src/client/presets.ts";
export {
  audio,
  image,
  localAudio,
  localImage,
  mention,
  skill,
  text,
} from "./src/client/input/input.ts";
export type { AudioOptions, ImageOptions } from "./src/client/input/input.ts";
export type {
  AudioBlobInput,
  AudioInput,
  ImageBlobInput,
  ImageInput,
  InputItem,
  LocalAudioInput,
  LocalImageInput,
  MentionInput,
  SkillInput,
  TextInput,
  TurnInput,
} from "./src/client/input/input_items.ts";

export type { RequestOptions } from "./src/protocol/connection.ts";
export type { ServerMetadata } from "./src/protocol/metadata.ts";
export type {
  ItemInterruptedEvent,
  ServerNotification,
  UnknownMethod,
  UnknownNotification,
} from "./src/protocol/notification.ts";
export type {
  ServerRequestContext,
  ServerRequestHandler,
  ServerRequestHandlers,
} from "./src/protocol/request_handlers.ts";
export { PROTOCOL_VERSION } from "./src/generated/version.ts";
export { isRetryableError, retryOnOverload } from "./src/rpc/retry.ts";
export type { RetryOptions } from "./src/rpc/retry.ts";

export { transportFromStreams } from "./src/transport/from_streams.ts";
export type { ByteStreams, StreamTransportOptions } from "./src/transport/from_streams.ts";
export { memoryTransportPair } from "./src/transport/memory_pair.ts";
export type { MemoryTransportOptions } from "./src/transport/memory_pair.ts";
export { tapTransport } from "./src/transport/tap.ts";
export type { TransportTap } from "./src/transport/tap.ts";
export type {
  CloseBase,
  Connect,
  ConnectOptions,
  ProcessClose,
  SocketClose,
  StreamClose,
  Transport,
  TransportClose,
  TransportCloseOptions,
} from "./src/transport/transport.ts";
export type { ConfigOverrides, ConfigValue } from "./src/process/config_overrides.ts";
export type {
  McpHttpServer,
  McpProcessServer,
  McpServerBase,
  McpServers,
} from "./src/process/mcp_servers.ts";
export type { StdioOptions } from "./src/process/stdio.ts";
export type { Diagnostic, OnDiagnostic } from "./src/util/diagnostics.ts";

export { CodexError, isCodexError } from "./src/errors/codex_error.ts";
export type { CodexErrorOptions } from "./src/errors/codex_error.ts";
export {
  ExperimentalApiRequiredError,
  InternalRpcError,
  InvalidParamsError,
  InvalidRequestError,
  JsonRpcError,
  MethodNotFoundError,
  MethodNotSupportedError,
  ParseError,
  RetryLimitExceededError,
  ServerBusyError,
} from "./src/errors/json_rpc_errors.ts";
export type { JsonRpcErrorOptions } from "./src/errors/json_rpc_errors.ts";
export {
  NoActiveTurnError,
  TurnMismatchError,
  TurnNotSteerableError,
} from "./src/errors/steering_errors.ts";
export {
  CwdNotFoundError,
  PermissionError,
  RuntimeNotFoundError,
  SpawnError,
  StartupTimeoutError,
} from "./src/errors/start_errors.ts";
export type { RuntimeNotFoundOptions, RuntimeSearchPlace } from "./src/errors/start_errors.ts";
export {
  GoalNotSupportedError,
  GoalsDisabledError,
  GoalStalledError,
  NoGoalError,
} from "./src/errors/goal_errors.ts";
export {
  ThreadArchivedError,
  ThreadBusyError,
  ThreadClosedError,
  ThreadNotFoundError,
  ThreadNotMaterializedError,
} from "./src/errors/thread_errors.ts";
export {
  MessageTooLargeError,
  RequestTimeoutError,
  SendQueueFullError,
  TransportClosedError,
} from "./src/errors/transport_errors.ts";
export {
  InvalidStateError,
  ServerOverloadedError,
  StreamOverflowError,
  TurnActiveError,
  TurnFailedError,
  TurnIdleTimeoutError,
  TurnLostError,
  TurnTimeoutError,
} from "./src/errors/turn_errors.ts";
export { InputFetchError } from "./src/errors/input_errors.ts";
export type { TurnFailure } from "./src/errors/turn_errors.ts";
