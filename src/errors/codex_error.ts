/** The base of every error that the SDK throws on its own account. */

const BRAND: unique symbol = Symbol.for("codex-app-server.error") as never;

/**
 * Options of {@linkcode CodexError}.
 *
 * @example
 * ```ts
 * import { CodexError, type CodexErrorOptions } from "@codex-app-server/sdk";
 *
 * class QuotaError extends CodexError {
 *   constructor(options: Omit<CodexErrorOptions, "code"> = {}) {
 *     super("The quota is used up", { ...options, code: "my_app_quota" });
 *   }
 * }
 * ```
 */
export interface CodexErrorOptions extends ErrorOptions {
  /** The stable code of the error; names never change within a major version. */
  readonly code: string;
}

/**
 * The base class of all SDK errors; `code` is the stable contract, `cause` what lies behind it.
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
  /** The name of the class. */
  override readonly name: string = "CodexError";
  /** A stable string such as `"transport_closed"`. */
  readonly code: string;

  /** Makes an error with a message and a stable code. */
  constructor(message: string, options: CodexErrorOptions) {
    super(message, options);
    this.code = options.code;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Tells whether a value is an error of this SDK, also when two copies of the package are loaded.
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
 * Something was asked of the client that it cannot do in its present state.
 *
 * @example
 * ```ts
 * import { InvalidStateError } from "@codex-app-server/sdk";
 *
 * function isMisuse(error: unknown): boolean {
 *   return error instanceof InvalidStateError; // such as a client that was closed
 * }
 * ```
 */
export class InvalidStateError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "InvalidStateError";

  /** Makes the error from a sentence `Cannot <action>: <state>`. */
  constructor(message: string) {
    super(message, { code: "invalid_state" });
  }
}
