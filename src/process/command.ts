/** Reaches the app-server through another program, such as `docker exec`. */
import { RuntimeNotFoundError } from "../errors/start_errors.ts";
import type { Connect, Transport } from "../transport/transport.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { childEnv } from "./child_env.ts";
import { findRuntime } from "./find_runtime.ts";
import type { ChildProcess, Host, SpawnCommand } from "./host.ts";
import { openChildSocket } from "./child_socket.ts";
import { ProcessTransport, type ProcessTransportOptions } from "./process_transport.ts";
import { explainCommand, programNotFound, type RemoteEnd } from "./remote_failures.ts";
import { spawnChild } from "./spawn_child.ts";
import { checkTransportOptions } from "./stdio.ts";

/**
 * Options of the transport `command()`. They are for the program that is started on this machine; what should hold for the
 * server on the other side belongs into its arguments.
 *
 * @example
 * ```ts
 * import type { CommandOptions } from "@codex-app-server/sdk/transports/command";
 *
 * const options: CommandOptions = { env: { DOCKER_CONTEXT: "build-machine" } };
 * ```
 */
export interface CommandOptions {
  /** The working directory of the program, on this machine. */
  readonly cwd?: string | undefined;
  /**
   * Variables of the program, on top of the inherited environment; `undefined` unsets one. Whether they reach the server is
   * up to the program: `docker exec -e NAME` passes one on, and keeps its value off every command line.
   */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
  /**
   * Whether the program inherits the environment.
   * @default {true}
   */
  readonly inheritEnv?: boolean | undefined;
  /**
   * What the command carries: the messages of a server that it starts, or the WebSocket of one that runs already, as
   * `codex app-server proxy` does.
   * @default {"stdio"}
   */
  readonly mode?: RemoteMode | undefined;
  /**
   * Maximum message size in bytes.
   * @default {536_870_888}
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Milliseconds that `close()` waits after ending stdin before it sends SIGTERM to the program.
   * @default {2_000}
   */
  readonly closeGraceMs?: number | undefined;
}

/**
 * What a command carries: `"stdio"`, the messages of a server that it starts, or `"socket"`, the WebSocket of a server that
 * runs already.
 *
 * @example
 * ```ts
 * import type { RemoteMode } from "@codex-app-server/sdk/transports/command";
 *
 * const wordsOf = (mode: RemoteMode): string[] =>
 *   mode === "socket" ? ["codex", "app-server", "proxy"] : ["codex", "app-server"];
 * ```
 */
export type RemoteMode = "stdio" | "socket";

const OPTIONS: OptionNames<CommandOptions> = {
  cwd: true,
  env: true,
  inheritEnv: true,
  mode: true,
  maxMessageBytes: true,
  closeGraceMs: true,
};

/** What belongs on the other side, where this machine cannot put it. */
const OTHER_SIDE: Readonly<Record<string, string>> = {
  codexBin: "it is a word of the command",
  codexHome: 'set it on the other side, such as with "docker exec -e CODEX_HOME=..."',
  configOverrides: 'add "--config", "key=value" to the command, before "app-server"',
  mcpServers: "their secrets would not arrive; define them in the config.toml of the other side, " +
    'and pass secrets on by name, such as with "docker exec -e NAME" and the option "env"',
};

/**
 * Creates the function that starts a command which carries the server's stdin and stdout.
 *
 * @throws {TypeError} if the command is not a list of words, or an option is unknown
 */
export function connectCommand(
  host: () => Promise<Host>,
  command: readonly string[],
  options: CommandOptions = {},
): Connect {
  const [program, ...args] = checkCommand(command);
  checkOptionNames(
    "command()",
    options,
    OPTIONS,
    (name) => Object.hasOwn(OTHER_SIDE, name) ? OTHER_SIDE[name] : undefined,
  );
  checkMode(options.mode);
  const limits = checkTransportOptions(options);
  return async ({ signal } = {}): Promise<Transport> => {
    const child = await startProgram(await host(), { ...options, program, args }, signal);
    const own = { name: "command", explain: (end: RemoteEnd) => explainCommand(program, end) };
    return await openRemote(child, { ...limits, ...own, mode: options.mode, signal });
  };
}

/**
 * Checks an option `mode`.
 *
 * @throws {TypeError} if it is not one
 */
export function checkMode(mode: unknown): void {
  if (mode === undefined || mode === "stdio" || mode === "socket") return;
  throw new TypeError(`"mode" must be "stdio" or "socket"`);
}

/** Takes over a process that carries messages or a WebSocket. */
export async function openRemote(
  child: ChildProcess,
  { mode, signal, ...options }: ProcessTransportOptions & {
    readonly name: string;
    readonly mode: RemoteMode | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Transport> {
  if (mode !== "socket") return new ProcessTransport(child, options);
  return await openChildSocket(child, { ...options, signal });
}

/** A program of this machine, with its arguments. */
export interface Program extends Pick<CommandOptions, "cwd" | "env" | "inheritEnv"> {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Starts a program of this machine.
 *
 * @throws {RemoteError} if it is not there
 */
export async function startProgram(
  host: Host,
  { program, args, cwd, env, inheritEnv }: Program,
  signal?: AbortSignal,
): Promise<ChildProcess> {
  signal?.throwIfAborted();
  const environment = await childEnv(host, {
    ...(env === undefined ? {} : { env }),
    ...(inheritEnv === undefined ? {} : { inheritEnv }),
  });
  try {
    const command: SpawnCommand = {
      command: await locate(host, program),
      args,
      ...(cwd === undefined ? {} : { cwd }),
      ...environment,
    };
    return await spawnChild(host, command, signal);
  } catch (error) {
    throw error instanceof RuntimeNotFoundError ? programNotFound(program, error) : error;
  }
}

/** Finds a program on PATH. Where only certain programs may start, the runtime itself looks up which one is meant. */
async function locate(host: Host, program: string): Promise<string> {
  if (await host.limitsPrograms?.() === true) return program;
  return (await findRuntime(host, { codexBin: program, label: "command" })).path;
}

function checkCommand(command: readonly string[]): readonly [string, ...string[]] {
  const [program, ...args] = checkWords(`The argument of command()`, command);
  if (program !== undefined && program !== "") return [program, ...args];
  throw new TypeError("The argument of command() must begin with the program");
}

/**
 * Checks the words of a command line.
 *
 * @throws {TypeError} if they are not an array of strings without NUL; no word is quoted, because it may be a secret
 */
export function checkWords(what: string, words: unknown): readonly string[] {
  if (!Array.isArray(words)) throw new TypeError(`${what} must be an array of strings`);
  for (const [index, word] of words.entries()) {
    if (typeof word === "string" && !word.includes("\0")) continue;
    throw new TypeError(`${what} must be strings without NUL, which number ${index} is not`);
  }
  return [...words];
}
