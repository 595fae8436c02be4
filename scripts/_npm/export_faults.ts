import { diffExports } from "../_lib/exports.ts";
import { entryPoints } from "../_lib/package_files.ts";
import { type EntryExports, readSurface } from "../_lib/public_surface.ts";
import type { NpmManifest } from "./manifest.ts";
import { declaredExports, importedValues } from "./npm_exports.ts";

/**
 * How the exports of the npm package differ from those that JSR shows, and what Node gets when it imports the modules
 * from what their declarations say; one line each.
 */
export async function exportFaults(folder: string, manifest: NpmManifest): Promise<string[]> {
  const source = readSurface(entryPoints()).exports;
  const declared = declaredExports(folder, manifest);
  const imported = await importedValues(folder, manifest);
  return [
    ...diffExports(source, declared).map((line) => `declared: ${line}`),
    ...diffExports(each(declared, values), imported).map((line) => `imported: ${line}`),
  ];
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
