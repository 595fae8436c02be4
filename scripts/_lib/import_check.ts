import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { denoPath, projectRoot } from "./project.ts";

/**
 * Imports a module of the project under Deno without any permission. Returns the problem; `undefined` if the import
 * worked and the process ended by itself, so that nothing was started.
 */
export async function importFault(
  module: string,
  timeoutMs: number = 20_000,
): Promise<string | undefined> {
  return await withScratch("no-permission-", async (folder) => {
    const script = join(folder, "main.ts");
    const url = pathToFileURL(join(projectRoot, module)).href;
    writeFileSync(script, `import * as module from "${url}";\nconsole.log(typeof module);\n`);
    const config = `--config=${join(projectRoot, "deno.json")}`;
    const flags = ["--no-prompt", "--no-check", "--cached-only", config];
    const { code, output, timedOut } = await runCommand(denoPath(), ["run", ...flags, script], {
      timeoutMs,
    });
    if (timedOut) return "the process does not end by itself";
    return code === 0 && output.trim() === "object" ? undefined : output.trim() || `code ${code}`;
  });
}
