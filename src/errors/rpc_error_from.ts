/** Maps the server's error objects to error classes. */
import {
  GoalNotSupportedError,
  GoalsDisabledError,
  NoGoalError,
  ThreadArchivedError,
  ThreadBusyError,
  ThreadNotFoundError,
  ThreadNotMaterializedError,
} from "./thread_errors.ts";
import {
  ExperimentalApiRequiredError,
  InternalRpcError,
  InvalidParamsError,
  InvalidRequestError,
  JsonRpcError,
  type JsonRpcErrorOptions,
  MethodNotFoundError,
  MethodNotSupportedError,
  ParseError,
  RetryLimitExceededError,
  ServerBusyError,
} from "./json_rpc_errors.ts";
import { NoActiveTurnError, TurnMismatchError, TurnNotSteerableError } from "./steer_errors.ts";

interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** How the runtime's decoder reports invalid params. */
const WRONG_PARAMS =
  /missing field|invalid (type|value|length|thread id|session id)\b|unknown field|did not match any variant/;

/** `turn/steer` reports it in words, `turn/start` as the server's own value. */
const NOT_STEERABLE = /cannot steer an? (\w+) turn|ActiveTurnNotSteerable \{ turn_kind: (\w+)/;

/** Creates the error that a request rejects with from the error object of the reply. */
export function rpcErrorFrom(method: string, error: WireError): JsonRpcError {
  const { message } = error;
  const options: JsonRpcErrorOptions = { method, rpcCode: error.code, data: error.data };
  switch (error.code) {
    case -32700:
      return new ParseError(message, options);
    case -32600:
      return invalidRequest(message, options);
    case -32601:
      return threadError(message, options) ?? new MethodNotFoundError(message, options);
    case -32602:
      return new InvalidParamsError(message, options);
    case -32603:
      return notSteerable(message, options) ?? new InternalRpcError(message, options);
    case -32001:
      return overloaded(message, options);
    default:
      return isServerError(error.code) && namesOverload(error.data)
        ? overloaded(message, options)
        : new JsonRpcError(message, options);
  }
}

function overloaded(message: string, options: JsonRpcErrorOptions): ServerBusyError {
  return /retry limit|too many failed attempts/i.test(message)
    ? new RetryLimitExceededError(message, options)
    : new ServerBusyError(message, options);
}

/** Whether JSON-RPC leaves the meaning of a code to the server. */
function isServerError(code: number): boolean {
  return code <= -32000 && code >= -32099;
}

/** Whether the data of an error has `server_overloaded` in it, as a value or as a key, spelled in any case. */
function namesOverload(data: unknown, depth = 4): boolean {
  if (typeof data === "string") {
    return data.replaceAll("_", "").toLowerCase() === "serveroverloaded";
  }
  if (typeof data !== "object" || data === null || depth === 0) return false;
  const parts = Array.isArray(data) ? data : Object.entries(data).flat();
  return parts.some((part) => namesOverload(part, depth - 1));
}

/** The runtime refuses nearly everything with -32600; only the message distinguishes the reasons. */
function invalidRequest(message: string, options: JsonRpcErrorOptions): JsonRpcError {
  return turnError(message, options) ?? threadError(message, options) ??
    goalError(message, options) ?? requestError(message, options);
}

function goalError(message: string, options: JsonRpcErrorOptions): JsonRpcError | undefined {
  if (/goals feature is disabled/i.test(message)) return new GoalsDisabledError(message, options);
  if (/does not support goals/i.test(message)) return new GoalNotSupportedError(message, options);
  return /no goal exists/i.test(message) ? new NoGoalError(message, options) : undefined;
}

function requestError(message: string, options: JsonRpcErrorOptions): JsonRpcError {
  if (/requires experimentalApi/i.test(message)) {
    return new ExperimentalApiRequiredError(message, options);
  }
  const variant = /unknown variant `([^`]*)`/.exec(message)?.[1];
  if (variant === options.method) {
    // The server appends the names of all its methods.
    const [what = message] = message.split(", expected one of", 1);
    return new MethodNotSupportedError(what, options);
  }
  if (variant !== undefined || WRONG_PARAMS.test(message)) {
    return new InvalidParamsError(message, options);
  }
  return new InvalidRequestError(message, options);
}

function turnError(message: string, options: JsonRpcErrorOptions): JsonRpcError | undefined {
  if (/no active turn/i.test(message)) return new NoActiveTurnError(message, options);
  const mismatch = /expected active turn id `?([^`\s]*)`? but found `?([^`\s]+)`?/.exec(message);
  if (mismatch !== null) {
    const [, expected = "", actual = ""] = mismatch;
    return new TurnMismatchError(message, { ...options, expected, actual });
  }
  return notSteerable(message, options);
}

/** A thread without turns has no history: `thread/read` reports that as a missing method. */
function threadError(message: string, options: JsonRpcErrorOptions): JsonRpcError | undefined {
  if (/^(no (archived )?rollout found for thread|thread not (found|loaded):)/.test(message)) {
    return new ThreadNotFoundError(message, options);
  }
  if (/is not materialized yet|^list_turns is not supported/.test(message)) {
    return new ThreadNotMaterializedError(message, options);
  }
  if (/already has an active writer/.test(message)) return new ThreadBusyError(message, options);
  if (/^session \S+ is archived/.test(message)) return new ThreadArchivedError(message, options);
  return undefined;
}

function notSteerable(message: string, options: JsonRpcErrorOptions): JsonRpcError | undefined {
  const [, words, variant] = NOT_STEERABLE.exec(message) ?? [];
  const turnKind = turnKindOf(options.data) ?? words ?? variant?.toLowerCase();
  if (turnKind === undefined) return undefined;
  return new TurnNotSteerableError(message, { ...options, turnKind });
}

/** The kind of turn that takes no input, if the error's data names it. */
function turnKindOf(data: unknown): string | undefined {
  const info = (data as
    | { codexErrorInfo?: { activeTurnNotSteerable?: { turnKind?: unknown } } }
    | null
    | undefined)
    ?.codexErrorInfo?.activeTurnNotSteerable;
  return typeof info?.turnKind === "string" ? info.turnKind : undefined;
}
