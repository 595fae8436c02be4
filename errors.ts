/**
 * Every error class of the SDK; the root exports the dozen that programs catch most. All of them are a
 * {@linkcode CodexError}, whose `code` is stable: catch by class or by `code`.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { TurnIdleTimeoutError } from "@codex-app-server/sdk/errors";
 *
 * async function ask(thread: Thread, question: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(question, { idleTimeoutMs: 60_000 })).finalResponse;
 *   } catch (error) {
 *     if (error instanceof TurnIdleTimeoutError) return null;
 *     throw error;
 *   }
 * }
 * ```
 *
 * @module
 */
export { CodexError, InvalidStateError, isCodexError } from "./src/errors/codex_error.ts";
export type { CodexErrorOptions } from "./src/errors/codex_error.ts";
export { ConnectionRefusedError, ConnectionTimeoutError } from "./src/errors/connection_errors.ts";
export type {
  ConnectionRefusal,
  ConnectionRefusedOptions,
} from "./src/errors/connection_errors.ts";
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
export { OutcomeUnknownError, ReconnectError } from "./src/errors/outcome_errors.ts";
export { PathNotFoundError } from "./src/errors/path_errors.ts";
export { RemoteError } from "./src/errors/remote_errors.ts";
export type { RemoteErrorOptions, RemoteFailure } from "./src/errors/remote_errors.ts";
export {
  NoActiveTurnError,
  TurnMismatchError,
  TurnNotSteerableError,
} from "./src/errors/steer_errors.ts";
export {
  InputFetchError,
  NotLoggedInError,
  ServerOverloadedError,
  StreamOverflowError,
  TurnActiveError,
  TurnFailedError,
  TurnIdleTimeoutError,
  TurnLostError,
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
  SettingsNotAppliedError,
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
export { ConfigWriteError } from "./src/errors/config_errors.ts";
export type { ConfigWriteErrorOptions, ConfigWriteReason } from "./src/errors/config_errors.ts";
export { FsError } from "./src/errors/fs_errors.ts";
export type { FsErrorOptions, FsErrorReason } from "./src/errors/fs_errors.ts";
export {
  InvalidSchemaError,
  SchemaNotStrictError,
  StructuredOutputError,
} from "./src/errors/schema_errors.ts";
export type { OutputFailure, SchemaIssue } from "./src/errors/schema_errors.ts";
export { TurnLimitError } from "./src/errors/turn_limit_error.ts";
export type { TurnLimit, TurnLimitDetails } from "./src/errors/turn_limit_error.ts";
export type { RetriedError, TurnFailure, TurnTimeoutDetails } from "./src/errors/turn_errors.ts";
export { isRetryableError } from "./src/rpc/retry.ts";
