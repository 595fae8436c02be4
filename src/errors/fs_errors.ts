/** Errors of files and folders on the server. */
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * Why a file operation failed, as far as the server's message shows; otherwise `"other"`. Reading something that is
 * neither a file nor a folder, such as a device, also gives `"isDirectory"`: the server only says that it is not a
 * file.
 *
 * @example
 * ```ts
 * import type { FsErrorReason } from "@codex-app-server/sdk/errors";
 *
 * const harmless: readonly FsErrorReason[] = ["notFound", "alreadyExists"];
 * ```
 */
export type FsErrorReason =
  | "notFound"
  | "permissionDenied"
  | "alreadyExists"
  | "isDirectory"
  | "notDirectory"
  | "notEmpty"
  | "readOnly"
  | "noSpace"
  | "tooLarge"
  | "other";

/**
 * Options of {@linkcode FsError}.
 *
 * @example
 * ```ts
 * import type { FsErrorOptions } from "@codex-app-server/sdk/errors";
 *
 * const missing: FsErrorOptions = {
 *   method: "fs/readFile",
 *   rpcCode: -32603,
 *   reason: "notFound",
 *   path: "/srv/none.txt",
 * };
 * ```
 */
export interface FsErrorOptions extends JsonRpcErrorOptions {
  /** Why the operation failed. */
  readonly reason: FsErrorReason;
  /** The requested path. */
  readonly path: string;
}

/**
 * A file operation failed on the server; `reason` says why.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { FsError } from "@codex-app-server/sdk/errors";
 *
 * async function readIfThere(codex: Codex, path: string): Promise<string | undefined> {
 *   try {
 *     return await codex.fs.readText(path);
 *   } catch (error) {
 *     if (error instanceof FsError && error.reason === "notFound") return undefined;
 *     throw error;
 *   }
 * }
 * ```
 */
export class FsError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "FsError";
  /** Why the operation failed. */
  readonly reason: FsErrorReason;
  /** The requested path; for a copy, the source. */
  readonly path: string;

  /** Creates the error from the server's message. */
  constructor(message: string, options: FsErrorOptions) {
    super(message, { code: "fs_failed", ...options });
    this.reason = options.reason;
    this.path = options.path;
  }
}
