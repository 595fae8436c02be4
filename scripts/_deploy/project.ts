import { chmod, copyFile, link, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { createRequire } from "node:module";
import { entryPoints } from "../_lib/package_files.ts";
import { projectRoot } from "../_lib/project.ts";

/** The name of the package in `node_modules`. */
const PACKAGE = "@codex-app-server/sdk";

/**
 * Makes the project of a user who depends on the SDK, with the program to deploy: its path is the result.
 * The package is the built one in `sdk`, or the source where none is given.
 */
export async function makeProject(folder: string, sdk?: string): Promise<string> {
  const installed = join(folder, "node_modules", ...PACKAGE.split("/"));
  await mkdir(dirname(installed), { recursive: true });
  if (sdk === undefined) await linkSource(installed);
  else await symlink(sdk, installed, "junction");
  await writeFile(join(folder, "package.json"), `{ "type": "module" }\n`);
  return await copyProgram(folder);
}

/** Copies the program to deploy into a folder; gives its path. */
export async function copyProgram(folder: string): Promise<string> {
  const source = join(projectRoot, "scripts", "_deploy");
  for (const name of ["program.ts", "secure_front.ts"]) {
    await copyFile(join(source, name), join(folder, name));
  }
  return join(folder, "program.ts");
}

/** A package whose entry points are those of the source. */
async function linkSource(installed: string): Promise<void> {
  await mkdir(installed);
  await symlink(projectRoot, join(installed, "source"), "junction");
  const exports = Object.fromEntries(
    Object.entries(entryPoints()).map(([name, path]) => [name, `./source/${path}`]),
  );
  await writeFile(
    join(installed, "package.json"),
    JSON.stringify({ name: PACKAGE, type: "module", exports }),
  );
}

/** The folder of the pinned runtime for this platform: `bin`, `codex-path` and `codex-resources`. */
export async function runtimeFolder(): Promise<string> {
  const launcher = createRequire(join(projectRoot, "package.json")).resolve(
    "@openai/codex/package.json",
  );
  const name = `codex-${process.platform}-${process.arch}`;
  const vendor = join(dirname(dirname(launcher)), name, "vendor");
  const [triple] = await readdir(vendor);
  if (triple === undefined) throw new Error(`There is no runtime in ${vendor}`);
  return join(vendor, triple);
}

/** Puts the files of a folder into another: as links, where the file system allows, for they are large. */
export async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
