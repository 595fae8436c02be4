/** The options of a server that is a child process. */
import type { ConfigOverrides } from "../config/config_overrides.ts";
import type { McpServers } from "../config/mcp_servers.ts";
import type { OptionNames } from "../util/option_names.ts";

/**
 * How to find, start and end `codex app-server`.
 *
 * @example
 * ```ts
 * import type { StdioOptions } from "@codex-app-server/sdk/types";
 *
 * const options: StdioOptions = {
 *   configOverrides: { model: "gpt-5" },
 *   env: { RUST_LOG: "warn", HTTP_PROXY: undefined },
 * };
 * ```
 */
export interface StdioOptions {
  /**
   * The executable: a path, or a bare name to look up on PATH. It counts as a server on this machine, whose paths are checked
   * before they are sent; for a program that starts one elsewhere, use `command()`, `ssh()` or `launchArgsOverride`.
   */
  readonly codexBin?: string | undefined;
  /**
   * The npm package to search for the executable, made by `deno task stage-runtime` and named without its platform
   * suffix.
   * `CODEX_BIN` takes precedence.
   * @default {"@openai/codex"}
   */
  readonly runtimePackage?: string | undefined;
  /**
   * The complete command line, starting with the program. Overrides `codexBin`, `configOverrides` and `mcpServers`. No path
   * is checked on this machine. For another machine or a container, use the transports `ssh()` and `command()`.
   */
  readonly launchArgsOverride?: readonly string[] | undefined;
  /** Settings that override the server's `config.toml`. */
  readonly configOverrides?: ConfigOverrides | undefined;
  /** MCP servers in addition to those of `config.toml`; their secrets are passed through the environment. */
  readonly mcpServers?: McpServers | undefined;
  /** The working directory of the server. */
  readonly cwd?: string | undefined;
  /** Variables to set on top of the inherited environment; `undefined` unsets one. */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
  /**
   * Whether the server inherits the environment.
   * @default {true}
   */
  readonly inheritEnv?: boolean | undefined;
  /** The folder of the server's settings and sessions (`CODEX_HOME`); it must exist. */
  readonly codexHome?: string | undefined;
  /**
   * Maximum message size in bytes.
   * @default {536_870_888}
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Milliseconds that `close()` waits after ending stdin before it sends SIGTERM.
   * @default {2_000}
   */
  readonly closeGraceMs?: number | undefined;
}

/** The names of the options. */
export const STDIO_OPTIONS: OptionNames<StdioOptions> = {
  codexBin: true,
  runtimePackage: true,
  launchArgsOverride: true,
  configOverrides: true,
  mcpServers: true,
  cwd: true,
  env: true,
  inheritEnv: true,
  codexHome: true,
  maxMessageBytes: true,
  closeGraceMs: true,
};
