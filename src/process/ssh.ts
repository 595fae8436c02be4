/** Starts the app-server on another machine, over the system's `ssh`. */
import { configArgs, type ConfigOverrides } from "../config/config_overrides.ts";
import { type McpServers, mcpSettings } from "../config/mcp_servers.ts";
import type { Connect, Transport } from "../transport/transport.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkMode, checkWords, openRemote, type RemoteMode, startProgram } from "./command.ts";
import type { ChildProcess, Host } from "./host.ts";
import { explainSsh, NO_CWD_CODE, type RemoteEnd } from "./remote_failures.ts";
import { quoteWords } from "./shell_words.ts";
import { checkTransportOptions } from "./stdio.ts";

/**
 * Options of the transport `ssh()`: how to reach the host, and what to start there.
 *
 * @example
 * ```ts
 * import type { SshOptions } from "@codex-app-server/sdk/transports/ssh";
 *
 * const options: SshOptions = {
 *   codexBin: "/opt/codex/bin/codex",
 *   cwd: "projects/site",
 *   env: { RUST_LOG: "warn" },
 *   sshArgs: ["-p", "2222"],
 * };
 * ```
 */
export interface SshOptions {
  /**
   * The executable on the host: a name on the PATH there, or a path, from `cwd` if it is relative.
   * @default {"codex"}
   */
  readonly codexBin?: string | undefined;
  /** The working directory of the server, on the host; a relative path starts at the home folder, which is the default. */
  readonly cwd?: string | undefined;
  /**
   * Variables of the server; `undefined` unsets one. They travel over the connection and appear on no command line. Nothing of
   * the environment of this machine reaches the server, except what `SendEnv` in the configuration of ssh names.
   */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
  /** Settings that override the `config.toml` of the host. They appear on the server's command line: no secrets. */
  readonly configOverrides?: ConfigOverrides | undefined;
  /** MCP servers in addition to those of the host's `config.toml`; their secrets travel as `env` does. */
  readonly mcpServers?: McpServers | undefined;
  /**
   * Starts a server that ends with the connection, or connects to one that runs on the host already, by
   * `codex app-server proxy`. That one has its own variables and settings: `env` is for the proxy then, and `configOverrides` and
   * `mcpServers` are refused.
   * @default {"stdio"}
   */
  readonly mode?: RemoteMode | undefined;
  /** The socket on the host, with `mode: "socket"`. By default, that of the daemon in the `CODEX_HOME` there. */
  readonly socket?: string | undefined;
  /** Arguments of `ssh`, such as `["-p", "2222"]`. They come before those of the SDK, so the options in them win. */
  readonly sshArgs?: readonly string[] | undefined;
  /**
   * The program on this machine.
   * @default {"ssh"}
   */
  readonly sshBin?: string | undefined;
  /**
   * Maximum message size in bytes.
   * @default {536_870_888}
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Milliseconds that `close()` waits after ending stdin before it ends `ssh` with SIGTERM.
   * @default {2_000}
   */
  readonly closeGraceMs?: number | undefined;
}

const OPTIONS: OptionNames<SshOptions> = {
  codexBin: true,
  cwd: true,
  env: true,
  configOverrides: true,
  mcpServers: true,
  mode: true,
  socket: true,
  sshArgs: true,
  sshBin: true,
  maxMessageBytes: true,
  closeGraceMs: true,
};

const INSTEAD: Readonly<Record<string, string>> = {
  codexHome: 'use "env", such as { CODEX_HOME: "/srv/codex" }',
  port: 'use "sshArgs", such as ["-p", "2222"]',
  user: 'write "user@host"',
  identityFile: 'use "sshArgs", such as ["-i", path]',
  inheritEnv: "nothing of this machine's environment reaches the host",
};

/**
 * What the SDK asks of `ssh`: never to prompt; to notice within a minute that the host is gone; to share no connection with
 * another program, whose limits would hold instead; and to lend the host neither the keys of this machine nor its screen.
 */
const DEFAULTS: readonly string[] = [
  "BatchMode=yes",
  "ConnectTimeout=15",
  "ServerAliveInterval=15",
  "ServerAliveCountMax=3",
  "ControlPath=none",
  "ForwardAgent=no",
  "ForwardX11=no",
  "RemoteCommand=none",
].flatMap((option) => ["-o", option]);

/**
 * Creates the function that starts the app-server on a host.
 *
 * @throws {TypeError} if the host, an option or a variable cannot be passed on
 */
export function connectSsh(
  host: () => Promise<Host>,
  target: string,
  options: SshOptions = {},
): Connect {
  checkHost(target);
  checkOptionNames(
    "ssh()",
    options,
    OPTIONS,
    (name) => Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined,
  );
  const limits = checkTransportOptions(options);
  const { sshBin = "ssh", sshArgs = [], cwd, env = {}, mode, socket } = options;
  const codexBin = options.codexBin ?? "codex";
  for (const [name, path] of Object.entries({ codexBin, cwd, sshBin, socket })) {
    checkPath(name, path);
  }
  checkModeOf(options);
  const mcp = mcpSettings(options.mcpServers, options.configOverrides, env);
  const server = mode === "socket"
    ? ["app-server", "proxy", ...(socket === undefined ? [] : ["--sock", socket])]
    : [...configArgs(mcp.overrides), "app-server", "--listen", "stdio://"];
  const remote = remoteCommand([codexBin, ...server], { cwd, env: { ...env, ...mcp.env } });
  const args = [
    ...checkWords(`"sshArgs"`, sshArgs),
    "-T",
    ...DEFAULTS,
    "--",
    target,
    remote.line,
  ];
  return async ({ signal } = {}): Promise<Transport> => {
    const child = await startProgram(await host(), { program: sshBin, args }, signal);
    send(child, remote.input);
    const own = { name: "ssh", explain: (end: RemoteEnd) => explainSsh(target, end) };
    return await openRemote(child, {
      ...limits,
      ...own,
      hiddenVariables: mcp.hidden,
      mode,
      signal,
    });
  };
}

/** Queues bytes before all others. */
function send(child: ChildProcess, text: string): void {
  if (text === "") return;
  const writer = child.stdin.getWriter();
  writer.write(new TextEncoder().encode(text)).catch(() => {}); // how ssh ends says why
  writer.releaseLock();
}

/** A command line for the login shell of the host, and what the command reads first. */
interface RemoteCommand {
  readonly line: string;
  readonly input: string;
}

/**
 * Returns the command that starts a server in a folder, with variables. A script for `sh` does that, whatever the login shell
 * is. It reads the values of the variables from its stdin, where no other user of the host can see them; the server gets the
 * rest of it.
 */
function remoteCommand(
  server: readonly string[],
  { cwd, env }: {
    readonly cwd?: string | undefined;
    readonly env: { readonly [name: string]: string | undefined };
  },
): RemoteCommand {
  const variables = Object.entries(env).map(([name, value]) => readVariable(name, value));
  const script = [
    ...(cwd === undefined ? [] : [`cd "$1" >/dev/null || exit ${NO_CWD_CODE}`, "shift"]),
    ...variables.map(({ script }) => script),
    'exec "$@"',
  ].join("; ");
  // A relative path gets a dot: `-` and names that CDPATH knows mean something else to `cd`.
  const folder = cwd === undefined ? [] : [cwd.startsWith("/") ? cwd : `./${cwd}`];
  return {
    line: `exec ${quoteWords(["sh", "-c", script, "sh", ...folder, ...server])}`,
    input: variables.map(({ input }) => input).join(""),
  };
}

/** Returns the part of the script that sets a variable: `read` takes a line, so a value of several is read in pieces. */
function readVariable(name: string, value: unknown): { script: string; input: string } {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new TypeError(`${JSON.stringify(name)} of "env" is not a valid name of a variable`);
  }
  if (value === undefined) return { script: `unset ${name}`, input: "" };
  if (typeof value !== "string" || value.includes("\0")) {
    throw new TypeError(`"env.${name}" must be a string without NUL, or undefined to unset it`);
  }
  const lines = value.split("\n");
  const more = lines.slice(1).map(() =>
    `IFS= read -r codex_sdk_line; ${name}="$${name}\n$codex_sdk_line"`
  );
  return {
    script: [`IFS= read -r ${name}`, ...more, `export ${name}`].join("; "),
    input: lines.map((line) => `${line}\n`).join(""),
  };
}

/** Checks the name of a host: it must not pass for an option, nor reach a shell through `ProxyCommand`. */
function checkHost(host: unknown): asserts host is string {
  if (typeof host !== "string" || host === "") {
    throw new TypeError("The host of ssh() must be a non-empty string");
  }
  // In a URL, `%3B` is a character that means something to a shell.
  // deno-lint-ignore no-control-regex -- these are what is refused
  if (!/^-|@-|\/-|^ssh:.*%/i.test(host) && !/[\s\x00-\x1f\x7f'"`$\\;&<>|(){}]/.test(host)) return;
  throw new TypeError(
    `The host of ssh() must not begin with "-" or contain white space, control characters or ` +
      `characters that mean something to a shell, also encoded in a URL, got ${
        JSON.stringify(host)
      }`,
  );
}

function checkModeOf(options: SshOptions): void {
  checkMode(options.mode);
  if (options.mode !== "socket") {
    if (options.socket === undefined) return;
    throw new TypeError(`"socket" of ssh() needs "mode": "socket"`);
  }
  for (const name of ["configOverrides", "mcpServers"] as const) {
    if (options[name] === undefined) continue;
    throw new TypeError(
      `"${name}" of ssh() cannot reach a server that runs already ("mode": "socket"): ` +
        `set it in the config.toml of the host, or in "config" of threadStart()`,
    );
  }
}

function checkPath(name: string, path: unknown): void {
  if (path === undefined) return;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new TypeError(`"${name}" of ssh() must be a non-empty string without NUL`);
  }
  if (name === "sshBin" || !/^~(?:\/|$)/.test(path)) return;
  throw new TypeError(
    `"${name}" of ssh() cannot begin with "~", which nobody expands: a relative path starts at the home folder, ` +
      `that of "codexBin" at "cwd" if there is one`,
  );
}
