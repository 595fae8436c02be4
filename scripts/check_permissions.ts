/** Checks that importing each public module needs no permission and lets the process end by itself: it starts nothing. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { runCommand } from "./_lib/command.ts";
import { entryPoints } from "./_lib/package_files.ts";
import { denoPath, projectRoot } from "./_lib/project.ts";

const folder = mkdtempSync(join(tmpdir(), "no-permission-"));
try {
  for (const path of new Set(Object.values(entryPoints()))) {
    const script = join(folder, "main.ts");
    const module = pathToFileURL(join(projectRoot, path)).href;
    writeFileSync(script, `import * as module from "${module}";\nconsole.log(typeof module);\n`);
    const flags = ["--no-prompt", "--no-check", "--cached-only"];
    const config = `--config=${join(projectRoot, "deno.json")}`;
    const { code, output } = await runCommand(denoPath(), ["run", ...flags, config, script], {
      timeoutMs: 20_000,
    });
    const fine = code === 0 && output.trim() === "object";
    console.log(`${path}: ${fine ? "needs no permission" : output.trim() || `code ${code}`}`);
    if (!fine) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
