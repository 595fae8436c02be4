// deno-lint-ignore-file no-console -- a script reports to its caller
/** Writes the types of the protocol: `deno task generate-types`. `--help` says what it does. */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { findDrift, generate, generatedFiles } from "./_generate/generate.ts";

const help = `Writes src/generated/ from the pinned runtime, which prints its own protocol.

  deno task generate-types [--check] [--out=FOLDER]

  --check  writes nothing, and fails with the list of files that differ
  --out    another folder`;

const { values } = commandLine({
  help,
  options: { check: { type: "boolean", default: false }, out: { type: "string" } },
});
const folder = values.out ?? fileURLToPath(new URL("../src/generated/", import.meta.url));

await runMain(async () => {
  if (!values.check) {
    const names = await generate(folder);
    return console.log(`Wrote ${names.length} files to ${folder}`);
  }
  const drift = await findDrift(folder, await generatedFiles());
  for (const name of drift) console.error(`Differs: ${join(folder, name)}`);
  if (drift.length > 0) process.exitCode = 1;
  else console.log(`No difference in ${folder}`);
});
