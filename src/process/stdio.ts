/** Starts the app-server as a child process, on any runtime. */
import { configArgs } from "../config/config_overrides.ts";
import { mcpSettings } from "../config/mcp_servers.ts";
import type { Connect, PeerFiles, Transport } from "../transport/transport.ts";
import { checkOptionNames } from "../util/option_names.ts";
import { checkLimitMs } from "../util/timer.ts";
import { childEnv, type ChildEnvOptions } from "./child_env.ts";
import { findRuntime } from "./find_runtime.ts";
import type { Host, SpawnCommand } from "./host.ts";
import { ProcessTransport, type ProcessTransportOptions } from "./process_transport.ts";
import { checkRuntimePackage } from "./runtime_package.ts";
import { spawnChild } from "./spawn_child.ts";
import { STDIO_OPTIONS, type StdioOptions } from "./stdio_options.ts";

/**
 * Creates the function that starts the app-server on a host. It searches for the runtime only when called. `filesOf` gives
 * the files that the transport shows to its client.
 *
 * @throws {TypeError} if an option is unknown, `configOverrides`, `mcpServers` or `launchArgsOverride` is not a valid command line, or
 *   `runtimePackage` is not a valid package name
 * @throws {RangeError} if a limit is not a positive number
 */
export function connectStdio(
  host: () => Host,
  options: StdioOptions = {},
  filesOf: (host: Host) => PeerFiles = (on) => on,
): Connect {
  checkOptionNames("stdio()", options, STDIO_OPTIONS);
  const args = ["app-server", "--listen", "stdio://"];
  const override = checkOverride(options.launchArgsOverride);
  const runtimePackage = checkRuntimePackage(options.runtimePackage);
  const servers = override === undefined ? options.mcpServers : undefined;
  const mcp = mcpSettings(servers, options.configOverrides, options.env);
  const defaultArgs = [...configArgs(mcp.overrides), ...args];
  const transportOptions = checkTransportOptions(options);

  return async ({ signal } = {}): Promise<Transport> => {
    signal?.throwIfAborted();
    const on = host();
    const { path, codexPathDir } = await findRuntime(on, {
      ...searchFor(options, override),
      ...(runtimePackage === undefined ? {} : { runtimePackage }),
    });
    const env = await childEnv(on, {
      ...envOptions({ ...options, env: { ...options.env, ...mcp.env } }),
      ...(codexPathDir === undefined ? {} : { codexPathDir }),
    });
    const command: SpawnCommand = {
      command: path,
      args: override?.slice(1) ?? defaultArgs,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...env,
    };
    const child = await spawnChild(on, command, signal);
    // Another command line may start a server on another machine.
    const files = override === undefined ? { files: filesFrom(options.cwd, filesOf(on)) } : {};
    return new ProcessTransport(child, {
      ...transportOptions,
      ...files,
      hiddenVariables: mcp.hidden,
    });
  };
}

/** Relative paths are relative to the working directory of the server. */
function filesFrom(cwd: string | undefined, files: PeerFiles): PeerFiles {
  if (cwd === undefined) return files;
  const isRelative = (path: string): boolean => !/^([\\/]|[A-Za-z]:)/.test(path);
  return {
    look: (path) => files.look(isRelative(path) ? `${cwd}/${path}` : path),
    readLink: (path) => files.readLink(path),
  };
}

function searchFor(
  { codexBin }: StdioOptions,
  override: readonly string[] | undefined,
): { codexBin?: string; label?: string } {
  const program = override?.[0];
  if (program !== undefined) return { codexBin: program, label: `option "launchArgsOverride"` };
  return codexBin === undefined ? {} : { codexBin };
}

function envOptions({ env, inheritEnv, codexHome }: StdioOptions): ChildEnvOptions {
  return {
    ...(env === undefined ? {} : { env }),
    ...(inheritEnv === undefined ? {} : { inheritEnv }),
    ...(codexHome === undefined ? {} : { codexHome }),
  };
}

function checkOverride(override: readonly string[] | undefined): readonly string[] | undefined {
  if (override === undefined) return undefined;
  const isCommand = Array.isArray(override) && override.length > 0 &&
    override.every((arg) => typeof arg === "string");
  if (isCommand) return [...override];
  throw new TypeError(
    `"launchArgsOverride" must be an array of strings, starting with the program`,
  );
}

/** Checks the limits that every transport over a process has. */
export function checkTransportOptions(
  { maxMessageBytes, closeGraceMs }: Pick<StdioOptions, "maxMessageBytes" | "closeGraceMs">,
): ProcessTransportOptions {
  checkLimitMs("closeGraceMs", closeGraceMs);
  if (maxMessageBytes !== undefined && !(maxMessageBytes > 0)) {
    throw new RangeError(`"maxMessageBytes" must be a positive number, got ${maxMessageBytes}`);
  }
  return {
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
    ...(closeGraceMs === undefined ? {} : { closeGraceMs }),
  };
}
