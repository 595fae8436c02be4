/** Errors of writing the server's configuration. */
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * Why the configuration was not written: the server's own codes, or `"other"` for one that this version does not know.
 *
 * @example
 * ```ts
 * import type { ConfigWriteReason } from "@codex-app-server/sdk/errors";
 *
 * const readAgain = (reason: ConfigWriteReason): boolean => reason === "configVersionConflict";
 * ```
 */
export type ConfigWriteReason =
  | "configLayerReadonly"
  | "configVersionConflict"
  | "configValidationError"
  | "configPathNotFound"
  | "configSchemaUnknownKey"
  | "userLayerNotFound"
  | "other";

/**
 * Options of {@linkcode ConfigWriteError}.
 *
 * @example
 * ```ts
 * import type { ConfigWriteErrorOptions } from "@codex-app-server/sdk/errors";
 *
 * const conflict: ConfigWriteErrorOptions = {
 *   method: "config/batchWrite",
 *   rpcCode: -32600,
 *   reason: "configVersionConflict",
 * };
 * ```
 */
export interface ConfigWriteErrorOptions extends JsonRpcErrorOptions {
  /** Why nothing was written. */
  readonly reason: ConfigWriteReason;
}

/**
 * The server refused to write its configuration and wrote nothing; `reason` says why.
 *
 * @example
 * ```ts
 * import { ConfigWriteError } from "@codex-app-server/sdk/errors";
 *
 * const isStale = (error: unknown): boolean =>
 *   error instanceof ConfigWriteError && error.reason === "configVersionConflict";
 * ```
 */
export class ConfigWriteError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "ConfigWriteError";
  /** Why nothing was written. */
  readonly reason: ConfigWriteReason;

  /** Creates the error from the server's message. */
  constructor(message: string, options: ConfigWriteErrorOptions) {
    super(message, { code: "config_write", ...options });
    this.reason = options.reason;
  }
}
