import { closeSync, openSync, readSync } from "node:fs";

/** What the header of an executable says about where it runs. */
export interface ExecutableHeader {
  readonly os: string;
  /** `x64`, `arm64`, or the number of another processor. */
  readonly cpu: string;
  /** The C libraries it runs with, on Linux: both if it is linked statically. */
  readonly libc?: readonly ("glibc" | "musl")[];
}

/** The numbers of processors in ELF, Mach-O and PE, which differ. */
const CPUS: Readonly<Record<number, string>> = {
  ...{ 0x3e: "x64", 0x01000007: "x64", 0x8664: "x64" },
  ...{ 0xb7: "arm64", 0x0100000c: "arm64", 0xaa64: "arm64" },
};

/** Reads bytes of a file; fewer at its end. */
type ReadAt = (position: number, length: number) => DataView;

/**
 * Reads the header of a native executable: ELF, Mach-O or PE.
 *
 * @throws {TypeError} if the file is none of these
 */
export function executableHeader(path: string): ExecutableHeader {
  const file = openSync(path, "r");
  const readAt: ReadAt = (position, length) => {
    const bytes = new Uint8Array(length);
    return new DataView(bytes.buffer, 0, readSync(file, bytes, 0, length, position));
  };
  const cpuOf = (code: number): string => CPUS[code] ?? `0x${code.toString(16)}`;
  try {
    const start = readAt(0, 64);
    const magic = start.byteLength < 64 ? 0 : start.getUint32(0);
    if (magic === 0x7f454c46) {
      return { os: "linux", cpu: cpuOf(start.getUint16(18, true)), libc: libcOf(start, readAt) };
    }
    if (magic === 0xcffaedfe) return { os: "darwin", cpu: cpuOf(start.getUint32(4, true)) };
    const pe = magic >>> 16 === 0x4d5a ? readAt(start.getUint32(60, true), 6) : undefined;
    if (pe?.byteLength === 6 && pe.getUint32(0) === 0x50450000) {
      return { os: "win32", cpu: cpuOf(pe.getUint16(4, true)) };
    }
    throw new TypeError(
      `"${path}" is not a native executable for one processor (ELF, Mach-O or PE)`,
    );
  } finally {
    closeSync(file);
  }
}

/** Returns the C libraries of an ELF executable, by the name of its loader. */
function libcOf(start: DataView, readAt: ReadAt): readonly ("glibc" | "musl")[] {
  const size = start.getUint16(54, true);
  const table = readAt(Number(start.getBigUint64(32, true)), size * start.getUint16(56, true));
  const PT_INTERP = 3;
  for (let at = 0; at + 40 <= table.byteLength; at += size) {
    if (table.getUint32(at, true) !== PT_INTERP) continue;
    const [offset, length] = [table.getBigUint64(at + 8, true), table.getBigUint64(at + 32, true)];
    const name = new TextDecoder().decode(readAt(Number(offset), Number(length)));
    return name.includes("ld-musl") ? ["musl"] : ["glibc"];
  }
  return ["glibc", "musl"];
}
