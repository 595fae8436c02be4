/** Writes docs/api/: `deno task api`. `--help` says what it does. */
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "./_lib/command.ts";
import { commandLine } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import { entryPoints } from "./_lib/package_files.ts";
import { denoPath, projectRoot } from "./_lib/project.ts";

const { values } = commandLine({
  help:
    `Writes docs/api/ from the declarations and the doc comments of the entry points, with TypeDoc.

  deno task api [--check]

  --check  writes nothing, and fails where a page differs`,
  options: { check: { type: "boolean", default: false } },
});

async function writeTo(folder: string): Promise<void> {
  const typedoc = join(projectRoot, "node_modules/typedoc/bin/typedoc");
  const entries = Object.values(entryPoints());
  const args = ["run", "-A", typedoc, "--logLevel", "Error", "--out", folder, ...entries];
  const { code, output } = await runCommand(denoPath(), args);
  if (code !== 0) throw new Error(`typedoc failed:\n${output}`);
}

if (!values.check) {
  await writeTo("docs/api");
} else {
  await withScratch("api-", async (folder) => {
    await writeTo(folder);
    const { code, output } = await runCommand("git", ["diff", "--no-index", "docs/api", folder]);
    if (code === 0) return;
    console.error(`docs/api is not as generated: run \`deno task api\`\n${output}`);
    process.exitCode = 1;
  });
}
