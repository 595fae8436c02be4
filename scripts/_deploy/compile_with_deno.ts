import { copyFile, link, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { runCommand } from "../_lib/command.ts";
import { entryPoints } from "../_lib/package_files.ts";
import { denoPath, projectRoot } from "../_lib/project.ts";
import { copyProgram } from "./project.ts";

/** A program of Deno: what to start. */
export interface DenoProgram {
  readonly command: readonly string[];
  /** Why it is no compiled program; `undefined` when it is one. */
  readonly standIn?: string;
}

/**
 * Compiles the program with `deno compile` to the file `out`. For that Deno fetches `denort`, which no package registry has, from a site of
 * its own; where that cannot be reached (and `DENORT_BIN` does not say where there is one) the result is what
 * {@linkcode withoutDenort} makes.
 */
export async function compileWithDeno(folder: string, out: string): Promise<DenoProgram> {
  await mkdir(folder, { recursive: true });
  const program = await copyProgram(folder);
  // As from JSR: nothing of npm, so that no package is put into the program.
  await writeFile(join(folder, "deno.json"), JSON.stringify({ imports: sourceImports() }));
  const args = ["compile", "--allow-all", "--no-check", `--output=${out}`, program];
  const { code, output } = await runCommand(denoPath(), args, { cwd: folder });
  if (code === 0) return { command: [out] };
  if (!/denort/.test(output)) throw new Error(`deno compile ended with code ${code}:\n${output}`);
  return await withoutDenort(folder, out);
}

/**
 * The nearest thing to a compiled program: the same modules that `deno compile` puts into one, alone in a folder, and
 * run by a Deno that says of itself what a compiled program does, with no packages and no network.
 */
export async function withoutDenort(folder: string, out: string): Promise<DenoProgram> {
  const embedded = join(folder, "deno-compile-program");
  await mkdir(embedded, { recursive: true });
  const info = ["info", "--json", "scripts/_deploy/program.ts"];
  const { stdout } = await runCommand(denoPath(), info);
  const { modules } = JSON.parse(stdout) as { modules: { readonly local?: string }[] };
  const files = modules.map(({ local = "" }) => relative(projectRoot, local))
    .filter((file) => !/^\.\.|^node_modules|^$/.test(file));
  for (const file of files) {
    const target = join(embedded, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(projectRoot, file), target);
  }
  const imports = join(folder, "imports.json");
  await writeFile(imports, JSON.stringify({ imports: sourceImports(embedded) }));
  const prelude = join(folder, "standalone.ts");
  await writeFile(
    prelude,
    `Object.defineProperty(Deno, "build", { value: { ...Deno.build, standalone: true } });\n`,
  );
  const flags = ["--no-config", "--no-npm", "--no-remote", "--no-check", "--quiet"];
  const main = join(embedded, "scripts", "_deploy", "program.ts");
  // Under the name of the program: what lies beside the executable is found beside it.
  await link(denoPath(), out).catch(() => copyFile(denoPath(), out));
  return {
    command: [
      ...[out, "run", "--allow-all", ...flags],
      ...[`--import-map=${imports}`, `--preload=${prelude}`, main],
    ],
    standIn: `denort for Deno on ${process.platform}-${process.arch} cannot be fetched`,
  };
}

function sourceImports(root: string = projectRoot): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entryPoints()).map(([name, path]) => {
      return [`@codex-app-server/sdk${name.slice(1)}`, pathToFileURL(join(root, path)).href];
    }),
  );
}
