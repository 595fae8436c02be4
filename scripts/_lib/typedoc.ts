import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { denoPath, projectRoot } from "./project.ts";

/** Writes the API reference of entry points; returns private types that it refers to and broken links, one line each. */
export async function writeReference(
  entries: readonly string[],
  folder: string,
): Promise<string[]> {
  const typedoc = join(projectRoot, "node_modules/typedoc/bin/typedoc");
  const { code, output } = await withScratch("typedoc-", (scratch) => {
    // The project's own file names all files, tests too: reading those takes most of the time.
    const config = join(scratch, "tsconfig.json");
    const files = entries.map((path) => resolve(projectRoot, path));
    const base = join(projectRoot, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ extends: base, files, include: [] }));
    const options = ["--logLevel", "Warn", "--tsconfig", config, "--out", folder];
    return runCommand(denoPath(), ["run", "-A", typedoc, ...options, ...entries]);
  });
  if (code !== 0) throw new Error(`typedoc failed:\n${output}`);
  // Most types of the protocol have no pages.
  const fault = /Failed to resolve link|^(?!.*\/src\/generated\/).*is referenced by/;
  return output.split("\n").filter((line) => fault.test(line));
}
