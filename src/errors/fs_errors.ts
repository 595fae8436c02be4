/** Errors of files and folders on the server's side. */
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * Why a file or folder could not be used, as far as the server's words tell; `"other"` where they do not. Reading what is
 * neither a file nor a folder, such as a device, is `"isDirectory"` too: the server says only that it is no file.
 *
 * @example
 * ```ts
 * import type { FsErrorReason } from "@codex-app-server/sdk";
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
 * What an {@linkcode FsError} is made of.
 *
 * @example
 * ```ts
 * import type { FsErrorOptions } from "@codex-app-server/sdk";
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
  /** Why. */
  readonly reason: FsErrorReason;
  /** The path that was asked for. */
  readonly path: string;
}

/**
 * The server could not do something with a file or a folder; `reason` says why.
 *
 * @example
 * ```ts
 * import { type Codex, FsError } from "@codex-app-server/sdk";
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
  /** The name of the class. */
  override readonly name: string = "FsError";
  /** Why it could not. */
  readonly reason: FsErrorReason;
  /** The path that was asked for; of a copy, the source. */
  readonly path: string;

  /** Makes the error from the server's message. */
  constructor(message: string, options: FsErrorOptions) {
    super(message, { code: "fs_failed", ...options });
    this.reason = options.reason;
    this.path = options.path;
  }
}
