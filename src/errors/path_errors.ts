/** Errors of paths that are checked before they are sent. */
import { CodexError } from "./codex_error.ts";

/**
 * A path in an option or in the input of a turn does not exist on the server's machine; nothing was sent. The server itself
 * would accept such a `cwd` and ignore such an image or skill.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 * import { PathNotFoundError } from "@codex-app-server/sdk/errors";
 *
 * async function open(codex: Codex, cwd: string): Promise<Thread | null> {
 *   return await codex.threadStart({ cwd }).catch((error: unknown) => {
 *     if (error instanceof PathNotFoundError) return null; // ask for another folder
 *     throw error;
 *   });
 * }
 * ```
 */
export class PathNotFoundError extends CodexError {
  /** The class name. */
  override readonly name: string = "PathNotFoundError";
  /** Where the path was passed: `"cwd"`, `"localImage"`, `"localAudio"` or `"skill"`. */
  readonly option: string;
  /** The path that was passed. */
  readonly path: string;

  /** Creates the error for a path and what is wrong with it. */
  constructor(option: string, path: string, problem = "it does not exist") {
    super(
      `Cannot use "${path}" as ${option}: ${problem} on the server's machine. If "codexBin" starts the server on ` +
        `another machine, use command(), ssh() or "launchArgsOverride" in its place: then no path is checked here`,
      { code: "path_not_found" },
    );
    this.option = option;
    this.path = path;
  }
}
