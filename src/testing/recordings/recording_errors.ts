/** Errors of recordings. */
import { CodexError } from "../../errors/codex_error.ts";

/**
 * A recording cannot be read: there is no such file, it is no recording, or a newer version wrote it.
 *
 * @example
 * ```ts
 * import { RecordingError, replayTransport } from "@codex-app-server/sdk/testing";
 *
 * await replayTransport("missing.jsonl")().catch((error: unknown) => {
 *   console.error(error instanceof RecordingError && error.code); // "recording"
 * });
 * ```
 */
export class RecordingError extends CodexError {
  /** The class name. */
  override readonly name: string = "RecordingError";
  /** The file of the recording. */
  readonly file: string;

  /** Creates the error from the file and the reason. */
  constructor(file: string, reason: string, { cause }: { readonly cause?: unknown } = {}) {
    super(`Cannot use the recording "${file}": ${reason}`, {
      code: "recording",
      ...(cause === undefined ? {} : { cause }),
    });
    this.file = file;
  }
}

/**
 * A client does something that a recording does not know. It ends the connection, so it is the `cause` of the
 * `TransportClosedError` that the calls of the client reject with.
 *
 * @example
 * ```ts
 * import { TransportClosedError } from "@codex-app-server/sdk";
 * import { ReplayMismatchError } from "@codex-app-server/sdk/testing";
 *
 * function report(error: unknown): void {
 *   const cause = error instanceof TransportClosedError ? error.cause : error;
 *   if (cause instanceof ReplayMismatchError) console.error(cause.method, cause.differences);
 * }
 * ```
 */
export class ReplayMismatchError extends CodexError {
  /** The class name. */
  override readonly name: string = "ReplayMismatchError";
  /** The file of the recording. */
  readonly file: string;
  /** The method that is new, missing or has other params. */
  readonly method: string;
  /** What differs from the most similar message of the recording, such as `params.model: "b" instead of "a"`. */
  readonly differences: readonly string[];

  /** Creates the error from the file, the method, what happened and what differs. */
  constructor(file: string, method: string, what: string, differences: readonly string[] = []) {
    const list = differences.length === 0 ? "" : `: ${differences.join("; ")}`;
    super(
      `Cannot replay "${file}": ${what}${list}. If the program is right, record it again with recordTransport()`,
      { code: "replay_mismatch" },
    );
    this.file = file;
    this.method = method;
    this.differences = differences;
  }
}
