/** What the package is installed and run with: package managers, versions of Node, and the environment of a user. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, rename } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { runCommand } from "../../scripts/_lib/command.ts";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { bunPath, denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { loopbackEnv } from "../../src/testing/loopback.ts";

/** What runs a program. */
export type Runtime = "Node 20" | "Node 22" | "Node 24" | "Bun" | "Deno";

/** Every runtime. */
export const RUNTIMES: readonly Runtime[] = ["Node 20", "Node 22", "Node 24", "Bun", "Deno"];

/** The programs that the project itself does not need. */
export interface Tools {
  /** Returns the path of a file of an installed tool, such as `pnpm/bin/pnpm.cjs`. */
  path(file: string): string;
  /** Returns the executable of a runtime. */
  program(runtime: Runtime): string;
}

/** Installs what `tools/package-lock.json` names, once for each content of that file: 600 MB. */
export async function installTools(): Promise<Tools> {
  const source = join(projectRoot, "tests", "npm", "tools");
  const lock = readFileSync(join(source, "package-lock.json"));
  const hash = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const folder = join(projectRoot, "node_modules", ".cache", `codex-matrix-tools-${hash}`);
  if (!existsSync(folder)) {
    await mkdir(dirname(folder), { recursive: true });
    await withScratch(`${folder}-`, async (unfinished) => {
      await cp(source, unfinished, { recursive: true });
      await mustRun("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], unfinished);
      // Another run may have been faster.
      if (!existsSync(folder)) await rename(unfinished, folder);
    });
  }
  const path = (file: string): string => join(folder, "node_modules", file);
  return {
    path,
    program(runtime): string {
      if (runtime === "Bun") return bunPath();
      if (runtime === "Deno") return denoPath();
      const { platform, arch } = process;
      const program = path(
        `${runtime.toLowerCase().replace(" ", "-")}-${platform}-${arch}/bin/node`,
      );
      if (existsSync(program)) return program;
      throw new Error(`There is no ${runtime} for ${platform}-${arch}: the tools are for Linux`);
    },
  };
}

/** Environment variables; `undefined` unsets what would be inherited. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the environment of a user with nothing but a home: none of the project's programs on the PATH, and no settings
 * of package managers or of Codex. A registry on loopback is reached without a proxy.
 */
export function cleanEnvironment(home: string, program: string): Environment {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
    .filter((folder) => folder !== "" && !folder.includes("node_modules"));
  const cleared = Object.keys(process.env).filter((name) =>
    /^(?:npm_|codex|openai|deno|bun|yarn|pnpm|node_|xdg_)/i.test(name)
  );
  return {
    ...Object.fromEntries(cleared.map((name) => [name, undefined])),
    ...loopbackEnv(),
    ...{ HOME: home, TMPDIR: home, YARN_CACHE_FOLDER: join(home, "yarn") },
    PATH: [dirname(program), ...folders].join(delimiter),
  };
}

/** Runs a command that must succeed, and returns its standard output. */
export async function mustRun(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Environment = {},
): Promise<string> {
  const run = await runCommand(program, args, { cwd, env });
  if (run.code === 0) return run.stdout;
  const end = run.timedOut ? "did not end" : `exited with code ${run.code}`;
  throw new Error(`${program} ${args.join(" ")} ${end}:\n${run.output.slice(-4_000)}`);
}
