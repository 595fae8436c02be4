/**
 * Starts `codex app-server` on another machine over the system's `ssh`, on Deno, Bun and Node.
 *
 * @module
 */
import { connectSsh, type SshOptions } from "../src/process/ssh.ts";
import type { Connect } from "../src/transport/transport.ts";
import { loadHost } from "./load_runtime.ts";

export type { RemoteMode } from "../src/process/command.ts";
export type { SshOptions } from "../src/process/ssh.ts";

/**
 * Creates the function that starts the app-server on a host: `"box"`, `"user@box"` or `"ssh://user@box:2222"`. Host names, keys
 * and jump hosts come from the configuration of ssh. Nobody is asked for anything, and a host that is gone is noticed within
 * a minute.
 *
 * A start that fails for a reason that `ssh` tells rejects with `RemoteError`.
 *
 * @throws {TypeError} if the host or an option cannot be passed on
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { ssh } from "@codex-app-server/sdk/transports/ssh";
 *
 * const connect = ssh("build@box", { codexBin: "/opt/codex/bin/codex", cwd: "projects/site" });
 * const start = (): Promise<Codex> => Codex.start({ connect });
 * ```
 */
export function ssh(host: string, options: SshOptions = {}): Connect {
  return connectSsh(loadHost, host, options);
}
