/**
 * Reaches `codex app-server` through another program that carries its stdin and stdout, such as `docker exec`, `kubectl exec`,
 * `wsl` or `nix develop`, on Deno, Bun and Node.
 *
 * @module
 */
import { type CommandOptions, connectCommand } from "../src/process/command.ts";
import type { Connect } from "../src/transport/transport.ts";
import { loadHost } from "./load_runtime.ts";

export type { CommandOptions, RemoteMode } from "../src/process/command.ts";

/**
 * Creates the function that starts the app-server through a command: the program and its arguments, passed on as they are,
 * without a shell. Nothing of this machine is assumed on the other side: paths are not checked here, and the environment is
 * that of the program alone.
 *
 * Opening rejects with `RemoteError` if the program is not there; a start that fails for a reason that `docker`, `podman`,
 * `kubectl` or `wsl` tells rejects with it too.
 *
 * @throws {TypeError} if the command is not a list of words, or an option is unknown
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { command } from "@codex-app-server/sdk/transports/command";
 *
 * const connect = command(["docker", "exec", "-i", "box", "codex", "app-server"]);
 * const start = (): Promise<Codex> => Codex.start({ connect });
 * ```
 */
export function command(words: readonly string[], options: CommandOptions = {}): Connect {
  return connectCommand(loadHost, words, options);
}
