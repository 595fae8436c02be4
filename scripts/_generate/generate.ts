/** Writes the generated folder, or tells how it differs from what would be written. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withUpstream } from "./run_upstream.ts";
import { type GeneratedFiles, HEADER, writeFiles } from "./write_files.ts";

/** Returns the text of each generated file, by file name. */
export function generatedFiles(): Promise<GeneratedFiles> {
  return withUpstream(writeFiles);
}

/** Writes every generated file to `folder`, and returns their names. */
export async function generate(folder: string): Promise<readonly string[]> {
  const files = await generatedFiles();
  await mkdir(folder, { recursive: true });
  await removeStale(folder, files);
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return [...files.keys()];
}

/** Names the files of `folder` that are missing, changed or no longer generated; writes nothing. */
export async function findDrift(
  folder: string,
  files: GeneratedFiles,
): Promise<readonly string[]> {
  const names = new Set([...files.keys(), ...await readdir(folder).catch(() => [])]);
  const drift: string[] = [];
  for (const name of [...names].sort()) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== files.get(name)) drift.push(name);
  }
  return drift;
}

/** Removes what an earlier version generated, and nothing else that lies there. */
async function removeStale(folder: string, files: GeneratedFiles): Promise<void> {
  for (const name of await readdir(folder)) {
    if (files.has(name) || !name.endsWith(".ts")) continue;
    const text = await readFile(join(folder, name), "utf8");
    if (text.startsWith(HEADER)) await rm(join(folder, name));
  }
}
