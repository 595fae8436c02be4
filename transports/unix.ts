/**
 * Connects to a `codex app-server` on this machine that listens on a Unix socket, such as its daemon.
 *
 * @module
 */
import type { Host } from "../src/process/host.ts";
import { joinPath } from "../src/process/paths.ts";
import type { Connect } from "../src/transport/transport.ts";
import { checkOptionNames, type OptionNames } from "../src/util/option_names.ts";
import { checkWebSocketLimits, type WebSocketLimits } from "../src/websocket/from_streams.ts";
import { loadHost } from "./load_runtime.ts";
import { openWebSocket } from "./open_web_socket.ts";

const OPTIONS: OptionNames<WebSocketLimits> = {
  handshakeTimeoutMs: true,
  pingMs: true,
  pongMs: true,
  maxMessageBytes: true,
  closeTimeoutMs: true,
};

/** The longest path that every system accepts for a socket, in bytes. */
const MAX_PATH_BYTES = 103;

/**
 * Creates the function that connects to `codex app-server --listen unix://PATH`. Without a path, to the daemon of
 * `codex app-server daemon start`, whose socket is in `CODEX_HOME`.
 *
 * @throws {TypeError} if the path or an option is not valid
 * @throws {RangeError} if a limit is not a number of milliseconds or bytes
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { unix } from "@codex-app-server/sdk/transports/unix";
 *
 * const overDaemon = (): Promise<Codex> => Codex.start({ connect: unix() });
 * ```
 */
export function unix(path?: string, options: WebSocketLimits = {}): Connect {
  checkOptionNames("unix()", options, OPTIONS);
  checkWebSocketLimits(options);
  if (path !== undefined && (typeof path !== "string" || path === "" || path.includes("\0"))) {
    throw new TypeError("The path of unix() must be a non-empty string without a null character");
  }
  return async ({ signal } = {}) => {
    const host = await loadHost();
    const address = path ?? daemonSocket(host);
    const target = {
      name: "unix",
      socket: { address, path: await shortened(address, host) },
      host: "localhost",
      path: "/",
      headers: () => Promise.resolve({}),
      limits: options,
    };
    return await openWebSocket(target, signal);
  };
}

/** The socket of the daemon, where Codex puts it. */
function daemonSocket(host: Host): string {
  const { platform } = host;
  let home = host.variable("CODEX_HOME");
  if (home === undefined || home === "") {
    const user = host.variable(platform === "win32" ? "USERPROFILE" : "HOME");
    if (user === undefined || user === "") {
      throw new TypeError("Cannot find the socket of the daemon: CODEX_HOME is not set");
    }
    home = joinPath(platform, user, ".codex");
  }
  return joinPath(platform, home, "app-server-control", "app-server-control.sock");
}

/** Follows a path that is too long for a socket: the server puts the socket itself elsewhere, with a link at the path. */
async function shortened(path: string, host: Host): Promise<string> {
  if (new TextEncoder().encode(path).length <= MAX_PATH_BYTES) return path;
  return await host.realPath(path);
}
