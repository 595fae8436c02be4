/**
 * Starts `codex app-server` under Deno, with `Deno.Command`.
 *
 * @module
 */
import { PermissionError } from "../src/errors/start_errors.ts";
import type { ChildExit, ChildProcess, Host, PathKind, SpawnCommand } from "../src/process/host.ts";
import { pathOfFileUrl } from "../src/process/paths.ts";
import { connectStdio } from "../src/process/stdio.ts";
import type { StdioOptions } from "../src/process/stdio_options.ts";
import type { Connect, PeerFiles } from "../src/transport/transport.ts";

export type {
  ChildExit,
  ChildProcess,
  Host,
  PathKind,
  Spawn,
  SpawnCommand,
} from "../src/process/host.ts";

/**
 * Creates the function that starts the app-server under Deno.
 *
 * @example
 * ```ts
 * import { stdio } from "@codex-app-server/sdk/transports/deno";
 *
 * const connect = stdio({ codexBin: "/usr/local/bin/codex" });
 * ```
 */
export function stdio(options: StdioOptions = {}): Connect {
  return connectStdio(host, options, withoutPrompts);
}

/**
 * Starts a program with `Deno.Command`.
 *
 * @example
 * ```ts
 * import { spawn } from "@codex-app-server/sdk/transports/deno";
 *
 * async function help(codexBin: string): Promise<string> {
 *   const { stdout } = await spawn({ command: codexBin, args: ["--help"], env: {} });
 *   return await new Response(stdout).text();
 * }
 * ```
 */
// deno-lint-ignore require-await -- a failed start must reject
export async function spawn(command: SpawnCommand): Promise<ChildProcess> {
  return toChildProcess(start(command));
}

/**
 * Describes Deno and the machine it runs on.
 *
 * @example
 * ```ts
 * import { host } from "@codex-app-server/sdk/transports/deno";
 *
 * const searched = (): readonly string[] => host().searchFolders;
 * ```
 */
export function host(): Host {
  const deno = denoApi();
  // The modules of a compiled program are not on disk: their path is below the folder for temporary files, where
  // anybody can put packages.
  const here = deno.build.standalone === true ? undefined : new URL(".", import.meta.url);
  return {
    runtime: "deno",
    platform: platformName(deno),
    arch: ({ x86_64: "x64", aarch64: "arm64" } as Record<string, string>)[deno.build.arch] ??
      deno.build.arch,
    spawn,
    searchFolders: here?.protocol === "file:" ? [toPath(here)] : [],
    cwd: () => deno.cwd(),
    environment: () => unlessDenied(() => deno.env.toObject(), undefined),
    variable: (name) =>
      explainDenied(
        () => deno.env.get(name),
        `read the environment variable ${name}`,
        `--allow-env=${name}`,
      ),
    async look(path): Promise<PathKind> {
      try {
        const info = await deno.stat(path);
        if (info.isDirectory) return "directory";
        return info.isFile ? "file" : "missing";
      } catch (error) {
        if (isDenied(error)) {
          throw new PermissionError(`look at "${path}"`, `--allow-read=${path}`, { cause: error });
        }
        return "missing";
      }
    },
    realPath: (path) => deno.realPath(path).catch(() => path),
    async readLink(path): Promise<string | undefined> {
      try {
        return (await deno.lstat(path)).isSymlink ? await deno.readLink(path) : undefined;
      } catch (error) {
        const { NotFound, NotADirectory } = deno.errors;
        if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
        throw error;
      }
    },
    magic: readMagic,
    ...(here === undefined ? {} : { cachedPackage }),
    limitsPrograms: async () => (await deno.permissions.query({ name: "run" })).state !== "granted",
    missingFlag: (error, command) => {
      if (!isDenied(error)) return undefined;
      return loaderVariables(error).length > 0 ? "--allow-run" : `--allow-run=${command}`;
    },
  };
}

/** The files that may be read without asking: on a terminal, Deno would ask its user, who knows nothing of it. */
function withoutPrompts(on: Host): PeerFiles {
  const check = async (path: string): Promise<void> => {
    const { state } = await denoApi().permissions.query({ name: "read", path });
    if (state !== "granted") throw new PermissionError(`look at "${path}"`, `--allow-read=${path}`);
  };
  return {
    look: async (path) => {
      await check(path);
      return await on.look(path);
    },
    readLink: async (path) => {
      await check(path);
      return await on.readLink(path);
    },
  };
}

function start({ command, args, cwd, env, inheritEnv = false }: SpawnCommand): DenoChild {
  const options = {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env,
    clearEnv: !inheritEnv,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  } as const;
  const { Command } = denoApi();
  try {
    return new Command(command, options).spawn();
  } catch (error) {
    // Deno refuses to pass on loader variables to a specific program without reading them, unless they are empty.
    const refused = inheritEnv && isDenied(error) ? loaderVariables(error) : [];
    if (refused.length === 0) throw error;
    const emptied = Object.fromEntries(refused.map((name) => [name, ""]));
    return new Command(command, { ...options, env: { ...emptied, ...env } }).spawn();
  }
}

function toChildProcess(child: DenoChild): ChildProcess {
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    // After a signal, Deno reports 128 plus its number as the code.
    exited: child.status.then(({ code, signal }): ChildExit =>
      signal === null ? { code, signal } : { code: null, signal }
    ),
    kill(signal): void {
      try {
        child.kill(signal);
      } catch {
        // It has already ended.
      }
    },
  };
}

/** Finds a package in Deno's own cache of npm packages, and fetches it if it is missing, as an import would. */
async function cachedPackage(wanted: string): Promise<string | undefined> {
  const dependency = dependencyFolder(wanted);
  if (dependency !== undefined) return dependency;
  // Not a literal, which bundlers would try to resolve.
  const specifier = `npm:${wanted}/package.json`;
  let url = import.meta.resolve(specifier);
  if (!url.startsWith("file:")) {
    await import(specifier, { with: { type: "json" } });
    url = import.meta.resolve(specifier);
  }
  return url.startsWith("file:") ? toPath(new URL(".", url)) : undefined;
}

/**
 * Finds the package among the SDK's own dependencies. Needed for an SDK from npm: its modules may not import `npm:`,
 * and Deno's cache has no `node_modules` to search.
 */
function dependencyFolder(wanted: string): string | undefined {
  if (!import.meta.url.startsWith("file:")) return undefined;
  try {
    const url = import.meta.resolve(`${wanted.replace(/@[^@]*$/, "")}/package.json`);
    return url.startsWith("file:") ? toPath(new URL(".", url)) : undefined;
  } catch {
    return undefined;
  }
}

async function readMagic(path: string): Promise<string> {
  try {
    using file = await denoApi().open(path);
    const bytes = new Uint8Array(2);
    await file.read(bytes);
    return new TextDecoder().decode(bytes);
  } catch {
    return "";
  }
}

function toPath(url: URL): string {
  return pathOfFileUrl(platformName(denoApi()), url);
}

/** Returns Deno's platform in Node's notation. */
function platformName({ build }: DenoLike): string {
  return build.os === "windows" ? "win32" : build.os;
}

function loaderVariables(error: unknown): readonly string[] {
  return (error instanceof Error ? error.message : "").match(/\b(?:LD|DYLD)_\w+/g) ?? [];
}

function isDenied(error: unknown): boolean {
  return error instanceof denoApi().errors.NotCapable;
}

function unlessDenied<T, E>(action: () => T, otherwise: E): T | E {
  try {
    return action();
  } catch (error) {
    if (isDenied(error)) return otherwise;
    throw error;
  }
}

function explainDenied<T>(action: () => T, what: string, flag: string): T {
  try {
    return action();
  } catch (error) {
    throw isDenied(error) ? new PermissionError(what, flag, { cause: error }) : error;
  }
}

function denoApi(): DenoLike {
  return (globalThis as unknown as { Deno: DenoLike }).Deno;
}

/** A program started by `Deno.Command`. */
interface DenoChild {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<{ readonly code: number; readonly signal: string | null }>;
  kill(signal: string): void;
}

/** The options of `Deno.Command`. */
interface DenoCommandOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clearEnv: boolean;
  readonly stdin: "piped";
  readonly stdout: "piped";
  readonly stderr: "piped";
}

/** The global `Deno`. */
interface DenoLike {
  readonly build: {
    readonly os: string;
    readonly arch: string;
    /** Whether this program was made by `deno compile`. */
    readonly standalone?: boolean;
  };
  readonly env: { get(name: string): string | undefined; toObject(): Record<string, string> };
  readonly errors: {
    readonly [Name in "NotCapable" | "NotFound" | "NotADirectory"]: new (message?: string) => Error;
  };
  readonly permissions: {
    query(
      descriptor: { readonly name: "run" } | { readonly name: "read"; readonly path: string },
    ): Promise<{ readonly state: string }>;
  };
  readonly Command: new (
    command: string,
    options: DenoCommandOptions,
  ) => { spawn(): DenoChild };
  cwd(): string;
  stat(path: string): Promise<{ readonly isFile: boolean; readonly isDirectory: boolean }>;
  lstat(path: string): Promise<{ readonly isSymlink: boolean }>;
  realPath(path: string): Promise<string>;
  readLink(path: string): Promise<string>;
  open(path: string): Promise<Disposable & { read(into: Uint8Array): Promise<number | null> }>;
}
