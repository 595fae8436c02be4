import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { projectRoot } from "../_lib/project.ts";
import type { Environment } from "./environment.ts";

/** The versions of Node that the package is run with. */
export const NODE_VERSIONS: readonly NodeVersion[] = ["20", "22", "24"];

/** A major version of Node. */
export type NodeVersion = "20" | "22" | "24";

/** The programs of the matrix that the project itself does not need. */
export interface Tools {
  /** The path of a module or a file of an installed tool, such as `pnpm/bin/pnpm.cjs`. */
  path(file: string): string;
  /** The executable of Node in a major version. */
  node(version: NodeVersion): string;
}

/**
 * Installs what `tools/package-lock.json` names, once for each content of that file: the registry, the installers and
 * three versions of Node are 600 MB that a mere test run does not need.
 */
export async function installTools(log: (line: string) => void): Promise<Tools> {
  const source = join(projectRoot, "scripts", "_matrix", "tools");
  const files = ["package.json", "package-lock.json"];
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(join(source, file)));
  const caches = join(projectRoot, "node_modules", ".cache");
  const folder = join(caches, `codex-matrix-tools-${hash.digest("hex").slice(0, 12)}`);
  if (!existsSync(folder)) {
    log("Installing the tools of the matrix (once)");
    await mkdir(caches, { recursive: true });
    await withScratch(`${folder}-`, async (unfinished) => {
      for (const file of files) await copyFile(join(source, file), join(unfinished, file));
      await mustRun("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], unfinished);
      // Another run may have been faster.
      if (!existsSync(folder)) await rename(unfinished, folder);
    });
  }
  return toolsIn(join(folder, "node_modules"));
}

function toolsIn(modules: string): Tools {
  return {
    path: (file) => join(modules, file),
    node(version): string {
      const { platform, arch } = process;
      const path = join(modules, `node-${version}-${platform}-${arch}`, "bin", "node");
      if (existsSync(path)) return path;
      throw new Error(`Cannot run the matrix on ${platform}-${arch}: its tools are for Linux`);
    },
  };
}

/** Runs a command that has to succeed, and gives what it wrote on standard output. */
export async function mustRun(
  program: string,
  args: readonly string[],
  cwd: string,
  env?: Environment,
): Promise<string> {
  const run = await runCommand(program, args, { cwd, ...(env === undefined ? {} : { env }) });
  if (run.code === 0) return run.stdout;
  const ending = run.timedOut ? "did not end" : `ended with code ${run.code}`;
  throw new Error(`${program} ${args.join(" ")} ${ending}:\n${run.output.slice(-4_000)}`);
}
