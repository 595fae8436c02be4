/** The environment of the child process. */
import { PermissionError } from "../errors/start_errors.ts";
import type { Host } from "./host.ts";
import { isAbsolutePath, joinPath } from "./paths.ts";

/** Options of {@linkcode childEnv}. */
export interface ChildEnvOptions {
  /** Variables to set on top of the inherited ones; `undefined` unsets one. */
  readonly env?: { readonly [name: string]: string | undefined };
  /**
   * If `false`, only `env` is passed, and on Windows the few variables that every program needs.
   * @default {true}
   */
  readonly inheritEnv?: boolean;
  /** The `CODEX_HOME` folder; a relative path is resolved against the host's working directory. */
  readonly codexHome?: string;
  /** The folder to prepend to PATH, if there is a PATH. */
  readonly codexPathDir?: string;
}

/** An environment ready for spawning. */
export interface ChildEnv {
  readonly env: Readonly<Record<string, string>>;
  /** Set if the host passes on its environment without being able to read it. */
  readonly inheritEnv?: boolean;
}

/** A Windows program needs these to load its system libraries and create temporary files. */
const WINDOWS_NEEDS: readonly string[] = ["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP"];

/**
 * Builds the environment of the child from the host's; adds nothing that the caller did not ask for.
 *
 * @throws {TypeError} if a name or value is not valid in an environment
 * @throws {PermissionError} if a variable should be unset but the environment may not be read
 */
export async function childEnv(host: Host, options: ChildEnvOptions): Promise<ChildEnv> {
  const inherited = host.environment();
  const merged = new Environment(host.platform);
  const inherits = options.inheritEnv !== false;
  const limited = inherits && await host.limitsPrograms?.() === true;
  for (const [name, value] of Object.entries(inherited ?? {})) {
    if (inherits ? !(limited && isLoaderVariable(name)) : isNeeded(host, name)) {
      merged.set(name, value);
    }
  }
  for (const [name, value] of Object.entries(options.env ?? {})) {
    checkVariable(name, value);
    if (value !== undefined) merged.set(name, value);
    else if (inherited === undefined && inherits) {
      throw new PermissionError(`unset the environment variable ${name}`, "--allow-env");
    } else merged.delete(name);
  }
  if (options.codexHome !== undefined) {
    const { codexHome } = options;
    if (codexHome === "") throw new TypeError(`"codexHome" must not be empty`);
    checkVariable("CODEX_HOME", codexHome);
    const isAbsolute = isAbsolutePath(host.platform, codexHome);
    merged.set(
      "CODEX_HOME",
      isAbsolute ? codexHome : joinPath(host.platform, host.cwd(), codexHome),
    );
  }
  if (options.codexPathDir !== undefined) prependPath(host, merged, options.codexPathDir, inherits);
  const env = merged.toObject();
  return inherited === undefined && inherits ? { env, inheritEnv: true } : { env };
}

/** Variables by name; names are case-insensitive on Windows. */
class Environment {
  readonly #entries: Map<string, readonly [string, string]> = new Map();
  readonly #ignoresCase: boolean;

  constructor(platform: string) {
    this.#ignoresCase = platform === "win32";
  }

  get(name: string): string | undefined {
    return this.#entries.get(this.#key(name))?.[1];
  }

  set(name: string, value: string): void {
    const present = this.#entries.get(this.#key(name));
    this.#entries.set(this.#key(name), [present?.[0] ?? name, value]);
  }

  delete(name: string): void {
    this.#entries.delete(this.#key(name));
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.#entries.values());
  }

  #key(name: string): string {
    return this.#ignoresCase ? name.toUpperCase() : name;
  }
}

function prependPath(
  host: Host,
  merged: Environment,
  folder: string,
  inherits: boolean,
): void {
  let path = merged.get("PATH");
  if (path === undefined && inherits && host.environment() === undefined) {
    try {
      path = host.variable("PATH");
    } catch {
      // Without permission to read it, PATH stays unchanged.
    }
  }
  // Without a PATH the system uses a default, which a PATH of this one folder would hide.
  if (path === undefined || path === "") return;
  merged.set("PATH", `${folder}${host.platform === "win32" ? ";" : ":"}${path}`);
}

function isNeeded(host: Host, name: string): boolean {
  return host.platform === "win32" && WINDOWS_NEEDS.includes(name.toUpperCase());
}

function isLoaderVariable(name: string): boolean {
  return /^(?:LD|DYLD)_/.test(name);
}

function checkVariable(name: string, value: unknown): void {
  if (name === "" || name.includes("=") || name.includes("\0")) {
    throw new TypeError(`${JSON.stringify(name)} is not a valid environment variable name`);
  }
  if (value === undefined || (typeof value === "string" && !value.includes("\0"))) return;
  throw new TypeError(
    `The environment variable ${name} must be a string without NUL, or undefined to unset it`,
  );
}
