import * as sdk from "../../errors.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStrictEquals,
} from "../_support/assert.ts";
import type { TransportClose } from "../../transport.ts";
import { test } from "../_support/test.ts";

const CAUSE = new Error("below");
const RPC = { method: "m", rpcCode: -32600, data: { a: 1 } } as const;
const CLOSE: TransportClose = {
  kind: "process",
  local: false,
  code: 7,
  signal: null,
  stderrTail: "last words\n",
  cause: CAUSE,
};
const FAILURE: sdk.TurnFailure<null> = {
  turnId: "turn",
  threadId: "thread",
  status: "failed",
  message: "The model failed",
  codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: 502 } },
  additionalDetails: null,
  result: null,
};
const ISSUES = [{ path: ["a", 0], message: "must be a string" }] as const;

/** Every error class with its code: the codes never change within a major version. */
const LOCAL: readonly (readonly [string, string, sdk.CodexError])[] = [
  ["CodexError", "any", new sdk.CodexError("Cannot do it", { code: "any" })],
  ["CwdNotFoundError", "cwd_not_found", new sdk.CwdNotFoundError("/nowhere", { cause: CAUSE })],
  ["GoalStalledError", "goal_stalled", new sdk.GoalStalledError("thread", "active")],
  [
    "SettingsNotAppliedError",
    "settings_not_applied",
    new sdk.SettingsNotAppliedError("thread", ["config"]),
  ],
  ["InputFetchError", "input_fetch_failed", new sdk.InputFetchError("http://x/y.png", CAUSE)],
  ["InvalidSchemaError", "invalid_schema", new sdk.InvalidSchemaError("output", ISSUES)],
  ["InvalidStateError", "invalid_state", new sdk.InvalidStateError("Cannot do it: not now")],
  ["ExecOutputOverflowError", "exec_output_overflow", new sdk.ExecOutputOverflowError("stdout", 5)],
  [
    "ConnectionRefusedError",
    "connection_refused",
    new sdk.ConnectionRefusedError("ws://x", { reason: "refused", cause: CAUSE }),
  ],
  ["ConnectionTimeoutError", "connection_timeout", new sdk.ConnectionTimeoutError("ws://x", 5)],
  ["MessageTooLargeError", "message_too_large", new sdk.MessageTooLargeError(5)],
  ["NotLoggedInError", "not_logged_in", new sdk.NotLoggedInError()],
  ["OutcomeUnknownError", "outcome_unknown", new sdk.OutcomeUnknownError("turn/start")],
  ["PathNotFoundError", "path_not_found", new sdk.PathNotFoundError("cwd", "/x")],
  [
    "PermissionError",
    "permission_missing",
    new sdk.PermissionError("read", "--allow-read", { cause: CAUSE }),
  ],
  [
    "DecisionNotOfferedError",
    "decision_not_offered",
    new sdk.DecisionNotOfferedError("m", "accept", ["cancel"]),
  ],
  [
    "ReconnectError",
    "reconnect_failed",
    new sdk.ReconnectError("enough", { attempts: 2, downMs: 5, cause: CAUSE }),
  ],
  [
    "RemoteError",
    "remote_failed",
    new sdk.RemoteError("Cannot reach it", { reason: "unreachable", cause: CAUSE }),
  ],
  ["RequestSettledError", "request_settled", new sdk.RequestSettledError("m", 1, "answered")],
  ["RequestTimeoutError", "request_timeout", new sdk.RequestTimeoutError("model/list", 5)],
  [
    "RuntimeNotFoundError",
    "runtime_not_found",
    new sdk.RuntimeNotFoundError({
      platform: "linux",
      arch: "x64",
      runtime: "deno",
      tried: [{ place: "PATH", outcome: "not there" }],
    }),
  ],
  ["SchemaNotStrictError", "schema_not_strict", new sdk.SchemaNotStrictError("output", ISSUES)],
  ["SendQueueFullError", "send_queue_full", new sdk.SendQueueFullError(5)],
  ["SpawnError", "spawn_failed", new sdk.SpawnError("/bin/x", "no memory", { cause: CAUSE })],
  ["StartupTimeoutError", "startup_timeout", new sdk.StartupTimeoutError(5)],
  ["StreamOverflowError", "stream_overflow", new sdk.StreamOverflowError(5)],
  [
    "StructuredOutputError",
    "structured_output",
    new sdk.StructuredOutputError({ text: "{}", issues: ISSUES, result: null, cause: CAUSE }),
  ],
  ["ThreadClosedError", "thread_closed", new sdk.ThreadClosedError("thread", "it was closed")],
  [
    "ToolsNotSupportedError",
    "tools_not_supported",
    new sdk.ToolsNotSupportedError("too old", { cause: CAUSE }),
  ],
  ["ToolTimeoutError", "tool_timeout", new sdk.ToolTimeoutError("lookup", 5)],
  ["TransportClosedError", "transport_closed", new sdk.TransportClosedError(CLOSE)],
  ["TurnActiveError", "turn_active", new sdk.TurnActiveError("thread")],
  ["TurnIdleTimeoutError", "turn_idle_timeout", new sdk.TurnIdleTimeoutError(5)],
  [
    "TurnLimitError",
    "turn_limit",
    new sdk.TurnLimitError({ limit: "tokens", max: 5, used: 6 }),
  ],
  [
    "TurnLostError",
    "turn_lost",
    new sdk.TurnLostError("thread", "turn", { cause: CAUSE }),
  ],
  ["TurnTimeoutError", "turn_timeout", new sdk.TurnTimeoutError(5)],
];
const TURN: typeof LOCAL = [
  ["ServerOverloadedError", "server_overloaded", new sdk.ServerOverloadedError(FAILURE)],
  ["TurnFailedError", "turn_failed", new sdk.TurnFailedError(FAILURE)],
];
const REMOTE: typeof LOCAL = [
  [
    "ConfigWriteError",
    "config_write",
    new sdk.ConfigWriteError("said", { ...RPC, reason: "configValidationError" }),
  ],
  [
    "ExperimentalApiRequiredError",
    "experimental_api_required",
    new sdk.ExperimentalApiRequiredError("said", RPC),
  ],
  ["ExecStartError", "exec_start_failed", new sdk.ExecStartError("said", RPC)],
  ["FsError", "fs_failed", new sdk.FsError("said", { ...RPC, reason: "notFound", path: "/x" })],
  ["GoalNotSupportedError", "goal_not_supported", new sdk.GoalNotSupportedError("said", RPC)],
  ["GoalsDisabledError", "goals_disabled", new sdk.GoalsDisabledError("said", RPC)],
  ["InternalRpcError", "internal_error", new sdk.InternalRpcError("said", RPC)],
  ["InvalidParamsError", "invalid_params", new sdk.InvalidParamsError("said", RPC)],
  ["InvalidRequestError", "invalid_request", new sdk.InvalidRequestError("said", RPC)],
  ["JsonRpcError", "json_rpc", new sdk.JsonRpcError("said", RPC)],
  ["MethodNotFoundError", "method_not_found", new sdk.MethodNotFoundError("said", RPC)],
  ["MethodNotSupportedError", "method_not_supported", new sdk.MethodNotSupportedError("said", RPC)],
  ["NoActiveTurnError", "no_active_turn", new sdk.NoActiveTurnError("said", RPC)],
  ["NoGoalError", "no_goal", new sdk.NoGoalError("said", RPC)],
  ["ParseError", "parse_error", new sdk.ParseError("said", RPC)],
  ["RetryLimitExceededError", "retry_limit_exceeded", new sdk.RetryLimitExceededError("said", RPC)],
  ["ServerBusyError", "server_busy", new sdk.ServerBusyError("said", RPC)],
  ["ThreadArchivedError", "thread_archived", new sdk.ThreadArchivedError("said", RPC)],
  ["ThreadBusyError", "thread_busy", new sdk.ThreadBusyError("said", RPC)],
  ["ThreadNotFoundError", "thread_not_found", new sdk.ThreadNotFoundError("said", RPC)],
  [
    "ThreadNotMaterializedError",
    "thread_not_materialized",
    new sdk.ThreadNotMaterializedError("said", RPC),
  ],
  [
    "TurnMismatchError",
    "turn_mismatch",
    new sdk.TurnMismatchError("said", { ...RPC, expected: "a", actual: "b" }),
  ],
  [
    "TurnNotSteerableError",
    "turn_not_steerable",
    new sdk.TurnNotSteerableError("said", { ...RPC, turnKind: "review" }),
  ],
];
const ALL = [...LOCAL, ...TURN, ...REMOTE];

test("CodexError has a pinned name and code in each of its classes", () => {
  for (const [name, code, error] of ALL) {
    assertEquals([error.name, error.constructor.name, error.code], [name, name, code]);
    assertInstanceOf(error, sdk.CodexError);
    assertInstanceOf(error, Error);
    assert(sdk.isCodexError(error));
    assert(error.stack?.includes(name), `${name} shows its name`);
    assertMatch(String(error), new RegExp(`^${name}: `));
  }
  const codes = ALL.map(([, code]) => code);
  assertEquals(codes.length, new Set(codes).size);
});

test("CodexError classes that mod.ts exports are all in the table", () => {
  const exported = Object.entries(sdk).filter(([, value]) =>
    typeof value === "function" &&
    (value === sdk.CodexError || value.prototype instanceof sdk.CodexError)
  ).map(([name]) => name);
  assertEquals(exported.sort(), ALL.map(([name]) => name).sort());
});

test("CodexError messages of the client say what it cannot do; those of the server are unchanged", () => {
  for (const [, , error] of LOCAL) assertMatch(error.message, /^Cannot [^]*[^.\s]$/);
  for (const [, , error] of TURN) assertEquals(error.message, FAILURE.message);
  for (const [, , error] of REMOTE) assertEquals(error.message, "said");
});

test("CodexError keeps its cause, and has none by default", () => {
  const withCause = [
    sdk.ConnectionRefusedError,
    sdk.CwdNotFoundError,
    sdk.InputFetchError,
    sdk.PermissionError,
    sdk.ReconnectError,
    sdk.RemoteError,
    sdk.SpawnError,
    sdk.StructuredOutputError,
    sdk.ToolsNotSupportedError,
    sdk.TransportClosedError,
    sdk.TurnLostError,
  ];
  for (const [, , error] of ALL) {
    const expected = withCause.some((type) => error instanceof type) ? CAUSE : undefined;
    assertStrictEquals(error.cause, expected);
    assertEquals(Object.hasOwn(error, "cause"), expected !== undefined);
  }
  const bare = new sdk.TransportClosedError({ kind: "stream", local: false });
  assert(!Object.hasOwn(bare, "cause"));
});

test("JsonRpcError has method, code and data in each of its classes", () => {
  for (const [name, , error] of REMOTE) {
    assertInstanceOf(error, sdk.JsonRpcError);
    assertEquals([error.method, error.rpcCode, error.data], ["m", -32600, { a: 1 }], name);
  }
  for (const [, , error] of [...LOCAL, ...TURN]) assert(!(error instanceof sdk.JsonRpcError));
});

test("MethodNotSupportedError and RetryLimitExceededError extend the classes that callers catch", () => {
  assertInstanceOf(new sdk.MethodNotSupportedError("said", RPC), sdk.MethodNotFoundError);
  assertInstanceOf(new sdk.RetryLimitExceededError("said", RPC), sdk.ServerBusyError);
  assertInstanceOf(new sdk.ServerOverloadedError(FAILURE), sdk.TurnFailedError);
});

test("TurnFailedError reads the HTTP status from any classification [R-21]", () => {
  const statusOf = (codexErrorInfo: unknown): number | null =>
    new sdk.TurnFailedError({ ...FAILURE, codexErrorInfo }).httpStatusCode;
  assertEquals(statusOf(FAILURE.codexErrorInfo), 502);
  const without = ["other", null, undefined, {}, { a: null }, { a: "x" }, 5, {
    a: { httpStatusCode: null },
  }];
  for (const info of without) assertEquals(statusOf(info), null);
});

test("isCodexError recognises the errors of a second copy of the package", () => {
  class CodexError extends Error {
    readonly code: string = "turn_active";
    constructor() {
      super("Cannot start a turn");
      Object.defineProperty(this, Symbol.for("codex-app-server.error"), { value: true });
    }
  }
  const foreign: unknown = new CodexError();
  assert(!(foreign instanceof sdk.CodexError));
  assert(sdk.isCodexError(foreign));
  const others = [null, undefined, 5, "text", {}, () => {}, new Error("x"), {
    code: "turn_active",
  }];
  for (const other of others) assert(!sdk.isCodexError(other));
});

test("isRetryableError recognises the errors of a second copy of the package [R-12]", () => {
  const foreign = Object.assign(new Error("busy"), { rpcCode: -32001 });
  assert(!sdk.isRetryableError(foreign));
  Object.defineProperty(foreign, Symbol.for("codex-app-server.error"), { value: true });
  assert(sdk.isRetryableError(foreign));
});
