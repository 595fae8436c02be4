/** The base class of the SDK's errors. */

const BRAND: unique symbol = Symbol.for("codex-app-server.error") as never;

/**
 * Options of {@linkcode CodexError}.
 *
 * @example
 * ```ts
 * import { CodexError } from "@codex-app-server/sdk";
 * import type { CodexErrorOptions } from "@codex-app-server/sdk/errors";
 *
 * class QuotaError extends CodexError {
 *   constructor(options: Omit<CodexErrorOptions, "code"> = {}) {
 *     super("The quota is used up", { ...options, code: "my_app_quota" });
 *   }
 * }
 * ```
 */
export interface CodexErrorOptions extends ErrorOptions {
  /** The stable code of the error; codes never change within a major version. */
  readonly code: string;
}

/**
 * The base class of all SDK errors: `code` is the stable contract, `cause` the underlying error.
 *
 * @example
 * ```ts
 * import { CodexError } from "@codex-app-server/sdk";
 *
 * function describe(error: unknown): string {
 *   return error instanceof CodexError ? error.code : String(error);
 * }
 * ```
 */
export class CodexError extends Error {
  /** The class name. */
  override readonly name: string = "CodexError";
  /** A stable string such as `"transport_closed"`. */
  readonly code: string;

  /** Creates an error with a message and a stable code. */
  constructor(message: string, options: CodexErrorOptions) {
    super(message, options);
    this.code = options.code;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Returns whether a value is an error of this SDK, even if it comes from another copy of the package.
 *
 * @example
 * ```ts
 * import { isCodexError } from "@codex-app-server/sdk";
 *
 * console.log(isCodexError(new Error("other"))); // false
 * ```
 */
export function isCodexError(value: unknown): value is CodexError {
  return typeof value === "object" && value !== null && BRAND in value;
}

/**
 * The operation is not possible in the client's current state.
 *
 * @example
 * ```ts
 * import { InvalidStateError } from "@codex-app-server/sdk/errors";
 *
 * function isMisuse(error: unknown): boolean {
 *   return error instanceof InvalidStateError; // such as a client that was closed
 * }
 * ```
 */
export class InvalidStateError extends CodexError {
  /** The class name. */
  override readonly name: string = "InvalidStateError";

  /** Creates the error from a message in the form `Cannot <action>: <state>`. */
  constructor(message: string) {
    super(message, { code: "invalid_state" });
  }
}
