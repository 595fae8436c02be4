/** Checks that importing each public module needs no permission and starts nothing. */
import process from "node:process";
import { importFault } from "./_lib/import_check.ts";
import { entryPoints } from "./_lib/package_files.ts";

for (const module of new Set(Object.values(entryPoints()))) {
  const fault = await importFault(module);
  console.log(`${module}: ${fault ?? "needs no permission"}`);
  if (fault !== undefined) process.exitCode = 1;
}
