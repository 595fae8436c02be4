/** Files that begin like native executables, and folders that contain them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

/** A Linux tag other than this machine's: fake executables cannot report their version. */
export const foreignLinux: string = process.arch === "arm64" ? "linux-x64" : "linux-arm64";

/** The target triple of {@linkcode foreignLinux}. */
export const foreignTriple: string = process.arch === "arm64"
  ? "x86_64-unknown-linux-musl"
  : "aarch64-unknown-linux-musl";

const ELF_MACHINE = { x64: 0x3e, arm64: 0xb7 };
const PE_MACHINE = { x64: 0x8664, arm64: 0xaa64 };
const MACH_O_CPU = { x64: 0x01000007, arm64: 0x0100000c };

/** Returns the start of an executable for a tag such as `linux-x64`, with a loader if it is dynamically linked. */
export function header(tag: string, loader?: string): Uint8Array {
  const [os, cpu] = tag.split("-") as [string, "x64" | "arm64"];
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  if (os === "linux") {
    view.setUint32(0, 0x7f454c46);
    view.setUint8(4, 2);
    view.setUint16(18, ELF_MACHINE[cpu], true);
    view.setBigUint64(32, 64n, true);
    view.setUint16(54, 56, true);
    view.setUint16(56, loader === undefined ? 0 : 1, true);
    if (loader !== undefined) {
      view.setUint32(64, 3, true);
      view.setBigUint64(72, 128n, true);
      view.setBigUint64(96, BigInt(loader.length), true);
      bytes.set(new TextEncoder().encode(loader), 128);
    }
  } else if (os === "darwin") {
    view.setUint32(0, 0xcffaedfe);
    view.setUint32(4, MACH_O_CPU[cpu], true);
  } else {
    view.setUint16(0, 0x4d5a);
    view.setUint32(60, 128, true);
    view.setUint32(128, 0x50450000);
    view.setUint16(132, PE_MACHINE[cpu], true);
  }
  return bytes;
}

/** Runs a function with a new folder, which is removed afterwards. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-stage-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes files below a folder and returns the folder. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: 0o644 });
  }
  return folder;
}
