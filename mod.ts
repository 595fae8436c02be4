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
export type {
  Span,
  SpanAttributes,
  SpanOptions,
  Tracer,
  Tracing,
} from "./src/client/tracing/tracing.ts";
export type { TraceContext, TraceHook } from "./src/client/tracing/trace_context.ts";
export type { RequestOptions, TracedRequest } from "./src/protocol/connection.ts";
export { Thread } from "./src/client/threads/thread.ts";
export type { ThreadSettings } from "./src/client/threads/thread_state.ts";
export type {
  ThreadForkOptions,
  ThreadOpenOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
} from "./src/client/threads/thread_open.ts";
export type { ThreadListOptions } from "./src/client/threads/thread_store.ts";
export type { ThreadSearchOptions } from "./src/client/threads/thread_search.ts";
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
} from "./src/client/turns/turn_handle_options.ts";
export type { TurnOptions } from "./src/client/turns/turn_start.ts";
export type { TurnLimits } from "./src/client/turns/turn_limits.ts";
export type { WhenBusy } from "./src/client/turns/turn_place.ts";
export type { ReviewOptions, ReviewTarget } from "./src/client/turns/review.ts";
export type { MediaBytes } from "./src/client/input/media_data.ts";
export type { TurnResult } from "./src/client/turns/turn_result.ts";
export type { WireOptions } from "./src/client/wire_options.ts";
export type { ModelsOptions } from "./src/client/models.ts";
export { EventStream } from "./src/client/events/event_stream.ts";
export { LiveStream } from "./src/client/events/live_stream.ts";
export { SubAgent } from "./src/client/agents/sub_agent.ts";
export type { SubAgentStream } from "./src/client/agents/sub_agents.ts";
export type { TurnItemsOptions, TurnPlan } from "./src/client/items/turn_items.ts";
export type {
  CommandViewExtras,
  FileChangeViewExtras,
  ItemOf,
  ItemState,
  ItemType,
  ItemView,
  ItemViewBase,
  ItemViewExtras,
  McpCallViewExtras,
  TextViewExtras,
} from "./src/client/items/item_view.ts";
export { TextStream } from "./src/client/turns/text_stream.ts";
export type {
  NotificationListener,
  NotificationStreamOptions,
} from "./src/client/events/listeners.ts";
export { ApprovalMode, Sandbox } from "./src/client/presets.ts";
export {
  approveAll,
  approveReadOnly,
  declineAll,
  firstOf,
} from "./src/client/requests/policies.ts";
export type { ApprovalPolicy } from "./src/client/requests/policies.ts";
export type {
  ClientRequestHandlerOptions,
  RequestHandlerOptions,
  UserRequestHandler,
} from "./src/client/requests/request_options.ts";
export { RequestStream } from "./src/client/requests/request_stream.ts";
export type { RequestStreamOptions } from "./src/client/requests/request_inbox.ts";
export { CommandApproval } from "./src/client/requests/command_approval.ts";
export { FileChangeApproval } from "./src/client/requests/file_change_approval.ts";
export { PermissionsApproval } from "./src/client/requests/permissions_approval.ts";
export { McpToolApproval } from "./src/client/requests/mcp_tool_approval.ts";
export { UserInputRequest } from "./src/client/requests/user_input_request.ts";
export type { UserInputAnswer } from "./src/client/requests/user_input_request.ts";
export { ElicitationRequest } from "./src/client/requests/elicitation_request.ts";
export type { ElicitationAnswer } from "./src/client/requests/elicitation_request.ts";
export { ApplyPatchApproval, ExecCommandApproval } from "./src/client/requests/legacy_approvals.ts";
export { ApprovalBase } from "./src/client/requests/approval.ts";
export type { ApprovalDecision } from "./src/client/requests/approval.ts";
export { UserRequestBase } from "./src/client/requests/user_request_base.ts";
export type {
  UserRequestJson,
  UserRequestMethod,
} from "./src/client/requests/user_request_base.ts";
export { isApproval } from "./src/client/requests/user_request.ts";
export type {
  ApprovalRequest,
  UserRequest,
  UserRequestKind,
  UserRequestOf,
} from "./src/client/requests/user_request.ts";
export type { Bytes } from "./src/util/bytes.ts";
export { ExecProcess } from "./src/client/exec/exec_process.ts";
export type { ExecOptions } from "./src/client/exec/exec_options.ts";
export type { ExecOutput } from "./src/client/exec/exec_output.ts";
export type { ExecStatus } from "./src/client/exec/exec_status.ts";
export type { TerminalSize } from "./src/client/exec/terminal_size.ts";
export { FileSystem } from "./src/client/fs/file_system.ts";
export type { FsRemoveOptions, FsTreeOptions } from "./src/client/fs/file_system.ts";
export { FsWatch } from "./src/client/fs/fs_watch.ts";
export type { FsChange } from "./src/client/fs/fs_watch.ts";
export { tool } from "./src/client/tools/tool.ts";
export type { ThreadTool, Tool, ToolContext, ToolDefinition } from "./src/client/tools/tool.ts";
export { toolNamespace } from "./src/client/tools/tool_namespace.ts";
export type { ToolNamespace, ToolNamespaceDefinition } from "./src/client/tools/tool_namespace.ts";
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

export { TypedTurnHandle } from "./src/client/output/typed_turn_handle.ts";
export type {
  OutputOptions,
  OutputResult,
  OutputRunOptions,
  RepairOptions,
} from "./src/client/output/output_options.ts";
export { strictSchema } from "./src/schema/strict_schema.ts";
export type { InferInput, InferOutput, Schema, SchemaPair } from "./src/schema/schema.ts";
export type { JsonSchema, JsonSchemaMap, JsonSchemaNode } from "./src/schema/json_schema.ts";
export type {
  StandardJsonConverter,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaProps,
  StandardSchemaResult,
  StandardSchemaWithJson,
} from "./src/schema/standard_schema.ts";

export type { ServerMetadata } from "./src/protocol/metadata.ts";
export type {
  ItemInterruptedEvent,
  ServerNotification,
  UnknownMethod,
  UnknownNotification,
} from "./src/protocol/notification.ts";
export type { RequestState } from "./src/protocol/asked_request.ts";
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
export type { ConfigOverrides, ConfigValue } from "./src/config/config_overrides.ts";
export type {
  McpHttpServer,
  McpProcessServer,
  McpServerBase,
  McpServers,
} from "./src/config/mcp_servers.ts";
export type { StdioOptions } from "./src/process/stdio.ts";
export type { Diagnostic, OnDiagnostic } from "./src/util/diagnostics.ts";

export { CodexError, InvalidStateError, isCodexError } from "./src/errors/codex_error.ts";
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
  InputFetchError,
  NoActiveTurnError,
  ServerOverloadedError,
  StreamOverflowError,
  TurnActiveError,
  TurnFailedError,
  TurnIdleTimeoutError,
  TurnLostError,
  TurnMismatchError,
  TurnNotSteerableError,
  TurnTimeoutError,
} from "./src/errors/turn_errors.ts";
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
  DecisionNotOfferedError,
  RequestSettledError,
  ToolsNotSupportedError,
  ToolTimeoutError,
} from "./src/errors/request_errors.ts";
export { ExecOutputOverflowError, ExecStartError } from "./src/errors/exec_errors.ts";
export { FsError } from "./src/errors/fs_errors.ts";
export type { FsErrorOptions, FsErrorReason } from "./src/errors/fs_errors.ts";
export {
  InvalidSchemaError,
  SchemaNotStrictError,
  StructuredOutputError,
} from "./src/errors/schema_errors.ts";
export type { OutputFailure, SchemaIssue } from "./src/errors/schema_errors.ts";
export type { TurnFailure } from "./src/errors/turn_errors.ts";
