import {
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
} from "../../src/errors/json_rpc_errors.ts";
import {
  NoActiveTurnError,
  TurnMismatchError,
  TurnNotSteerableError,
} from "../../src/errors/steer_errors.ts";
import {
  ThreadArchivedError,
  ThreadBusyError,
  ThreadNotFoundError,
  ThreadNotMaterializedError,
} from "../../src/errors/thread_errors.ts";
import { rpcErrorFrom } from "../../src/errors/rpc_error_from.ts";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** Messages of real app-servers: method, code, message, and the resulting error. */
const ANSWERS:
  readonly (readonly [string, number, string, new (...args: never[]) => JsonRpcError])[] = [
    [
      "nope/nope",
      -32600,
      "Invalid request: unknown variant `nope/nope`, expected one of `initialize`, `server/diagnostics`",
      MethodNotSupportedError,
    ],
    ["a", -32601, "Method not found", MethodNotFoundError],
    ["turn/start", -32600, "Invalid request: missing field `params`", InvalidParamsError],
    ["turn/start", -32600, "Invalid request: missing field `threadId`", InvalidParamsError],
    [
      "turn/start",
      -32600,
      "Invalid request: invalid type: integer `5`, expected a string",
      InvalidParamsError,
    ],
    [
      "thread/start",
      -32600,
      "Invalid request: unknown variant `nonsense`, expected one of `read-only`, `workspace-write`, `danger-full-access`",
      InvalidParamsError,
    ],
    [
      "turn/start",
      -32600,
      "Invalid request: unknown variant `nope`, expected one of `text`, `image`, `localImage`, `audio`, `localAudio`, `skill`, `mention`",
      InvalidParamsError,
    ],
    ["a", -32602, "Invalid params", InvalidParamsError],
    [
      "collaborationMode/list",
      -32600,
      "collaborationMode/list requires experimentalApi capability",
      ExperimentalApiRequiredError,
    ],
    [
      "thread/start",
      -32600,
      "thread/start.dynamicTools requires experimentalApi capability",
      ExperimentalApiRequiredError,
    ],
    ["thread/start", -32600, "Not initialized", InvalidRequestError],
    ["initialize", -32600, "Already initialized", InvalidRequestError],
    ["turn/start", -32600, "thread not found: 019a", ThreadNotFoundError],
    ["thread/read", -32600, "thread not loaded: 019a", ThreadNotFoundError],
    ["thread/resume", -32600, "no rollout found for thread id 019a", ThreadNotFoundError],
    [
      "thread/unarchive",
      -32600,
      "no archived rollout found for thread id 019a",
      ThreadNotFoundError,
    ],
    ["thread/resume", -32600, "thread 019a already has an active writer", ThreadBusyError],
    [
      "thread/resume",
      -32600,
      "session 019a is archived. Run `codex unarchive 019a` to unarchive it first.",
      ThreadArchivedError,
    ],
    [
      "thread/turns/list",
      -32600,
      "thread 019a is not materialized yet; thread/turns/list is unavailable before first user message",
      ThreadNotMaterializedError,
    ],
    ["thread/read", -32601, "list_turns is not supported yet", ThreadNotMaterializedError],
    [
      "turn/start",
      -32600,
      "invalid thread id: invalid character: expected an optional prefix of `urn:uuid:`",
      InvalidParamsError,
    ],
    [
      "thread/resume",
      -32600,
      "invalid session id: invalid character: expected an optional prefix of `urn:uuid:`",
      InvalidParamsError,
    ],
    ["thread/revert", -32600, "turn not found: nope", InvalidRequestError],
    [
      "turn/start",
      -32600,
      "remote image URLs are not supported; use an inline data URL instead",
      InvalidRequestError,
    ],
    ["turn/steer", -32600, "no active turn to steer", NoActiveTurnError],
    ["turn/interrupt", -32600, "no active turn to interrupt", NoActiveTurnError],
    ["a", -32700, "Parse error", ParseError],
    ["a", -32603, "failed to do it", InternalRpcError],
    ["a", -32001, "Server overloaded; retry later.", ServerBusyError],
    ["a", -32001, "exceeded retry limit, last status: 429", RetryLimitExceededError],
    ["a", -32000, "Server overloaded; retry later.", JsonRpcError],
    ["a", -1, "anything", JsonRpcError],
  ];

test("rpcErrorFrom classifies the runtime's errors by code and message [R-72] [R-27] [R-61]", () => {
  for (const [method, code, message, type] of ANSWERS) {
    const data = { some: "data" };
    const error = rpcErrorFrom(method, { code, message, data });
    assertStrictEquals(error.constructor, type, message);
    assertEquals([error.method, error.rpcCode], [method, code]);
    if (type !== MethodNotSupportedError) assertEquals(error.message, message);
    assertStrictEquals(error.data, data);
  }
});

test("rpcErrorFrom makes an unknown method catchable as not found and as not supported [R-72]", () => {
  const error = rpcErrorFrom("new/method", {
    code: -32600,
    message: "Invalid request: unknown variant `new/method`, expected one of `initialize`",
  });
  assertEquals(error.message, "Invalid request: unknown variant `new/method`"); // not the list of all others
  assertInstanceOf(error, MethodNotSupportedError);
  assertInstanceOf(error, MethodNotFoundError);
  assertEquals(error.code, "method_not_supported");
});

test("rpcErrorFrom reads both turn ids from both spellings of a mismatch [R-27]", () => {
  const cases: [string, string, string][] = [
    ["expected active turn id `nope` but found `019a-b`", "nope", "019a-b"],
    ["expected active turn id nope but found 019a-b", "nope", "019a-b"],
    ["expected active turn id `` but found `019a`", "", "019a"],
  ];
  for (const [message, expected, actual] of cases) {
    const error = rpcErrorFrom("turn/steer", { code: -32600, message });
    assertInstanceOf(error, TurnMismatchError);
    assertEquals([error.expected, error.actual, error.message], [expected, actual, message]);
  }
});

test("rpcErrorFrom reads the kind of a turn that takes no input, from data or message [R-27]", () => {
  for (const turnKind of ["review", "compact"]) {
    const message = `cannot steer a ${turnKind} turn`;
    const data = { message, codexErrorInfo: { activeTurnNotSteerable: { turnKind } } };
    const variant = turnKind.charAt(0).toUpperCase() + turnKind.slice(1);
    const answers = [
      { code: -32600, message, data },
      { code: -32600, message },
      { code: -32600, message: "other words", data },
      {
        code: -32603,
        message: `failed to submit turn input: ActiveTurnNotSteerable { turn_kind: ${variant} }`,
      },
    ];
    for (const answer of answers) {
      const error = rpcErrorFrom("turn/steer", answer);
      assertInstanceOf(error, TurnNotSteerableError);
      assertEquals([error.turnKind, error.rpcCode], [turnKind, answer.code]);
    }
  }
});

test("rpcErrorFrom survives data of any shape [R-69]", () => {
  const shapes = [
    null,
    undefined,
    5,
    "text",
    [],
    {},
    { codexErrorInfo: null },
    {
      codexErrorInfo: "other",
    },
    { codexErrorInfo: { activeTurnNotSteerable: null } },
    {
      codexErrorInfo: { activeTurnNotSteerable: { turnKind: 5 } },
    },
  ];
  for (const data of shapes) {
    const error = rpcErrorFrom("a", { code: -32600, message: "Not initialized", data });
    assertInstanceOf(error, InvalidRequestError);
    assertStrictEquals(error.data, data);
  }
});
