import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { denoPath, projectRoot } from "./project.ts";

/** Formats text as `deno fmt` does. */
export function formatCode(text: string, ext: "md" | "ts" = "md"): string {
  const { status, stdout, stderr } = spawnSync(denoPath(), ["fmt", "--ext", ext, "-"], {
    cwd: projectRoot,
    input: text,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`deno fmt failed: ${stderr}`);
  return stdout;
}

/** Writes a generated file, or if it is only to be checked, fails and prints how the existing one differs. */
export function writeOrCheck(file: string, text: string, task: string, check: boolean): void {
  if (!check) return writeFileSync(join(projectRoot, file), text);
  const { status, stdout, stderr } = spawnSync("git", ["diff", "--no-index", "--", file, "-"], {
    cwd: projectRoot,
    input: text,
    encoding: "utf8",
  });
  if (status === 0) return;
  console.error(`${file} is not as generated: run \`deno task ${task}\`\n${stdout}${stderr}`);
  process.exitCode = 1;
}
