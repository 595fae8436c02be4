/** Writes docs/api/: `deno task api`. */
import process from "node:process";
import { runCommand } from "./_lib/command.ts";
import { commandLine } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import { entryPoints } from "./_lib/package_files.ts";
import { writeReference } from "./_lib/typedoc.ts";

const { values } = commandLine({
  help:
    `Writes docs/api/ from the declarations and the doc comments of the entry points, with TypeDoc.
Fails where a public declaration refers to a type that no entry point exports, or a link resolves nowhere.

  deno task api [--check]

  --check  writes nothing, and fails if a page differs`,
  options: { check: { type: "boolean", default: false } },
});

await withScratch("api-", async (folder) => {
  const out = values.check ? folder : "docs/api";
  const faults = await writeReference(Object.values(entryPoints()), out);
  if (values.check) {
    const { code, output } = await runCommand("git", ["diff", "--no-index", "docs/api", folder]);
    if (code !== 0) faults.push(`docs/api is not as generated: run \`deno task api\`\n${output}`);
  }
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
});
