import { type FileHandle, open } from "node:fs/promises";
import { StageError } from "./stage_error.ts";

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
