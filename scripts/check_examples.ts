/** Checks that each symbol that the entry points export has an `@example`; what is generated is exempt. */
import process from "node:process";
import { symbolsWithoutExample } from "./_lib/exports.ts";
import { entryPoints } from "./_lib/package_files.ts";

const missing = await symbolsWithoutExample(entryPoints());
for (const { name, file, line } of missing) {
  console.error(`${file}:${line}: ${name} has no @example`);
}
console.log(`${missing.length} exported symbols without an example`);
process.exitCode = missing.length > 0 ? 1 : 0;
