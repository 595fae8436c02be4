/**
 * Drives the `codex app-server` from Deno, Bun and Node: threads, turns, streaming, approvals and tools over JSON-RPC.
 *
 * @example
 * ```ts
 * import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart({ sandbox: Sandbox.workspace });
 *   const turn = await thread.turn("Say hello in one sentence.");
 *   for await (const piece of turn.textStream()) console.log(printable(piece));
 * }
 * ```
 *
 * @module
 */
export { Codex } from "./src/codex.ts";
export type { CodexOptions } from "./src/codex_options.ts";
export type {
  ChatgptLoginHandle,
  DeviceCodeLoginHandle,
} from "./src/client/account/login_handle.ts";
export type { ChatgptTokens } from "./src/client/account/login.ts";
export type { RequestOptions } from "./src/protocol/connection.ts";
export type { Thread } from "./src/client/threads/thread.ts";
export type { ThreadSettings } from "./src/client/threads/thread_state.ts";
export type {
  ThreadForkOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
} from "./src/client/threads/thread_options.ts";
export type { ThreadListOptions } from "./src/client/threads/thread_store.ts";
export type { ThreadSearchOptions } from "./src/client/threads/thread_search.ts";
export type { CallOptions } from "./src/client/call_options.ts";
export type { Goal } from "./src/client/goals/goal.ts";
export type { GoalOptions } from "./src/client/goals/goal_start.ts";
export type { TurnHandle } from "./src/client/turns/turn_handle.ts";
export type { ReasoningEffort, TurnOptions } from "./src/client/turns/turn_options.ts";
export type { WhenBusy } from "./src/client/turns/turn_place.ts";
export type { ReviewOptions, ReviewTarget } from "./src/client/turns/review.ts";
export type { TurnResult, TurnUsage } from "./src/client/turns/turn_result.ts";
export type { EventStream, LiveStream } from "./src/client/events/live_stream.ts";
export type { SubAgent } from "./src/client/agents/sub_agent.ts";
export type { TurnPlan } from "./src/client/items/turn_items.ts";
export type { ItemOf, ItemType, ItemView } from "./src/client/items/item_view.ts";
export type { TextStream } from "./src/client/turns/text_stream.ts";
export { ApprovalMode, Sandbox } from "./src/client/presets.ts";
export {
  approveAll,
  approveReadOnly,
  declineAll,
  firstOf,
} from "./src/client/requests/policies.ts";
export type { ApprovalPolicy } from "./src/client/requests/policies.ts";
export type { RequestHandlerOptions } from "./src/client/requests/handler_options.ts";
export type { RequestStream } from "./src/client/requests/request_inbox.ts";
export type {
  CommandApproval,
  FileChangeApproval,
  PermissionsApproval,
} from "./src/client/requests/approvals.ts";
export type {
  UserInputAnswer,
  UserInputRequest,
} from "./src/client/requests/user_input_request.ts";
export type {
  ElicitationAnswer,
  ElicitationRequest,
  McpToolApproval,
} from "./src/client/requests/mcp_requests.ts";
export type { ApprovalDecision } from "./src/client/requests/user_request.ts";
export type { ServerRequestHandler } from "./src/client/requests/handler_scope.ts";
export { isApproval } from "./src/client/requests/request_kinds.ts";
export type {
  ApprovalRequest,
  UserRequest,
  UserRequestKind,
} from "./src/client/requests/request_kinds.ts";
export type { ExecProcess } from "./src/client/exec/exec_process.ts";
export type { ExecOptions } from "./src/client/exec/exec_options.ts";
export type { ExecOutput, ExecStatus } from "./src/client/exec/exec_output.ts";
export type { FileSystem } from "./src/client/fs/file_system.ts";
export type { FsChange, FsWatch } from "./src/client/fs/fs_watch.ts";
export { tool } from "./src/client/tools/tool.ts";
export type { ThreadTool, Tool, ToolContext, ToolDefinition } from "./src/client/tools/tool.ts";
export { toolNamespace } from "./src/client/tools/tool.ts";
export type { ToolNamespace } from "./src/client/tools/tool.ts";
export {
  audio,
  externalMessage,
  image,
  localAudio,
  localImage,
  mention,
  skill,
  text,
} from "./src/client/input/input.ts";
export type {
  ImageInput,
  InputItem,
  LocalImageInput,
  MentionInput,
  SkillInput,
  TextInput,
  TurnInput,
} from "./src/client/input/input.ts";
export type { TypedTurnHandle } from "./src/client/output/typed_turn_handle.ts";
export type {
  OutputOptions,
  OutputResult,
  OutputRunOptions,
} from "./src/client/output/output_options.ts";
export type { ServerMetadata } from "./src/protocol/metadata.ts";
export type { ServerNotification } from "./src/protocol/notification.ts";
export { isRetryableError, retryOnOverload } from "./src/rpc/retry.ts";
export type { RetryOptions } from "./src/rpc/retry.ts";
export type { Connect } from "./src/transport/transport.ts";
export type { ConfigOverrides } from "./src/config/config_overrides.ts";
export type { McpServers } from "./src/config/mcp_servers.ts";
export type { Diagnostic, OnDiagnostic } from "./src/util/diagnostics.ts";
export { printable } from "./src/util/printable.ts";
export { CodexError, isCodexError } from "./src/errors/codex_error.ts";
export { JsonRpcError, ServerBusyError } from "./src/errors/json_rpc_errors.ts";
export {
  NotLoggedInError,
  TurnActiveError,
  TurnFailedError,
  TurnTimeoutError,
} from "./src/errors/turn_errors.ts";
export { RuntimeNotFoundError, StartupTimeoutError } from "./src/errors/start_errors.ts";
export { ThreadBusyError, ThreadNotFoundError } from "./src/errors/thread_errors.ts";
export { RequestTimeoutError, TransportClosedError } from "./src/errors/transport_errors.ts";
export { StructuredOutputError } from "./src/errors/schema_errors.ts";
export type {
  ThreadItem,
  ThreadTokenUsage,
  TokenUsageBreakdown,
  Turn,
  TurnError,
  TurnStatus,
} from "./src/generated/types.ts";
