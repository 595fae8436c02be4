import { join } from "node:path";
import { runCommand } from "../_lib/command.ts";

/** A packed package: what a registry would be given. */
export interface PackedPackage {
  /** The path of the tarball. */
  readonly tarball: string;
  /** Its size in bytes. */
  readonly size: number;
  /** The size of its files in bytes. */
  readonly unpackedSize: number;
  /** The paths in it, without `package/`. */
  readonly files: readonly string[];
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/**
 * Packs a package with npm, into another folder.
 *
 * @throws {Error} with npm's words when it fails
 */
export async function packPackage(folder: string, into: string): Promise<PackedPackage> {
  const args = ["pack", "--json", "--loglevel=error", `--pack-destination=${into}`];
  const { code, stdout, output } = await runCommand("npm", args, { cwd: folder });
  if (code !== 0) throw new Error(`Cannot pack "${folder}": ${output}`);
  const [report] = JSON.parse(stdout) as PackReport[];
  if (report === undefined) throw new Error(`Cannot pack "${folder}": npm said nothing of it`);
  const { filename, size, unpackedSize, files } = report;
  return {
    tarball: join(into, filename),
    size,
    unpackedSize,
    files: files.map(({ path }) => path),
  };
}
