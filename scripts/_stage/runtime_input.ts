/** Finds the runtime that is to be staged. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isArchive, unpackArchive } from "./archive.ts";
import { type PlatformTag, StageError } from "./common.ts";

/** The runtime that is to be staged, wherever it was found. */
export interface RuntimeInput {
  /** The native executable. */
  readonly executable: string;
  /** The folder with `bin`, `codex-path` and `codex-resources`; none for an executable alone. */
  readonly layout?: string;
  /** What the input says about itself. */
  readonly claims: readonly RuntimeClaim[];
  /** Something to tell the user. */
  readonly note?: string;
}

/** A version or a target that a file of the input names. */
export interface RuntimeClaim {
  readonly file: string;
  readonly version?: string;
  readonly target?: string;
}

/**
 * Finds the runtime in an executable, in an npm package of a platform, in the folder of a release, or in an archive.
 *
 * @param scratch an empty folder, where an archive is unpacked
 * @throws {StageError} when there is none for the platform
 */
export async function runtimeInput(
  path: string,
  platform: PlatformTag,
  scratch: string,
): Promise<RuntimeInput> {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new StageError(`"${path}" does not exist`);
  if (kind.isDirectory()) return folderInput(path, platform);
  if (!isArchive(path)) return executableAlone(path);
  await unpackArchive(path, scratch);
  return folderInput(topFolder(scratch), platform);
}

/** The folder of the release: some archives hold it, others hold what is in it. */
function topFolder(folder: string): string {
  const [only, ...others] = readdirSync(folder, { withFileTypes: true });
  if (only === undefined || others.length > 0 || !only.isDirectory()) return folder;
  return ["bin", "vendor"].includes(only.name) ? folder : join(folder, only.name);
}

function folderInput(path: string, platform: PlatformTag): RuntimeInput {
  const { executable, triple } = platform;
  const names = [executable.replace("codex", `codex-${triple}`), executable];
  const layout = layoutIn(path, platform);
  if (layout === undefined) {
    const name = names.find((one) => existsSync(join(path, one)));
    if (name === undefined) throw nothingIn(path, platform, names);
    const others = readdirSync(path).filter((one) => one !== name);
    return {
      executable: join(path, name),
      claims: [],
      ...(others.length > 0 ? { note: `the executable alone, without ${others.join(", ")}` } : {}),
    };
  }
  const claims = [
    claimOf(join(path, "package.json"), platform),
    claimOf(join(layout, "codex-package.json"), platform),
  ];
  return {
    executable: join(layout, "bin", platform.executable),
    layout,
    claims: claims.filter((claim) => claim !== undefined),
  };
}

function executableAlone(executable: string): RuntimeInput {
  const bin = dirname(executable);
  const layout = dirname(bin);
  const more = basename(bin) === "bin" && existsSync(join(layout, "codex-path"));
  return {
    executable,
    claims: [],
    ...(more ? { note: `the executable alone; give "${layout}" to stage its helpers too` } : {}),
  };
}

function layoutIn(folder: string, { triple, executable }: PlatformTag): string | undefined {
  const layouts = [join(folder, "vendor", triple), folder];
  return layouts.find((one) => existsSync(join(one, "bin", executable)));
}

function nothingIn(
  folder: string,
  { tag, triple, executable }: PlatformTag,
  names: readonly string[],
): StageError {
  const vendor = join(folder, "vendor");
  const others = existsSync(vendor) ? readdirSync(vendor).filter((name) => name !== triple) : [];
  if (others.length > 0) {
    return new StageError(`"${folder}" holds a runtime for ${others.join(", ")}, not for ${tag}`);
  }
  if (existsSync(join(folder, "bin", "codex.js"))) {
    return new StageError(
      `"${folder}" is the launcher, which holds no executable: give its platform's package, codex-${tag}`,
    );
  }
  const looked = [`vendor/${triple}/bin/${executable}`, `bin/${executable}`, ...names].join(", ");
  const held = readdirSync(folder).slice(0, 8).join(", ") || "nothing";
  return new StageError(
    `No executable for ${tag} in "${folder}": expected one of ${looked}; found ${held}`,
  );
}

/** What `package.json` or `codex-package.json` says; the platform at the end of npm's version is left out. */
function claimOf(file: string, { tag }: PlatformTag): RuntimeClaim | undefined {
  if (!existsSync(file)) return undefined;
  const read: unknown = JSON.parse(readFileSync(file, "utf8"));
  const { version, target } = read as { version?: unknown; target?: unknown };
  return {
    file,
    ...(typeof version === "string" ? { version: version.replace(`-${tag}`, "") } : {}),
    ...(typeof target === "string" ? { target } : {}),
  };
}

/** What the header of an executable says about where it runs. */
export interface ExecutableHeader {
  readonly os: string;
  readonly cpu: string;
  /** The C libraries it runs with, on Linux: both when it is linked statically. */
  readonly libc?: readonly ("glibc" | "musl")[];
}

const ELF_CPUS: Readonly<Record<number, string>> = { 0x3e: "x64", 0xb7: "arm64" };
const MACH_O_CPUS: Readonly<Record<number, string>> = { 0x01000007: "x64", 0x0100000c: "arm64" };
const PE_CPUS: Readonly<Record<number, string>> = { 0x8664: "x64", 0xaa64: "arm64" };

/**
 * Reads the header of a native executable: ELF, Mach-O or PE.
 *
 * @throws {StageError} when the file is none of these, or for another processor
 */
export async function executableHeader(path: string): Promise<ExecutableHeader> {
  const file = await open(path);
  try {
    const start = await bytesAt(file, 0, 64);
    const magic = start.byteLength < 64 ? 0 : start.getUint32(0);
    if (magic === 0x7f454c46) return await elfHeader(file, start, path);
    if (magic === 0xcffaedfe) {
      return { os: "darwin", cpu: cpuOf(MACH_O_CPUS, start.getUint32(4, true), path) };
    }
    if (magic === 0xcafebabe) {
      throw new StageError(`"${path}" is for several processors at once: a package holds one`);
    }
    if (magic >>> 16 === 0x4d5a) return await peHeader(file, start, path);
    throw new StageError(`"${path}" is not a native executable (ELF, Mach-O or PE)`);
  } finally {
    await file.close();
  }
}

async function elfHeader(
  file: FileHandle,
  start: DataView,
  path: string,
): Promise<ExecutableHeader> {
  if (start.getUint8(4) !== 2) throw new StageError(`"${path}" is not a 64-bit executable`);
  const cpu = cpuOf(ELF_CPUS, start.getUint16(18, true), path);
  const size = start.getUint16(54, true);
  const count = start.getUint16(56, true);
  const table = await bytesAt(file, Number(start.getBigUint64(32, true)), size * count);
  const PT_INTERP = 3;
  for (let at = 0; at + 40 <= table.byteLength; at += size) {
    if (table.getUint32(at, true) !== PT_INTERP) continue;
    const offset = Number(table.getBigUint64(at + 8, true));
    const name = await bytesAt(file, offset, Number(table.getBigUint64(at + 32, true)));
    const loader = new TextDecoder().decode(name);
    return { os: "linux", cpu, libc: [loader.includes("ld-musl") ? "musl" : "glibc"] };
  }
  return { os: "linux", cpu, libc: ["glibc", "musl"] };
}

async function peHeader(
  file: FileHandle,
  start: DataView,
  path: string,
): Promise<ExecutableHeader> {
  const header = await bytesAt(file, start.getUint32(60, true), 6);
  if (header.byteLength < 6 || header.getUint32(0) !== 0x50450000) {
    throw new StageError(`"${path}" is not a native executable (PE)`);
  }
  return { os: "win32", cpu: cpuOf(PE_CPUS, header.getUint16(4, true), path) };
}

function cpuOf(names: Readonly<Record<number, string>>, code: number, path: string): string {
  const cpu = names[code];
  if (cpu !== undefined) return cpu;
  throw new StageError(`"${path}" is for an unknown processor (0x${code.toString(16)})`);
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<DataView> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, position);
  return new DataView(buffer.buffer, 0, bytesRead);
}
