/** Compares the exports with the pinned ones, or pins them: `deno task exports`. `--help` says what it does. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { commandLine } from "./_lib/command_line.ts";
import { diffExports } from "./_lib/exports.ts";
import { entryPoints } from "./_lib/package_files.ts";
import { projectRoot } from "./_lib/project.ts";
import { readSurface } from "./_lib/public_surface.ts";

const { values } = commandLine({
  help: `Compares the exports of the entry points with tests/_data/exports.json.
tests/architecture/exports_test.ts checks the same, and more.

  deno task exports [--write]

  --write  pins the current exports`,
  options: { write: { type: "boolean", default: false } },
});
const pinned = join(projectRoot, "tests/_data/exports.json");
const { exports } = readSurface(entryPoints());

if (values.write) {
  writeFileSync(pinned, JSON.stringify(exports, null, 2) + "\n");
} else {
  const changes = diffExports(JSON.parse(readFileSync(pinned, "utf8")), exports);
  for (const change of changes) console.error(change);
  console.log(`${changes.length} changes; \`deno task exports --write\` pins them`);
  if (changes.length > 0) process.exitCode = 1;
}
