/** Errors of the connection to the server; none of them crossed the wire. */
import type { ProcessClose, TransportClose } from "../transport/transport.ts";
import { isError } from "../util/error_text.ts";
import { CodexError } from "./codex_error.ts";

/**
 * The connection ended: the process exited, the stream ended, or the client was closed.
 *
 * @example
 * ```ts
 * import { TransportClosedError } from "@codex-app-server/sdk";
 *
 * function report(error: unknown): void {
 *   if (error instanceof TransportClosedError) console.error(error.exitCode, error.stderrTail);
 * }
 * ```
 */
export class TransportClosedError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "TransportClosedError";
  /** How the transport ended. */
  readonly close: TransportClose;
  /** What a turn that ended with the connection had produced by then; `null` where no turn was concerned. */
  readonly result: Result | null;

  /** Creates the error from how the transport ended, and the action that is no longer possible. */
  constructor(
    close: TransportClose,
    action = "use the connection",
    { result = null }: { readonly result?: Result | null } = {},
  ) {
    super(`Cannot ${action}: ${describeClose(close)}`, {
      code: "transport_closed",
      ...(close.cause === undefined ? {} : { cause: close.cause }),
    });
    this.close = close;
    this.result = result;
  }

  /** The exit code of the process; `null` if a signal ended it or there was no process. */
  get exitCode(): number | null {
    return this.close.kind === "process" ? this.close.code : null;
  }

  /** The signal that ended the process, or `null`. */
  get signal(): string | null {
    return this.close.kind === "process" ? this.close.signal : null;
  }

  /** The end of the process's stderr, at most 64 KiB, with secrets redacted; the message has one line of it. */
  get stderrTail(): string {
    return this.close.kind === "process" ? this.close.stderrTail : "";
  }
}

function describeClose(close: TransportClose): string {
  if (close.local) return "the connection was closed by this client";
  const cause = isError(close.cause) ? ` (${close.cause.message})` : "";
  switch (close.kind) {
    case "process": {
      const reason = reasonInStderr(close.stderrTail);
      return `codex app-server ${describeExit(close)}${cause}${reason === "" ? "" : `: ${reason}`}`;
    }
    case "socket": {
      const reason = close.reason === "" ? "" : ` ("${close.reason}")`;
      return `the WebSocket was closed with code ${close.code}${reason}${cause}`;
    }
    case "stream":
      return `the stream ended${cause}`;
  }
}

function describeExit({ code, signal }: ProcessClose): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? "ended" : `exited with code ${code}`;
}

/**
 * A message is too large: one of the server exceeded `maxMessageBytes`, which ended the connection, or one to the server
 * exceeded what it accepts, and was not sent.
 *
 * @example
 * ```ts
 * import { MessageTooLargeError } from "@codex-app-server/sdk/errors";
 *
 * function advice(error: unknown): string | undefined {
 *   if (error instanceof MessageTooLargeError) return `Raise maxMessageBytes (${error.limitBytes})`;
 * }
 * ```
 */
export class MessageTooLargeError extends CodexError {
  /** The class name. */
  override readonly name: string = "MessageTooLargeError";
  /** The limit in bytes. */
  readonly limitBytes: number;

  /** Whether the message was to be sent, and not read. */
  readonly outgoing: boolean;

  /** Creates the error for a limit in bytes. */
  constructor(limitBytes: number, action: "read" | "send" = "read") {
    const limit = action === "read" ? "maxMessageBytes" : "the server accepts no more";
    super(`Cannot ${action} the message: it is larger than ${limitBytes} bytes (${limit})`, {
      code: "message_too_large",
    });
    this.limitBytes = limitBytes;
    this.outgoing = action === "send";
  }
}

/**
 * A request got no reply within its `timeoutMs`.
 *
 * @example
 * ```ts
 * import { type Codex, RequestTimeoutError } from "@codex-app-server/sdk";
 *
 * async function modelCount(codex: Codex): Promise<number | undefined> {
 *   try {
 *     return (await codex.models({ timeoutMs: 2_000 })).length;
 *   } catch (error) {
 *     if (!(error instanceof RequestTimeoutError)) throw error;
 *   }
 * }
 * ```
 */
export class RequestTimeoutError extends CodexError {
  /** The class name. */
  override readonly name: string = "RequestTimeoutError";
  /** The method of the request. */
  readonly method: string;
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for a method and its limit in milliseconds. */
  constructor(method: string, timeoutMs: number) {
    super(`Cannot finish "${method}": no reply within ${timeoutMs} ms`, {
      code: "request_timeout",
    });
    this.method = method;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Too many messages wait for a server that does not read; the refused one was not queued.
 *
 * @example
 * ```ts
 * import { SendQueueFullError } from "@codex-app-server/sdk/errors";
 *
 * const isStuck = (error: unknown): boolean => error instanceof SendQueueFullError;
 * ```
 */
export class SendQueueFullError extends CodexError {
  /** The class name. */
  override readonly name: string = "SendQueueFullError";
  /** How many messages are waiting. */
  readonly limit: number;

  /** Creates the error for a limit in messages. */
  constructor(limit: number) {
    super(`Cannot send: ${limit} messages are waiting for the server to read them`, {
      code: "send_queue_full",
    });
    this.limit = limit;
  }
}

/** Maximum length of a line of stderr in an error message, in characters. */
const MAX_LENGTH = 300;
/** The line in which a program says why it ends. */
const FATAL = /^error\b|\bpanicked at /i;
/** Warnings, and log lines, which begin with a time. */
const LOG = /^(?:warn(?:ing)?\b|\d{4}-\d\d-\d\dT)/i;

/** Returns the line of a process's stderr that most likely says why it ended; `""` if there is none. */
function reasonInStderr(stderrTail: string): string {
  const lines = stderrTail.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const fatal = lines.findLastIndex((line) => FATAL.test(line));
  // A panic is explained by the line after it.
  const isPanic = lines[fatal]?.endsWith(":") === true && lines[fatal + 1] !== undefined;
  const reason = isPanic
    ? `${lines[fatal]} ${lines[fatal + 1]}`
    : lines[fatal] ?? lines.findLast((line) => !LOG.test(line)) ?? "";
  return reason.length > MAX_LENGTH ? `${reason.slice(0, MAX_LENGTH).toWellFormed()}…` : reason;
}
