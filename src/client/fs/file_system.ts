/** File operations on the server's machine. */
import { unreadableReply } from "../../errors/unreadable_reply.ts";
import type { FsGetMetadataResponse, FsReadDirectoryEntry } from "../../generated/types.ts";
import type { ClientParams, ClientResult } from "../../generated/client_requests.ts";
import { isAbsolutePath } from "../../util/absolute_path.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { type Bytes, decodeBase64, encodeBase64 } from "../../util/bytes.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkField, checkObject, checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { FsWatch } from "./fs_watch.ts";
import { isUint8Array } from "../../util/realm.ts";

/**
 * Options of {@linkcode FileSystem.mkdir} and {@linkcode FileSystem.copy}.
 *
 * @example
 * ```ts
 * import type { FsTreeOptions } from "@codex-app-server/sdk/types";
 *
 * const whole: FsTreeOptions = { recursive: true };
 * ```
 */
export interface FsTreeOptions extends CallOptions {
  /**
   * `mkdir` also creates missing parent folders and accepts an existing folder; `copy` and `remove` also handle folders.
   *
   * @default {false}
   */
  readonly recursive?: boolean | undefined;
}

/**
 * Options of {@linkcode FileSystem.remove}.
 *
 * @example
 * ```ts
 * import type { FsRemoveOptions } from "@codex-app-server/sdk/types";
 *
 * const likeRmRf: FsRemoveOptions = { recursive: true, force: true };
 * ```
 */
export interface FsRemoveOptions extends FsTreeOptions {
  /**
   * Succeeds if there is nothing to remove.
   *
   * @default {false}
   */
  readonly force?: boolean | undefined;
}

const LIMITS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };
const TREE: OptionNames<FsTreeOptions> = { ...LIMITS, recursive: true };
const REMOVE: OptionNames<FsRemoveOptions> = { ...TREE, force: true };

/** The method of this class behind each request, and its options. */
const CALLS = {
  "fs/readFile": ["read", LIMITS],
  "fs/writeFile": ["write", LIMITS],
  "fs/readDirectory": ["list", LIMITS],
  "fs/getMetadata": ["stat", LIMITS],
  "fs/createDirectory": ["mkdir", TREE],
  "fs/copy": ["copy", TREE],
  "fs/remove": ["remove", REMOVE],
} as const;

/**
 * The files of the server's machine, as {@linkcode Codex.fs}. The server accesses them itself, with the rights of its
 * user and without a sandbox. All paths are absolute.
 *
 * Each method rejects with `TypeError` for a path that is not absolute, before anything is sent, and with
 * `FsError` if the operation fails.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function bump(codex: Codex, path: string): Promise<void> {
 *   const pkg = JSON.parse(await codex.fs.readText(path));
 *   await codex.fs.writeText(path, JSON.stringify({ ...pkg, version: "2.0.0" }));
 * }
 * ```
 */
export class FileSystem {
  readonly #context: ClientContext;

  /** Operates over the connection of a client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Reads a whole file (`fs/readFile`), of at most 512 MiB.
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} such as `"notFound"`, `"isDirectory"` or `"tooLarge"`
   */
  async read(path: string, options: CallOptions = {}): Promise<Bytes> {
    const reply = await this.#ask("fs/readFile", path, { path }, options);
    checkReply("fs/readFile", reply, "dataBase64");
    try {
      return decodeBase64(reply.dataBase64);
    } catch {
      throw unreadableReply("fs/readFile", reply, "dataBase64"); // it is no Base64
    }
  }

  /**
   * Reads a whole file as UTF-8 (`fs/readFile`); invalid bytes become U+FFFD.
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} such as `"notFound"`, `"isDirectory"` or `"tooLarge"`
   */
  async readText(path: string, options: CallOptions = {}): Promise<string> {
    const bytes = await this.read(path, options);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /**
   * Writes a whole file (`fs/writeFile`), replacing an existing one; its folder must exist.
   *
   * @throws {TypeError} if the path is not absolute or `bytes` is not a `Uint8Array`
   * @throws {FsError} such as `"notFound"` without the folder, or `"permissionDenied"`
   */
  async write(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    if (!isUint8Array(bytes)) {
      throw new TypeError('"bytes" must be a Uint8Array: use "writeText" for a string');
    }
    const dataBase64 = encodeBase64(bytes);
    await this.#ask("fs/writeFile", path, { path, dataBase64 }, options);
  }

  /**
   * Writes a whole file as UTF-8 (`fs/writeFile`), replacing an existing one; its folder must exist.
   *
   * @throws {TypeError} if the path is not absolute or `text` is not a string
   * @throws {FsError} such as `"notFound"` without the folder, or `"permissionDenied"`
   */
  async writeText(path: string, text: string, options: CallOptions = {}): Promise<void> {
    if (typeof text !== "string") throw new TypeError('"text" must be a string');
    await this.write(path, new TextEncoder().encode(text), options);
  }

  /**
   * Lists the entries of a folder (`fs/readDirectory`), in no particular order; links are reported as their targets, broken
   * ones are omitted.
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} such as `"notFound"` or `"notDirectory"`
   */
  async list(path: string, options: CallOptions = {}): Promise<FsReadDirectoryEntry[]> {
    const reply = await this.#ask("fs/readDirectory", path, { path }, options);
    checkField(
      "fs/readDirectory",
      reply,
      "entries",
      (entries) => Array.isArray(entries) && entries.every(isRecord),
    );
    return reply.entries;
  }

  /**
   * Returns the type of a path and the time of its last change (`fs/getMetadata`), in milliseconds since 1970, or 0 if
   * unknown. Follows links.
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} such as `"notFound"`
   */
  async stat(path: string, options: CallOptions = {}): Promise<FsGetMetadataResponse> {
    const reply = await this.#ask("fs/getMetadata", path, { path }, options);
    checkField("fs/getMetadata", reply, "isFile", (isFile) => typeof isFile === "boolean");
    return reply;
  }

  /**
   * Creates a folder (`fs/createDirectory`).
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} such as `"alreadyExists"`, or `"notFound"` without the parent folder; `recursive` allows both
   */
  async mkdir(path: string, options: FsTreeOptions = {}): Promise<void> {
    const recursive = flag(options, "recursive");
    await this.#ask("fs/createDirectory", path, { path, recursive }, options);
  }

  /**
   * Copies a file, replacing an existing one, or with `recursive` a folder (`fs/copy`). The server empties a file that is
   * copied onto a link to itself.
   *
   * @throws {TypeError} if a path is not absolute, or both are the same
   * @throws {FsError} such as `"notFound"`, or `"isDirectory"` without `recursive`
   */
  async copy(from: string, to: string, options: FsTreeOptions = {}): Promise<void> {
    checkPath(to);
    if (from === to) throw new TypeError(`Cannot copy ${JSON.stringify(to)} onto itself`); // would empty it
    const recursive = flag(options, "recursive");
    const params = { sourcePath: from, destinationPath: to, recursive };
    await this.#ask("fs/copy", from, params, options);
  }

  /**
   * Removes a file, an empty folder, or with `recursive` a folder and its contents (`fs/remove`). A link is removed itself,
   * not its target.
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} such as `"notFound"` without `force`, or `"notEmpty"` without `recursive`
   */
  async remove(path: string, options: FsRemoveOptions = {}): Promise<void> {
    // The server's own defaults are those of `rm -rf`.
    const [recursive, force] = [flag(options, "recursive"), flag(options, "force")];
    await this.#ask("fs/remove", path, { path, recursive, force }, options);
  }

  /**
   * Watches a file or the direct entries of a folder (`fs/watch`); it need not exist yet. The server joins the changes of a
   * fifth of a second. The signal also ends the watch: the loop then rejects with `signal.reason`.
   *
   * @throws {TypeError} if the path is not absolute
   * @throws {FsError} if the server cannot watch it
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function follow(codex: Codex, folder: string, signal: AbortSignal): Promise<void> {
   *   await using watch = await codex.fs.watch(folder, { signal });
   *   for await (const { paths } of watch) console.log(paths);
   * }
   * ```
   */
  async watch(path: string, options: CallOptions = {}): Promise<FsWatch> {
    checkPath(path);
    checkCallOptions("fs.watch()", options);
    const { watchPath } = await import("./fs_watch.ts");
    return await watchPath(this.#context, path, options);
  }

  async #ask<M extends keyof typeof CALLS>(
    method: M,
    path: string,
    params: ClientParams<M>,
    options: CallOptions,
  ): Promise<ClientResult<M>> {
    checkPath(path);
    const [name, known] = CALLS[method];
    checkCallOptions(`fs.${name}()`, options, known);
    const { signal, timeoutMs } = options;
    try {
      const reply = await this.#context.request(method, params, { signal, timeoutMs });
      checkObject(method, reply);
      return reply;
    } catch (error) {
      const { fsFailure } = await import("./fs_failure.ts");
      throw fsFailure(error, path);
    }
  }
}

function flag<Name extends string>(
  options: { readonly [Key in Name]?: boolean | undefined },
  name: Name,
): boolean {
  const value: unknown = options?.[name];
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw new TypeError(`"${name}" must be true or false, got ${JSON.stringify(value)}`);
}

/**
 * Checks that a path is absolute, because the server's own message for a relative one is unintelligible.
 *
 * @throws {TypeError} if it is not absolute, or contains NUL
 */
function checkPath(path: unknown): void {
  if (typeof path !== "string") {
    const given = path instanceof URL ? "a URL" : typeof path;
    throw new TypeError(`The path must be absolute and a string, got ${given}`);
  }
  if (!isAbsolutePath(path)) {
    throw new TypeError(`The path must be absolute, got ${JSON.stringify(path)}`);
  }
  if (path.includes("\0")) {
    throw new TypeError(`The path must not contain NUL, got ${JSON.stringify(path)}`);
  }
}
