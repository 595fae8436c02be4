import { diffExports, type EntryExports, readExports } from "../_lib/exports.ts";
import { entryPoints } from "../_lib/package_files.ts";
import type { NpmManifest } from "./manifest.ts";
import { declaredExports, importedValues } from "./npm_exports.ts";

/**
 * How the exports of the npm package differ from those that JSR shows, and what Node gets when it imports the modules
 * from what their declarations say; one line each.
 */
export async function exportFaults(folder: string, manifest: NpmManifest): Promise<string[]> {
  const source = await readExports(entryPoints());
  const declared = declaredExports(folder, manifest);
  const imported = await importedValues(folder, manifest);
  return [
    // What is only the type of a class is a value to `deno doc`: the names are compared alone.
    ...diffExports(each(source, names), each(declared, names)).map((line) => `declared: ${line}`),
    ...diffExports(each(declared, values), imported).map((line) => `imported: ${line}`),
  ];
}

function names({ values, types }: EntryExports): EntryExports {
  return { values: [...values, ...types].sort(), types: [] };
}

/** The values, which are all that an import shows. */
function values({ values }: EntryExports): EntryExports {
  return { values, types: [] };
}

function each(
  all: Record<string, EntryExports>,
  part: (one: EntryExports) => EntryExports,
): Record<string, EntryExports> {
  return Object.fromEntries(Object.entries(all).map(([entry, one]) => [entry, part(one)]));
}
