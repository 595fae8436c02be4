/** Errors of a server that another program reaches: over ssh, in a container, in another system. */
import { CodexError } from "./codex_error.ts";

/**
 * Why a server that another program reaches could not be used:
 *
 * - `"programNotFound"`: the program itself, such as `ssh` or `docker`, is not installed here
 * - `"unknownHost"`: the name of the host could not be resolved
 * - `"unreachable"`: nothing answers there: refused, timed out, or the container service is not running
 * - `"hostKey"`: the key of the host is unknown or has changed
 * - `"loginRefused"`: the host accepts none of the keys
 * - `"notRunning"`: there is no such container, pod or distribution, or it is not running; or no server listens on the socket
 * - `"codexNotFound"`: there is no `codex` on the other side, or it cannot be executed
 * - `"cwdNotFound"`: the working directory does not exist on the other side
 * - `"notResponding"`: the other side stopped answering while connected
 * - `"connectionLost"`: the connection ended
 *
 * @example
 * ```ts
 * import type { RemoteFailure } from "@codex-app-server/sdk/errors";
 *
 * const mayPass: readonly RemoteFailure[] = ["unreachable", "notResponding", "connectionLost"];
 * ```
 */
export type RemoteFailure =
  | "programNotFound"
  | "unknownHost"
  | "unreachable"
  | "hostKey"
  | "loginRefused"
  | "notRunning"
  | "codexNotFound"
  | "cwdNotFound"
  | "notResponding"
  | "connectionLost";

/**
 * Options of {@linkcode RemoteError}.
 *
 * @example
 * ```ts
 * import type { RemoteErrorOptions } from "@codex-app-server/sdk/errors";
 *
 * const options: RemoteErrorOptions = { reason: "loginRefused", exitCode: 255 };
 * ```
 */
export interface RemoteErrorOptions extends ErrorOptions {
  /** Why the server could not be used. */
  readonly reason: RemoteFailure;
  /** The exit code of the program; `null` if it did not start. */
  readonly exitCode?: number | null;
  /** The end of its stderr, with secrets redacted. */
  readonly stderrTail?: string;
}

/**
 * The program that reaches the server, such as `ssh` or `docker exec`, failed; `reason` says why. Thrown when the server is
 * started; later, it is the `cause` of a `TransportClosedError`.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { RemoteError } from "@codex-app-server/sdk/errors";
 * import { ssh } from "@codex-app-server/sdk/transports/ssh";
 *
 * async function start(host: string): Promise<Codex | undefined> {
 *   try {
 *     return await Codex.start({ connect: ssh(host) });
 *   } catch (error) {
 *     if (!(error instanceof RemoteError && error.reason === "unreachable")) throw error;
 *   }
 * }
 * ```
 */
export class RemoteError extends CodexError {
  /** The class name. */
  override readonly name: string = "RemoteError";
  /** Why the server could not be used. */
  readonly reason: RemoteFailure;
  /** The exit code of the program; `null` if it did not start. */
  readonly exitCode: number | null;
  /** The end of the program's stderr, at most 64 KiB, with secrets redacted. */
  readonly stderrTail: string;

  /** Creates the error from a message that says what to do. */
  constructor(message: string, options: RemoteErrorOptions) {
    super(message, { ...options, code: "remote_failed" });
    this.reason = options.reason;
    this.exitCode = options.exitCode ?? null;
    this.stderrTail = options.stderrTail ?? "";
  }
}
