import { join } from "node:path";
import { runCommand } from "./command.ts";
import { denoPath, projectRoot } from "./project.ts";

/** Writes the API reference of entry points; returns private types that it refers to and broken links, one line each. */
export async function writeReference(
  entries: readonly string[],
  folder: string,
): Promise<string[]> {
  const typedoc = join(projectRoot, "node_modules/typedoc/bin/typedoc");
  const args = ["run", "-A", typedoc, "--logLevel", "Warn", "--out", folder, ...entries];
  const { code, output } = await runCommand(denoPath(), args);
  if (code !== 0) throw new Error(`typedoc failed:\n${output}`);
  // Most types of the protocol have no pages.
  const fault = /Failed to resolve link|^(?!.*\/src\/generated\/).*is referenced by/;
  return output.split("\n").filter((line) => fault.test(line));
}
