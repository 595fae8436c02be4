/** MCP servers as settings of the runtime, with their secrets in the environment. */
import { isRecord } from "../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { configArgs, type ConfigOverrides, type ConfigValue } from "./config_overrides.ts";

/**
 * Options common to all MCP servers.
 *
 * @example
 * ```ts
 * import type { McpServerBase } from "@codex-app-server/sdk/types";
 *
 * const limits: McpServerBase = { startupTimeoutMs: 5_000, disabledTools: ["delete"] };
 * ```
 */
export interface McpServerBase {
  /**
   * Whether the server is used.
   * @default {true}
   */
  readonly enabled?: boolean | undefined;
  /** Maximum startup time in milliseconds. */
  readonly startupTimeoutMs?: number | undefined;
  /** Maximum duration of a tool call in milliseconds. */
  readonly toolTimeoutMs?: number | undefined;
  /** The only tools to offer. By default, all are offered. */
  readonly enabledTools?: readonly string[] | undefined;
  /** Tools that are not offered. */
  readonly disabledTools?: readonly string[] | undefined;
  /** Further keys of the server's table in `config.toml`. They appear on the runtime's command line: no secrets. */
  readonly config?: { readonly [key: string]: ConfigValue | undefined } | undefined;
}

/**
 * An MCP server that the runtime starts as a process.
 *
 * @example
 * ```ts
 * import type { McpProcessServer } from "@codex-app-server/sdk/types";
 *
 * const files: McpProcessServer = { command: "mcp-files", args: ["--root", "/srv"] };
 * ```
 */
export interface McpProcessServer extends McpServerBase {
  /** The program to run. */
  readonly command: string;
  /** Its arguments, visible to every user of the machine. */
  readonly args?: readonly string[] | undefined;
  /** Its working directory. */
  readonly cwd?: string | undefined;
  /**
   * Its environment variables, passed through the environment of the runtime: they stay off every command line, and the
   * runtime itself sees them too. For the agent's commands they are set to `""`, other than `PATH` and its like; a command
   * that runs outside the sandbox may still find them in the memory of the runtime.
   */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
}

/**
 * An MCP server that is reached over HTTP.
 *
 * @example
 * ```ts
 * import type { McpHttpServer } from "@codex-app-server/sdk/types";
 *
 * const search: McpHttpServer = { url: "https://mcp.example.com/", headers: { "x-team": "docs" } };
 * ```
 */
export interface McpHttpServer extends McpServerBase {
  /** The URL of the server. */
  readonly url: string;
  /** The token to send as `Authorization: Bearer`; it stays off every command line. */
  readonly bearerToken?: string | undefined;
  /** Headers to send with every request; their values stay off every command line. */
  readonly headers?: { readonly [name: string]: string | undefined } | undefined;
}

/**
 * MCP servers by name.
 *
 * @example
 * ```ts
 * import { Codex, type McpServers } from "@codex-app-server/sdk";
 *
 * async function start(token: string): Promise<Codex> {
 *   const mcpServers: McpServers = {
 *     files: { command: "mcp-files", args: ["--root", "/srv"], env: { FILES_KEY: token } },
 *     search: { url: "https://mcp.example.com/", bearerToken: token, enabledTools: ["search"] },
 *   };
 *   return await Codex.start({ mcpServers });
 * }
 * ```
 */
export type McpServers = { readonly [name: string]: McpProcessServer | McpHttpServer };

/** The server settings: overrides merged with the caller's, and the variables that they refer to. */
export interface McpSettings {
  readonly overrides: ConfigOverrides | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** The names of the variables that the agent's commands must not see. */
  readonly hidden: readonly string[];
}

/**
 * Merges the servers into the caller's overrides and the environment of the runtime.
 *
 * @throws {TypeError} if a server option is unknown or has the wrong type, or one variable would need two values
 */
export function mcpSettings(
  servers: McpServers | undefined,
  overrides: ConfigOverrides | undefined,
  env: { readonly [name: string]: string | undefined } = {},
): McpSettings {
  if (servers === undefined) return { overrides, env: {}, hidden: [] };
  if (typeof servers !== "object" || servers === null) {
    throw new TypeError(`"mcpServers" must be an object, got ${String(servers)}`);
  }
  const variables = new Variables(env);
  const tables = Object.fromEntries(
    Object.entries(servers).map(([name, server], index) => [
      `mcp_servers.${JSON.stringify(name)}`,
      table(name, server, { variables, prefix: `CODEX_SDK_MCP_${index}` }),
    ]),
  );
  const added = variables.toObject();
  const hidden = Object.keys(added).filter((name) => !NEEDED.has(name.toUpperCase()));
  return { overrides: merged(overrides, tables, hidden), env: added, hidden };
}

/**
 * Returns the tables of servers that are stored in `config.toml`, by name.
 *
 * @throws {TypeError} if a server option is unknown, has the wrong type, or is a secret, which the file would show
 */
export function storedMcpServers(
  servers: McpServers,
): { readonly [name: string]: { readonly [key: string]: ConfigValue | undefined } } {
  if (!isRecord(servers)) throw new TypeError("The MCP servers must be an object, by name");
  const tables = Object.entries(servers).map(([name, server]) => {
    const options = { variables: new Variables({}), prefix: "" };
    const made = table(name, server as McpProcessServer | McpHttpServer, options);
    const secret = SECRETS.find((option) => Object.hasOwn(server as object, option));
    if (secret === undefined) return [name, made];
    throw new TypeError(
      `Cannot store "${secret}" of the MCP server "${name}": config.toml would show it to every command; ` +
        `give the server to "mcpServers" of the client, or name a variable of the runtime in "config"`,
    );
  });
  return Object.fromEntries(tables);
}

const SECRETS = ["env", "bearerToken", "headers"] as const;

/** Variables that commands cannot do without, and that hold no secrets. */
const NEEDED: ReadonlySet<string> = new Set(
  "HOME LOGNAME PATH PATHEXT SHELL SYSTEMROOT TEMP TMP TMPDIR USER USERNAME".split(" "),
);

/** The setting that empties a variable for commands. Unlike `exclude`, which is one list, it merges with `config.toml`. */
const SET = "shell_environment_policy.set";

/**
 * Merges the tables into the overrides and hides the variables. The tables must be one argument, because a later one replaces
 * another with the same root key. What the caller sets for a hidden variable stays.
 */
function merged(
  overrides: ConfigOverrides | undefined,
  tables: { readonly [path: string]: ConfigValue },
  hidden: readonly string[],
): ConfigOverrides {
  if (!Array.isArray(overrides)) {
    const hide = hidden.map((name) => [`${SET}.${JSON.stringify(name)}`, ""]);
    return { ...Object.fromEntries(hide), ...overrides, ...tables };
  }
  const pairs = overrides as readonly string[];
  if (pairs.some((pair) => /^\s*mcp_servers\b/.test(pair))) {
    throw new TypeError('"mcpServers" cannot be combined with a string "mcp_servers...=value"');
  }
  const args = configArgs(tables).filter((_, index) => index % 2 === 1);
  return [...pairs, ...args, ...hidden.flatMap((name) => hidingPair(name, pairs))];
}

/** The dotted string that hides a variable, which adds to the strings before it. */
function hidingPair(name: string, pairs: readonly string[]): string[] {
  if (!/^[\w-]+$/.test(name)) {
    throw new TypeError(
      `The variable ${
        JSON.stringify(name)
      } of an MCP server cannot be hidden from the agent's commands ` +
        `beside "configOverrides" as strings; give "configOverrides" as an object`,
    );
  }
  const key = `${SET}.${name}`;
  return pairs.some((pair) => pair.split("=", 1)[0]?.trim() === key) ? [] : [`${key}=""`];
}

/** Variables for the runtime's environment; each has one value. */
class Variables {
  readonly #given: { readonly [name: string]: string | undefined };
  readonly #added = new Map<string, string>();

  constructor(given: { readonly [name: string]: string | undefined }) {
    this.#given = given;
  }

  add(name: string, value: string, server: string): string {
    const present = this.#added.get(name) ?? this.#given[name];
    if (present !== undefined && present !== value) {
      throw new TypeError(
        `The MCP server "${server}" needs a different value of the variable "${name}" than the runtime ` +
          `or another server; use "config: { env: {...} }" for what is not secret`,
      );
    }
    this.#added.set(name, value);
    return name;
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.#added);
  }
}

const COMMON: OptionNames<McpServerBase> = {
  enabled: true,
  startupTimeoutMs: true,
  toolTimeoutMs: true,
  enabledTools: true,
  disabledTools: true,
  config: true,
};

const PROCESS: OptionNames<McpProcessServer> = {
  command: true,
  args: true,
  cwd: true,
  env: true,
  ...COMMON,
};

const HTTP: OptionNames<McpHttpServer> = { url: true, bearerToken: true, headers: true, ...COMMON };

/** Names of `config.toml` and of other programs. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  bearer_token_env_var: 'use "bearerToken"',
  http_headers: 'use "headers"',
  startup_timeout_sec: 'use "startupTimeoutMs"',
  tool_timeout_sec: 'use "toolTimeoutMs"',
  transport: "the server is a process if it has a command, otherwise it is reached over HTTP",
  type: "the server is a process if it has a command, otherwise it is reached over HTTP",
};

function elsewhere(name: string): string | undefined {
  return Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
}

interface TableOptions {
  readonly variables: Variables;
  /** The prefix of variable names that the SDK chooses. */
  readonly prefix: string;
}

function table(
  name: string,
  server: McpProcessServer | McpHttpServer,
  { variables, prefix }: TableOptions,
): { readonly [key: string]: ConfigValue | undefined } {
  const isProcess = "command" in (server ?? {});
  checkOptionNames(`the MCP server "${name}"`, server, isProcess ? PROCESS : HTTP, elsewhere);
  const { enabled, enabledTools, disabledTools, config } = server;
  const common = {
    enabled,
    enabled_tools: enabledTools,
    disabled_tools: disabledTools,
    startup_timeout_sec: seconds(server.startupTimeoutMs),
    tool_timeout_sec: seconds(server.toolTimeoutMs),
    ...config,
  };
  if (isProcess) {
    const { command, args, cwd, env } = server as McpProcessServer;
    const vars = entries(name, "env", env).map(([key, value]) => variables.add(key, value, name));
    return {
      command: text(name, "command", command),
      args,
      cwd,
      ...(vars.length === 0 ? {} : { env_vars: vars }),
      ...common,
    };
  }
  const { url, bearerToken, headers } = server as McpHttpServer;
  const names = entries(name, "headers", headers).map(([header, value], index) =>
    [header, variables.add(`${prefix}_HEADER_${index}`, value, name)] as const
  );
  return {
    url: text(name, "url", url),
    ...(bearerToken === undefined ? {} : {
      bearer_token_env_var: variables.add(
        `${prefix}_BEARER_TOKEN`,
        text(name, "bearerToken", bearerToken),
        name,
      ),
    }),
    ...(names.length === 0 ? {} : { env_http_headers: Object.fromEntries(names) }),
    ...common,
  };
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1_000;
}

/** Checks a string that may be a secret: the error reports only its type. */
function text(server: string, field: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  const got = value === "" ? "an empty string" : typeof value;
  throw new TypeError(
    `"${field}" of the MCP server "${server}" must be a non-empty string, got ${got}`,
  );
}

function entries(
  server: string,
  field: string,
  values: { readonly [name: string]: string | undefined } | undefined,
): (readonly [string, string])[] {
  return Object.entries(values ?? {}).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value === "string") return [[key, value] as const];
    throw new TypeError(
      `"${field}.${key}" of the MCP server "${server}" must be a string, got ${typeof value}`,
    );
  });
}
