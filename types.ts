/**
 * The types that the methods name and the root does not export: options of single methods, base types of requests and
 * views, members of unions. Programs that pass literals never import them.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import type { CompactOptions } from "@codex-app-server/sdk/types";
 *
 * async function compact(thread: Thread, options: CompactOptions): Promise<void> {
 *   await thread.compact({ timeoutMs: 60_000, ...options });
 * }
 * ```
 *
 * @module
 */
export type { LoginHandle, LoginWaitOptions } from "./src/client/account/login_handle.ts";
export type {
  ChatgptLoginOptions,
  ChatgptTokensLoginOptions,
  TokenRefreshHandler,
} from "./src/client/account/login.ts";
export type {
  AccountOptions,
  RateLimitsOptions,
  UsageOptions,
} from "./src/client/account/account.ts";
export type { RateLimitsWatch } from "./src/client/account/rate_limits_watch.ts";
export type { ClientOptions } from "./src/client/client_options.ts";
export type { ThreadOpenOptions } from "./src/client/threads/thread_options.ts";
export type {
  ThreadItemsOptions,
  ThreadReadOptions,
  ThreadTurnsOptions,
} from "./src/client/threads/thread_history.ts";
export type { ThreadChanges } from "./src/client/threads/thread_set.ts";
export type { BackgroundTerminal } from "./src/client/threads/background_terminals.ts";
export type { TurnChanges } from "./src/client/turns/turn_set.ts";
export type { CompactOptions } from "./src/client/threads/thread_compact.ts";
export type { GoalSetOptions } from "./src/client/goals/goal.ts";
export type {
  InterruptOptions,
  SteerOptions,
  TextStreamOptions,
  TurnStreamOptions,
  TurnWaitOptions,
} from "./src/client/turns/turn_handle_options.ts";
export type { TurnLimits } from "./src/client/turns/turn_limits.ts";
export type { WorkLimits } from "./src/client/turns/work_limits.ts";
export type { MediaBytes } from "./src/client/input/media.ts";
export type {
  ConfigPlaceOptions,
  ConfigReadOptions,
  ConfigWriteOptions,
  ServerConfig,
} from "./src/client/config.ts";
export type { FileSearchOptions } from "./src/client/search/file_search.ts";
export type { Search } from "./src/client/search/search.ts";
export type { ModelsOptions } from "./src/client/models.ts";
export type { Skills, SkillsOptions } from "./src/client/skills.ts";
export type { Mcp, McpListOptions, McpResource, McpToolCall } from "./src/client/mcp/mcp.ts";
export type { McpLoginHandle, McpLoginOptions } from "./src/client/mcp/mcp_login.ts";
export type { SubAgentStream } from "./src/client/sub_agents.ts";
export type { WorkspaceSandbox } from "./src/client/presets.ts";
export type { ExternalMessage, RunInput } from "./src/client/input/input.ts";
export type { ReviewFinding, ReviewOutput } from "./src/client/turns/review_output.ts";
export type { TurnItemsOptions } from "./src/client/items/turn_items.ts";
export type {
  CommandViewExtras,
  FileChangeViewExtras,
  ItemState,
  ItemViewBase,
  ItemViewExtras,
  TextViewExtras,
  ToolCallViewExtras,
} from "./src/client/items/item_view.ts";
export type { NotificationStreamOptions } from "./src/client/events/event_streams.ts";
export type { NotificationListener } from "./src/client/events/listeners.ts";
export type {
  ClientRequestHandlerOptions,
  UserRequestHandler,
} from "./src/client/requests/handler_options.ts";
export type { RequestStreamOptions } from "./src/client/requests/request_inbox.ts";
export type {
  ApplyPatchApproval,
  ExecCommandApproval,
} from "./src/client/requests/legacy_approvals.ts";
export type {
  ApprovalBase,
  UserRequestBase,
  UserRequestJson,
} from "./src/client/requests/user_request.ts";
export type { UserRequestMethod, UserRequestOf } from "./src/client/requests/request_kinds.ts";
export type { Bytes } from "./src/util/bytes.ts";
export type { PrintableOptions } from "./src/util/printable.ts";
export type { TerminalSize } from "./src/client/exec/exec_options.ts";
export type { FsRemoveOptions, FsTreeOptions } from "./src/client/fs/file_system.ts";
export type { ToolQuestionOptions } from "./src/client/tools/tool_question.ts";
export type { ToolNamespaceDefinition } from "./src/client/tools/tool.ts";
export type {
  AudioBlobInput,
  AudioInput,
  AudioOptions,
  ImageBlobInput,
  ImageOptions,
  LocalAudioInput,
} from "./src/client/input/input.ts";
export type { RepairOptions } from "./src/client/output/output_options.ts";
export type {
  GapEvent,
  ItemInterruptedEvent,
  ItemProgressEvent,
  UnknownMethod,
  UnknownNotification,
} from "./src/protocol/notification.ts";
export type { RequestState } from "./src/client/requests/server_request.ts";
export type {
  ServerRequestContext,
  ServerRequestHandlers,
} from "./src/client/requests/handler_scope.ts";
export type { ConfigValue } from "./src/config/config_overrides.ts";
export type { McpHttpServer, McpProcessServer, McpServerBase } from "./src/config/mcp_servers.ts";
export type { StdioOptions } from "./src/process/stdio_options.ts";
export type { ExtraParams, SdkField } from "./src/client/option_names.ts";
