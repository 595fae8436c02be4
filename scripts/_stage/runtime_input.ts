/** Finds the runtime in an input, and reads the header of its executable. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { isArchive, unpackArchive } from "./archive.ts";
import { type PlatformTag, StageError } from "./common.ts";

/** The runtime to be staged, wherever it was found. */
export interface RuntimeInput {
  /** The native executable. */
  readonly executable: string;
  /** The folder with `bin`, `codex-path` and `codex-resources`; none for an executable alone. */
  readonly layout?: string;
  /** What is left out. */
  readonly note?: string;
}

/**
 * Finds the runtime in an executable, in an npm package of a platform, in a release folder, or in an archive.
 *
 * @param scratch an empty folder, where an archive is unpacked
 * @throws {StageError} if there is none for the platform, or the input states another version or target
 */
export async function runtimeInput(
  path: string,
  version: string,
  platform: PlatformTag,
  scratch: string,
): Promise<RuntimeInput> {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new StageError(`"${path}" does not exist`);
  if (kind.isDirectory()) return folderInput(path, version, platform);
  if (isArchive(path)) {
    await unpackArchive(path, scratch);
    return folderInput(topFolder(scratch), version, platform);
  }
  const layout = dirname(dirname(path));
  const isLayout = basename(dirname(path)) === "bin" && existsSync(join(layout, "codex-path"));
  const note = `the executable alone; give "${layout}" to stage its helpers too`;
  return { executable: path, ...(isLayout ? { note } : {}) };
}

/** Returns the release folder: some archives contain it, others its content. */
function topFolder(folder: string): string {
  const [only, ...others] = readdirSync(folder, { withFileTypes: true });
  if (only === undefined || others.length > 0 || !only.isDirectory()) return folder;
  return ["bin", "vendor"].includes(only.name) ? folder : join(folder, only.name);
}

function folderInput(folder: string, version: string, platform: PlatformTag): RuntimeInput {
  const { tag, executable, triple } = platform;
  const vendor = join(folder, "vendor");
  const layout = [join(vendor, triple), folder]
    .find((one) => existsSync(join(one, "bin", executable)));
  if (layout !== undefined) {
    checkClaims(join(folder, "package.json"), version, platform);
    checkClaims(join(layout, "codex-package.json"), version, platform);
    return { executable: join(layout, "bin", executable), layout };
  }
  const names = [executable.replace("codex", `codex-${triple}`), executable];
  const name = names.find((one) => existsSync(join(folder, one)));
  const held = readdirSync(folder).filter((one) => one !== name);
  if (name !== undefined) {
    const note = `the executable alone, without ${held.join(", ")}`;
    return { executable: join(folder, name), ...(held.length > 0 ? { note } : {}) };
  }
  const others = existsSync(vendor) ? readdirSync(vendor).filter((one) => one !== triple) : [];
  if (others.length > 0) {
    throw new StageError(`"${folder}" holds a runtime for ${others.join(", ")}, not for ${tag}`);
  }
  if (existsSync(join(folder, "bin", "codex.js"))) {
    throw new StageError(
      `"${folder}" is the launcher, which holds no executable: give its platform's package, codex-${tag}`,
    );
  }
  const looked = [`vendor/${triple}/bin/${executable}`, `bin/${executable}`, ...names].join(", ");
  throw new StageError(
    `No executable for ${tag} in "${folder}": expected one of ${looked}; ` +
      `found ${held.slice(0, 8).join(", ") || "nothing"}`,
  );
}

/** Checks what `package.json` or `codex-package.json` states; npm's version may end with the platform. */
function checkClaims(file: string, version: string, { tag, triple }: PlatformTag): void {
  if (!existsSync(file)) return;
  const stated = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown; target?: unknown };
  const { target } = stated;
  if (typeof stated.version === "string" && stated.version.replace(`-${tag}`, "") !== version) {
    const found = stated.version.replace(`-${tag}`, "");
    throw new StageError(`"${file}" says version ${found}, not ${version}`);
  }
  if (typeof target === "string" && target !== triple) {
    throw new StageError(`"${file}" says target ${target}, not ${triple}`);
  }
}

/** What the header of an executable says about where it runs. */
export interface ExecutableHeader {
  readonly os: string;
  readonly cpu: string;
  /** The C libraries it runs with, on Linux: both if it is linked statically. */
  readonly libc?: readonly ("glibc" | "musl")[];
}

const ELF_CPUS: Readonly<Record<number, string>> = { 0x3e: "x64", 0xb7: "arm64" };
const MACH_O_CPUS: Readonly<Record<number, string>> = { 0x01000007: "x64", 0x0100000c: "arm64" };
const PE_CPUS: Readonly<Record<number, string>> = { 0x8664: "x64", 0xaa64: "arm64" };

/**
 * Reads the header of a native executable: ELF, Mach-O or PE.
 *
 * @throws {StageError} if the file is none of these, or for another processor
 */
export function executableHeader(path: string): ExecutableHeader {
  const file = openSync(path, "r");
  const bytesAt = (position: number, length: number): DataView => {
    const bytes = new Uint8Array(length);
    return new DataView(bytes.buffer, 0, readSync(file, bytes, 0, length, position));
  };
  const cpuOf = (names: Readonly<Record<number, string>>, code: number): string => {
    const cpu = names[code];
    if (cpu !== undefined) return cpu;
    throw new StageError(`"${path}" is for an unknown processor (0x${code.toString(16)})`);
  };
  try {
    const start = bytesAt(0, 64);
    const magic = start.byteLength < 64 ? 0 : start.getUint32(0);
    if (magic === 0x7f454c46) {
      if (start.getUint8(4) !== 2) throw new StageError(`"${path}" is not a 64-bit executable`);
      const cpu = cpuOf(ELF_CPUS, start.getUint16(18, true));
      return { os: "linux", cpu, libc: libcOf(start, bytesAt) };
    }
    if (magic === 0xcffaedfe) {
      return { os: "darwin", cpu: cpuOf(MACH_O_CPUS, start.getUint32(4, true)) };
    }
    if (magic === 0xcafebabe) {
      throw new StageError(`"${path}" is for several processors at once: a package holds one`);
    }
    const pe = magic >>> 16 === 0x4d5a ? bytesAt(start.getUint32(60, true), 6) : undefined;
    if (pe?.byteLength === 6 && pe.getUint32(0) === 0x50450000) {
      return { os: "win32", cpu: cpuOf(PE_CPUS, pe.getUint16(4, true)) };
    }
    throw new StageError(`"${path}" is not a native executable (ELF, Mach-O or PE)`);
  } finally {
    closeSync(file);
  }
}

/** Returns the C libraries of an ELF executable, by the name of its loader. */
function libcOf(
  start: DataView,
  bytesAt: (position: number, length: number) => DataView,
): readonly ("glibc" | "musl")[] {
  const size = start.getUint16(54, true);
  const count = start.getUint16(56, true);
  const table = bytesAt(Number(start.getBigUint64(32, true)), size * count);
  const PT_INTERP = 3;
  for (let at = 0; at + 40 <= table.byteLength; at += size) {
    if (table.getUint32(at, true) !== PT_INTERP) continue;
    const offset = Number(table.getBigUint64(at + 8, true));
    const name = bytesAt(offset, Number(table.getBigUint64(at + 32, true)));
    return new TextDecoder().decode(name).includes("ld-musl") ? ["musl"] : ["glibc"];
  }
  return ["glibc", "musl"];
}
