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
export class TransportClosedError extends CodexError {
  /** The class name. */
  override readonly name: string = "TransportClosedError";
  /** How the transport ended. */
  readonly close: TransportClose;

  /** Creates the error from how the transport ended, and the action that is no longer possible. */
  constructor(close: TransportClose, action = "use the connection") {
    super(`Cannot ${action}: ${describeClose(close)}`, {
      code: "transport_closed",
      ...(close.cause === undefined ? {} : { cause: close.cause }),
    });
    this.close = close;
  }

  /** The exit code of the process; `null` if a signal ended it or there was no process. */
  get exitCode(): number | null {
    return this.close.kind === "process" ? this.close.code : null;
  }

  /** The signal that ended the process, or `null`. */
  get signal(): string | null {
    return this.close.kind === "process" ? this.close.signal : null;
  }

  /** The end of the process's stderr, at most 64 KiB, with secrets redacted. */
  get stderrTail(): string {
    return this.close.kind === "process" ? this.close.stderrTail : "";
  }
}

function describeClose(close: TransportClose): string {
  if (close.local) return "the connection was closed by this client";
  const cause = isError(close.cause) ? ` (${close.cause.message})` : "";
  switch (close.kind) {
    case "process": {
      const stderr = stderrExcerpt(close.stderrTail);
      const tail = stderr === "" ? "" : `; its stderr ended with:\n${stderr}`;
      return `codex app-server ${describeExit(close)}${cause}${tail}`;
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
 * A message exceeded `maxMessageBytes`; the connection was ended.
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

  /** Creates the error for a limit in bytes. */
  constructor(limitBytes: number) {
    super(`Cannot read the message: it is larger than ${limitBytes} bytes (maxMessageBytes)`, {
      code: "message_too_large",
    });
    this.limitBytes = limitBytes;
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

/** Maximum length of stderr in an error message, in characters. */
const MAX_LENGTH = 2_048;

/** Returns the last whole lines of a process's stderr. */
export function stderrExcerpt(stderrTail: string): string {
  const text = stderrTail.trimEnd();
  if (text.length <= MAX_LENGTH) return text;
  const end = text.slice(-MAX_LENGTH);
  const newline = end.indexOf("\n");
  // Without a whole line, the cut may split a character.
  return `…\n${newline < 0 ? end.toWellFormed() : end.slice(newline + 1)}`;
}
