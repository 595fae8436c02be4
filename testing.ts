/**
 * Test kit for programs that use the SDK: the real `codex app-server` with a scripted model, or a scripted fake server;
 * without a key or network.
 *
 * Start with {@linkcode ScriptedModel}: it starts a {@linkcode ModelServer}, creates a {@linkcode TemporaryCodexHome}
 * that points to it, and provides the options for the client. Script the model's answers with `message()`,
 * `deltas()`,
 * `shellCommand()` and the other steps, pause it anywhere with a `gate()`, and inspect its requests. {@linkcode
 * FakeAppServer} replaces the server where a test needs behaviour that the real one does not show on demand: a crash,
 * an unusual order of messages, a request with an unusual id.
 *
 * @example A turn against a scripted model
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * await using scripted = await ScriptedModel.start();
 * scripted.model.enqueue(message("hello"));
 *
 * await using codex = await Codex.start(scripted.options);
 * const thread = await codex.threadStart();
 * const result = await thread.run("Say hello");
 * console.log(result.finalResponse === "hello"); // true
 * ```
 *
 * @module
 */
export { gate } from "./src/testing/gate.ts";
export type { Gate } from "./src/testing/gate.ts";
export {
  deltas,
  disconnect,
  failed,
  failure,
  functionCall,
  message,
  rawEvent,
  reasoning,
  shellCommand,
  usage,
} from "./src/testing/response_steps.ts";
export type {
  DisconnectStep,
  FailedOptions,
  FailedStep,
  FailureOptions,
  FailureStep,
  FunctionCallOptions,
  FunctionCallStep,
  MessageOptions,
  MessageStep,
  RawEventStep,
  ReasoningStep,
  ResponseStep,
  ShellCommandOptions,
  UsageOptions,
  UsageStep,
} from "./src/testing/response_steps.ts";
export { ModelServer } from "./src/testing/model_server.ts";
export type { ModelServerOptions, RequestMatch, Respond } from "./src/testing/model_server.ts";
export type {
  JsonRecord,
  RecordedRequest,
  RecordedRequestInit,
} from "./src/testing/recorded_request.ts";
export { recordTransport } from "./src/testing/recordings/record_transport.ts";
export type { RecordTransportOptions } from "./src/testing/recordings/record_transport.ts";
export { replayTransport } from "./src/testing/recordings/replay_transport.ts";
export type { ReplayTransportOptions } from "./src/testing/recordings/replay_transport.ts";
export { viewRecording } from "./src/testing/recordings/view_recording.ts";
export type { ViewRecordingOptions } from "./src/testing/recordings/view_recording.ts";
export { RecordingError, ReplayMismatchError } from "./src/testing/recordings/recording_errors.ts";
export type {
  ModelRecordingOptions,
  ModelReplayOptions,
} from "./src/testing/recordings/model_recording_options.ts";
export type { ModelUpstream } from "./src/testing/recordings/model_upstream.ts";
export { TemporaryCodexHome } from "./src/testing/codex_home.ts";
export type { TemporaryCodexHomeOptions } from "./src/testing/codex_home.ts";
export { ScriptedModel } from "./src/testing/scripted_model.ts";
export type {
  ScriptedModelClientOptions,
  ScriptedModelOptions,
} from "./src/testing/scripted_model.ts";
export { LoginIssuer } from "./src/testing/login_issuer.ts";
export type {
  IssuedTokens,
  LoginIssuerOptions,
  TokenSubject,
  VisitedPage,
} from "./src/testing/login_issuer.ts";
export { FakeAppServer } from "./src/testing/fake_app_server.ts";
export type {
  DeferredRequest,
  FakeAppServerOptions,
  FakeExit,
  FakeHandler,
  FakeHangOptions,
  FakeRequestOptions,
} from "./src/testing/fake_app_server.ts";
export { notification } from "./src/testing/fake_messages.ts";
export type {
  FakeError,
  FakeMessage,
  FakeReply,
  FakeRequest,
  FakeRequestId,
} from "./src/testing/fake_messages.ts";
export {
  agentMessage,
  fakeThread,
  fakeThreadStart,
  fakeTurn,
  turnEvents,
} from "./src/testing/fake_payloads.ts";
export type { AgentMessageItem, TurnEventsOptions } from "./src/testing/fake_payloads.ts";
export type { WaitOptions } from "./src/testing/arrivals.ts";
