import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, projectRoot } from "../_lib/project.ts";
import { MODULE_FOLDER, type NpmManifest } from "./manifest.ts";

/** The largest package that is let through, in bytes unpacked: what is more has to be meant. */
const SIZE_LIMIT = 4_000_000;

/** What is wrong with the files of a package, one line each. */
export function layoutFaults(
  folder: string,
  manifest: NpmManifest,
  packed: { readonly files: readonly string[]; readonly unpackedSize: number },
): string[] {
  const faults: string[] = [];
  for (const [name, files] of Object.entries(manifest.exports)) {
    for (const condition of ["types", "default"] as const) {
      const path: string | undefined = files[condition];
      if (path === undefined) faults.push(`${name}: package.json has no "${condition}"`);
      else if (!packed.files.includes(path.replace("./", ""))) faults.push(`${name}: no ${path}`);
    }
  }
  for (const path of packed.files) {
    if (!/^(?:esm\/[\w/]+\.(?:js|js\.map|d\.ts)|package\.json|[A-Z]+(?:\.md)?)$/.test(path)) {
      faults.push(`${path} does not belong in the package`);
    }
  }
  if (packed.unpackedSize > SIZE_LIMIT) faults.push(`${packed.unpackedSize} bytes are too many`);
  for (const path of filesUnder(MODULE_FOLDER, "", folder)) {
    faults.push(...fileFaults(folder, path));
  }
  return faults;
}

function fileFaults(folder: string, path: string): string[] {
  const text = readFileSync(join(folder, path), "utf8");
  const faults: string[] = [];
  if (text.includes(projectRoot)) faults.push(`${path} names a folder of this machine`);
  if (path.endsWith(".map")) faults.push(...mapFaults(path, text));
  else if (importsSource(text)) faults.push(`${path} imports a .ts file`);
  if (path.endsWith(".js") && !isEmptyModule(text) && !existsSync(join(folder, `${path}.map`))) {
    faults.push(`${path} has no source map`);
  }
  return faults;
}

/** A module of types alone has no source map. */
function isEmptyModule(text: string): boolean {
  return text.trim() === "export {};";
}

function importsSource(text: string): boolean {
  return /^(?!\s*(?:\/?\*|\/\/)).*\b(?:from\s*|import\s*\(\s*|import\s*)"\.{1,2}\/[^"]*(?<!\.d)\.ts"/m
    .test(text);
}

/** A map is of use where its source is: inside it, as no source is packed. */
function mapFaults(path: string, text: string): string[] {
  const { sources = [], sourcesContent = [] } = JSON.parse(text) as {
    sources?: readonly string[];
    sourcesContent?: readonly (string | null)[];
  };
  const whole = sources.length === 1 && typeof sourcesContent[0] === "string";
  return whole ? [] : [`${path} does not hold its source`];
}
