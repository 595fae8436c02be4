/** Finds the native `codex` executable: by option, variable, pinned package, then PATH. */
import {
  PermissionError,
  RuntimeNotFoundError,
  type RuntimeSearchPlace,
} from "../errors/start_errors.ts";
import { errorText } from "../util/error_text.ts";
import type { Host } from "./host.ts";
import {
  isPackageName,
  nativeOfLauncher,
  packageCandidates,
  packageFolder,
  packageToFetch,
  platformSuffix,
  RUNTIME_PACKAGE,
  unpackedFolder,
  UPSTREAM_PACKAGE,
} from "./runtime_package.ts";
import {
  baseName,
  hasSeparator,
  isAbsolutePath,
  joinPath,
  parentPath,
  selfAndAncestors,
} from "./paths.ts";
import { RUNTIME_VERSION } from "./runtime_version.ts";

/** The location of the runtime. */
export interface RuntimeLocation {
  /** The path of the native executable. */
  readonly path: string;
  /** The folder of its helper programs, to prepend to the child's PATH. */
  readonly codexPathDir?: string;
}

/** Options of {@linkcode findRuntime}. */
export interface FindRuntimeOptions {
  /** The executable: a path, or a bare name to look up on PATH. */
  readonly codexBin?: string;
  /**
   * The name of the explicit executable in errors.
   * @default {'option "codexBin"'}
   */
  readonly label?: string;
  /** The npm package to search instead of the SDK's default. */
  readonly runtimePackage?: string;
}

/**
 * Finds the executable. An explicit one, or one set by `CODEX_BIN`, must exist: nothing else is tried. The same holds
 * for a package set by the option or `CODEX_RUNTIME_PACKAGE`.
 *
 * @throws {RuntimeNotFoundError} with every location that was searched
 */
export async function findRuntime(
  host: Host,
  options: FindRuntimeOptions = {},
): Promise<RuntimeLocation> {
  const search = new Search(host);
  return await search.run(options);
}

class Search {
  readonly #host: Host;
  readonly #tried: RuntimeSearchPlace[] = [];
  /** Whether a package may exist where reading is not permitted. */
  #denied = false;

  constructor(host: Host) {
    this.#host = host;
  }

  async run({ codexBin, label, runtimePackage }: FindRuntimeOptions): Promise<RuntimeLocation> {
    if (codexBin !== undefined) {
      return await this.#named(label ?? `option "codexBin"`, codexBin) ?? this.#fail();
    }
    const variable = this.#variable("CODEX_BIN");
    if (variable !== undefined) {
      return await this.#named("variable CODEX_BIN", variable) ?? this.#fail();
    }
    const named = runtimePackage ?? this.#variable("CODEX_RUNTIME_PACKAGE");
    if (named !== undefined) return await this.#inPackages(named) ?? this.#fail();
    return await this.#inPackages(RUNTIME_PACKAGE) ?? await this.#onPath("codex", false) ??
      this.#fail();
  }

  #fail(): never {
    const { platform, arch, runtime } = this.#host;
    throw new RuntimeNotFoundError({ platform, arch, runtime, tried: this.#tried });
  }

  #note(place: string, outcome: string): undefined {
    this.#tried.push({ place, outcome });
  }

  /** Returns a non-empty variable; an unreadable one is noted and treated as unset. */
  #variable(name: string): string | undefined {
    try {
      const value = this.#host.variable(name);
      if (value !== undefined && value !== "") return value;
      this.#note(`variable ${name}`, "not set");
    } catch (error) {
      this.#note(`variable ${name}`, errorText(error));
    }
  }

  /** Finds an executable that the caller specified. */
  async #named(place: string, given: string): Promise<RuntimeLocation | undefined> {
    const { platform } = this.#host;
    if (given === "") return this.#note(place, "is an empty string");
    if (!hasSeparator(platform, given)) {
      this.#note(place, `"${given}" is a bare name, looked up on PATH`);
      return await this.#onPath(given, true);
    }
    const path = isAbsolutePath(platform, given)
      ? given
      : joinPath(platform, this.#host.cwd(), given.replace(/^\.[\\/]/, ""));
    try {
      const kind = await this.#host.look(path);
      if (kind === "directory") return this.#note(place, `"${path}" is a directory`);
      if (kind === "missing") return this.#note(place, `"${path}" does not exist`);
    } catch (error) {
      if (!(error instanceof PermissionError)) throw error;
      // Starting a program needs no read permission; the start will fail if it is missing.
      return { path };
    }
    return await this.#native(place, path, true);
  }

  async #inPackages(name: string): Promise<RuntimeLocation | undefined> {
    if (!isPackageName(name)) {
      return this.#note(`package ${JSON.stringify(name)}`, "is not a valid npm package name");
    }
    const { platform, arch, searchFolders, cachedPackage } = this.#host;
    const seen = new Set<string>();
    for (const from of searchFolders) {
      for (const folder of selfAndAncestors(platform, unpackedFolder(from))) {
        if (baseName(platform, folder) === "node_modules") continue;
        const at = packageFolder(platform, folder, name);
        if (seen.has(at)) continue;
        seen.add(at);
        const found = await this.#inPackage(at, name);
        if (found !== undefined) return found;
      }
    }
    if (cachedPackage === undefined) return undefined;
    const wanted = packageToFetch(platform, arch, name, RUNTIME_VERSION);
    const place = `npm:${wanted}`;
    if (this.#denied) return this.#note(place, "not fetched: packages could not be read either");
    try {
      const folder = await cachedPackage.call(this.#host, wanted);
      if (folder !== undefined) return await this.#inPackage(folder, name);
      this.#note(place, "not in the cache");
    } catch (error) {
      this.#note(place, errorText(error));
    }
  }

  /** Finds the platform's executable for a folder of a runtime package, whether that folder exists or not. */
  async #inPackage(folder: string, name: string): Promise<RuntimeLocation | undefined> {
    const { platform, arch } = this.#host;
    const candidates = packageCandidates(platform, arch, folder, name);
    const platformPackage = `${name}-${platformSuffix(platform, arch)}`;
    if (candidates === undefined) {
      return this.#note(`package ${folder}`, `has no executable for ${platform}-${arch}`);
    }
    try {
      for (const path of candidates) {
        if (await this.#host.look(path) === "file") return await this.#located(path);
      }
      if (await this.#host.look(folder) !== "directory") {
        const nor = name === UPSTREAM_PACKAGE ? "" : `, nor ${platformPackage}`;
        return this.#note(`package ${folder}`, `not installed${nor}`);
      }
      // The platform package of a linked package (pnpm, Deno) is next to its real path.
      const real = await this.#host.realPath(folder);
      for (const path of packageCandidates(platform, arch, real, name) ?? []) {
        if (await this.#host.look(path) === "file") return await this.#located(path);
      }
    } catch (error) {
      this.#denied ||= error instanceof PermissionError;
      return this.#note(`package ${folder}`, errorText(error));
    }
    this.#note(
      `package ${folder}`,
      `its platform package ${platformPackage} is missing (optional dependencies omitted?)`,
    );
  }

  async #onPath(name: string, chosen: boolean): Promise<RuntimeLocation | undefined> {
    const { platform } = this.#host;
    const value = this.#variable("PATH");
    const folders = (value ?? "").split(platform === "win32" ? ";" : ":");
    for (const folder of new Set(folders.map((entry) => entry.replaceAll('"', "")))) {
      // An empty entry means the working directory, from which nothing is started implicitly.
      if (folder === "" || !isAbsolutePath(platform, folder)) continue;
      const found = await this.#inPathFolder(folder, name, chosen);
      if (found !== undefined) return found;
    }
  }

  async #inPathFolder(
    folder: string,
    name: string,
    chosen: boolean,
  ): Promise<RuntimeLocation | undefined> {
    const place = `PATH folder ${folder}`;
    const before = this.#tried.length;
    try {
      for (const fileName of this.#fileNames(name)) {
        const path = joinPath(this.#host.platform, folder, fileName);
        if (await this.#host.look(path) !== "file") continue;
        const found = await this.#native(place, path, chosen);
        if (found !== undefined) return found;
      }
    } catch (error) {
      return this.#note(place, errorText(error));
    }
    if (this.#tried.length === before) this.#note(place, `no ${name}`);
  }

  /** The file names of a program, native ones first. */
  #fileNames(name: string): readonly string[] {
    if (this.#host.platform !== "win32") return [name];
    if (/\.\w+$/.test(name)) return [name];
    let extensions: string | undefined;
    try {
      extensions = this.#host.variable("PATHEXT");
    } catch {
      // The usual extensions are good enough.
    }
    const all = (extensions ?? ".COM;.EXE;.BAT;.CMD").toLowerCase().split(";")
      .filter((extension) => extension.startsWith("."));
    const native = all.filter(isNativeExtension);
    return [...native, ...all.filter((extension) => !isNativeExtension(extension))]
      .map((extension) => name + extension);
  }

  /** Resolves a file that can be started directly; for npm's launcher script, the executable behind it. */
  async #native(
    place: string,
    path: string,
    chosen: boolean,
  ): Promise<RuntimeLocation | undefined> {
    const { platform } = this.#host;
    const isScript = platform === "win32"
      ? /\.(?:cmd|bat|ps1|js|mjs)$/i.test(path)
      : await this.#host.magic(path) === "#!";
    if (!isScript) return await this.#located(path);
    const real = await this.#host.realPath(path);
    for (const folder of nativeOfLauncher(platform, path, real)) {
      const found = await this.#inPackage(folder, UPSTREAM_PACKAGE);
      if (found !== undefined) return found;
    }
    // The system starts a script that the caller chose by its first line, except on Windows.
    if (chosen && platform !== "win32" && !/codex\.js$/.test(real)) return { path };
    this.#note(place, `"${path}" is a script, not a native executable`);
  }

  async #located(path: string): Promise<RuntimeLocation> {
    const { platform } = this.#host;
    const bin = parentPath(platform, await this.#host.realPath(path));
    if (bin === undefined || baseName(platform, bin) !== "bin") return { path };
    const codexPathDir = joinPath(platform, parentPath(platform, bin) ?? bin, "codex-path");
    try {
      if (await this.#host.look(codexPathDir) === "directory") return { path, codexPathDir };
    } catch {
      // Not readable: the executable will find its helpers by itself.
    }
    return { path };
  }
}

function isNativeExtension(extension: string): boolean {
  return extension === ".exe" || extension === ".com";
}
