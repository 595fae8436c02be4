import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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

/** Writes a generated file, or when it is only to be checked tells where the one that is there differs. */
export function writeOrCheck(file: string, text: string, task: string, check: boolean): void {
  const path = join(projectRoot, file);
  if (!check) {
    writeFileSync(path, text);
    console.log(`${file}: ${text.split("\n").length} lines`);
    return;
  }
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (before === text) return console.log(`${file} is as it should be`);
  const [old, now] = [before.split("\n"), text.split("\n")];
  const line = now.findIndex((wanted, index) => wanted !== old[index]);
  const at = line < 0 ? now.length : line;
  console.error(`${file}:${at + 1} is not as generated: run \`deno task ${task}\``);
  console.error(`- ${old[at] ?? "(end)"}\n+ ${now[at] ?? "(end)"}`);
  process.exitCode = 1;
}
