/** Errors of the channel to the server; none of them crossed the wire. */
import { CodexError } from "./codex_error.ts";
import type { TransportClose } from "../transport/transport.ts";

/**
 * The connection is gone: the process exited, the stream ended, or the client was closed.
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
  override readonly name: string = "TransportClosedError";
  /** How the transport ended. */
  readonly close: TransportClose;

  /** Makes the error from how the transport ended. */
  constructor(close: TransportClose, action?: string) {
    const prefix = action === undefined ? "" : `Cannot ${action}: `;
    super(prefix + describeClose(close), { code: "transport_closed", cause: close.cause });
    this.close = close;
  }

  /** The exit code of the process; `null` when a signal ended it or there was no process. */
  get exitCode(): number | null {
    return this.close.kind === "process" ? this.close.code : null;
  }

  /** The signal that ended the process, or `null`. */
  get signal(): string | null {
    return this.close.kind === "process" ? this.close.signal : null;
  }

  /** The end of what the process wrote to stderr, at most 64 KiB, with secrets redacted. */
  get stderrTail(): string {
    return this.close.kind === "process" ? this.close.stderrTail : "";
  }
}

function describeClose(close: TransportClose): string {
  const cause = close.cause instanceof Error ? `: ${close.cause.message}` : "";
  return describeEnd(close) + cause;
}

function describeEnd(close: TransportClose): string {
  if (close.local) return "the connection was closed by this client";
  switch (close.kind) {
    case "process": {
      const end = close.signal === null
        ? `exited with code ${close.code}`
        : `was ended by ${close.signal}`;
      const tail = close.stderrTail.trimEnd();
      return `codex app-server ${end}${tail === "" ? "" : `; its stderr ended with:\n${tail}`}`;
    }
    case "socket":
      return `the WebSocket was closed with code ${close.code}${
        close.reason === "" ? "" : ` ("${close.reason}")`
      }`;
    case "stream":
      return "the stream ended";
  }
}

/** One message was larger than `maxMessageBytes`; the connection was ended. */
export class MessageTooLargeError extends CodexError {
  override readonly name: string = "MessageTooLargeError";
  /** The limit in bytes. */
  readonly limitBytes: number;

  /** Makes the error for a limit in bytes. */
  constructor(limitBytes: number) {
    super(`Cannot read the message: it is larger than ${limitBytes} bytes (maxMessageBytes)`, {
      code: "message_too_large",
    });
    this.limitBytes = limitBytes;
  }
}

/** A request was not answered within its `timeoutMs`. */
export class RequestTimeoutError extends CodexError {
  override readonly name: string = "RequestTimeoutError";
  /** The method of the request. */
  readonly method: string;
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Makes the error for a method and its limit in milliseconds. */
  constructor(method: string, timeoutMs: number) {
    super(`Cannot finish "${method}": no reply within ${timeoutMs} ms`, {
      code: "request_timeout",
    });
    this.method = method;
    this.timeoutMs = timeoutMs;
  }
}
