/** Checks the entry points: `deno task exports`. `--help` says what it does. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { commandLine } from "./_lib/command_line.ts";
import { diffExports, entriesWithoutDocs } from "./_lib/exports.ts";
import { entryPoints } from "./_lib/package_files.ts";
import { projectRoot } from "./_lib/project.ts";
import { type EntryExports, type PublicSurface, readSurface } from "./_lib/public_surface.ts";

/** The most names that the root exports: a page of completion can still be read. */
const MOST_NAMES = 120;

const { values } = commandLine({
  help:
    `Checks that the entry points exist and are described, that what they export is what tests/_data/exports.json
pins, that no public constructor takes a private type, and that the root has at most ${MOST_NAMES} names.

  deno task exports [--write]

  --write  pins what is exported now`,
  options: { write: { type: "boolean", default: false } },
});
const pinnedFile = join(projectRoot, "tests/_data/exports.json");

function checkPinned(found: PublicSurface["exports"], write: boolean): string[] {
  if (write) {
    mkdirSync(dirname(pinnedFile), { recursive: true });
    writeFileSync(pinnedFile, JSON.stringify(found, null, 2) + "\n");
    return [];
  }
  const pinned = existsSync(pinnedFile)
    ? JSON.parse(readFileSync(pinnedFile, "utf8")) as Record<string, EntryExports>
    : {};
  const changes = diffExports(pinned, found);
  if (changes.length === 0) return [];
  const shown = changes.slice(0, 40);
  if (shown.length < changes.length) shown.push(`and ${changes.length - shown.length} more`);
  return [...shown, "The exports changed: if that is meant, run `deno task exports --write`"];
}

async function checkDescribed(): Promise<string[]> {
  const missing = await entriesWithoutDocs(entryPoints());
  return missing.map((name) => `The module of "${name}" has no description`);
}

function checkRoot({ values, types }: EntryExports): string[] {
  const count = values.length + types.length;
  return count <= MOST_NAMES ? [] : [`The root exports ${count} names, more than ${MOST_NAMES}`];
}

const surface = readSurface(entryPoints());
const root = surface.exports["."] ?? { values: [], types: [] };
const problems = [
  ...await checkDescribed(),
  ...checkPinned(surface.exports, values.write),
  ...surface.privateParameters,
  ...checkRoot(root),
];
for (const problem of problems) console.error(problem);
console.log(
  `${Object.keys(entryPoints()).length} entry points, ${
    root.values.length + root.types.length
  } names at the root, ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
