/** Checks who imports whom, that importing `mod.ts` touches no runtime, and the rules of style that no lint rule covers. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { checkLayers, checkRuntimeFree } from "./_lib/layers.ts";
import { loadModuleGraph } from "./_lib/module_graph.ts";
import { libraryFiles } from "./_lib/package_files.ts";
import { projectRoot } from "./_lib/project.ts";
import { checkSource } from "./_lib/source_rules.ts";

const files = libraryFiles();
const present = files.filter((file) => existsSync(join(projectRoot, file)));
const edges = await loadModuleGraph(present);
const problems = [
  ...files.filter((file) => !present.includes(file)).map((file) => `${file} does not exist`),
  ...checkLayers(edges),
  ...["mod.ts", "errors.ts", "protocol.ts", "schema.ts", "transport.ts"].flatMap((root) =>
    checkRuntimeFree(edges, root)
  ),
  ...present.flatMap((file) => checkSource(file, readFileSync(join(projectRoot, file), "utf8"))),
];
for (const problem of problems) console.error(problem);
console.log(`${present.length} files, ${edges.length} imports, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
