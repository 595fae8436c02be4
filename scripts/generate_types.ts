// deno-lint-ignore-file no-console -- a script reports to its caller
/**
 * Writes `src/generated/` from the pinned runtime: `deno task generate`. With `--check` it writes nothing, and fails
 * with the list of files that differ. `--out FOLDER` names another folder.
 */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findDrift, generate } from "./_generate/generate.ts";

const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, out: { type: "string" } },
});
const folder = values.out ?? fileURLToPath(new URL("../src/generated/", import.meta.url));

if (values.check) {
  const drift = await findDrift(folder);
  for (const name of drift) console.error(`Differs: ${join(folder, name)}`);
  if (drift.length > 0) process.exitCode = 1;
  else console.log(`No difference in ${folder}`);
} else {
  const names = await generate(folder);
  console.log(`Wrote ${names.length} files to ${folder}`);
}
