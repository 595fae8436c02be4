/** Checks which modules import which, and the style rules that no lint rule covers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { commandLine } from "./_lib/command_line.ts";
import { layerFaults } from "./_lib/layers.ts";
import { libraryFiles } from "./_lib/package_files.ts";
import { projectRoot } from "./_lib/project.ts";
import { checkSource } from "./_lib/source_rules.ts";

commandLine({
  help: `Checks the imports of the library with scripts/layers.mjs, and its style with the rules of
scripts/_lib/source_rules.ts.

  deno task layers`,
});
const files = libraryFiles();
const problems = [
  ...await layerFaults(),
  ...files.flatMap((file) => checkSource(file, readFileSync(join(projectRoot, file), "utf8"))),
];
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
