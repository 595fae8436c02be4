/** Builds the program to deploy in each way of docs/deploying.md. */
import { chmod, copyFile, cp, link, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { findNativeBinary } from "../../scripts/_generate/run_upstream.ts";
import { runCommand } from "../../scripts/_lib/command.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { bunPath, denoPath, esbuildPath, projectRoot } from "../../scripts/_lib/project.ts";

/** The mark in the executable of Node where a program may be put. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** Bundles a program for Node into one file: a module, or CommonJS when its name ends with `.cjs`. */
export async function bundleForNode(program: string, out: string): Promise<void> {
  const format = out.endsWith(".cjs") ? "cjs" : "esm";
  await mustBuild(esbuildPath(), [
    program,
    "--bundle",
    "--platform=node",
    "--target=node20",
    `--format=${format}`,
    `--outfile=${out}`,
    "--log-level=warning",
    // The SDK works without.
    ...(format === "cjs" ? ["--log-override:empty-import-meta=silent"] : []),
  ], dirname(program));
}

/** Compiles a program with Bun. */
export async function compileWithBun(program: string, out: string): Promise<void> {
  const args = ["build", "--compile", program, `--outfile=${out}`];
  await mustBuild(bunPath(), args, dirname(program));
}

/** Makes a single executable of a CommonJS bundle and a Node. */
export async function singleExecutable(bundle: string, node: string, out: string): Promise<void> {
  const folder = dirname(bundle);
  const [settings, blob] = [`${bundle}.json`, `${bundle}.blob`];
  const config = { main: basename(bundle), output: blob, disableExperimentalSEAWarning: true };
  await writeFile(settings, JSON.stringify(config));
  await mustBuild(node, ["--experimental-sea-config", settings], folder);
  await copyFile(node, out);
  await chmod(out, 0o755);
  const postject = join(projectRoot, "node_modules", "postject", "dist", "cli.js");
  const segment = process.platform === "darwin" ? ["--macho-segment-name", "NODE_SEA"] : [];
  const args = [postject, out, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE, ...segment];
  await mustBuild(node, args, folder);
}

/** Runs a build, which must succeed without a warning. */
async function mustBuild(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runCommand(program, args, { cwd, timeoutMs: 120_000 });
  const warned = /\[WARNING\]/.test(output);
  if (code === 0 && !warned) return;
  throw new Error(`${basename(program)} ${args.join(" ")} exited with code ${code}:\n${output}`);
}

/**
 * Compiles the program with `deno compile` to the file `out`. Deno fetches `denort` for that from its own site; where that
 * is unreachable and `DENORT_BIN` names none, makes the nearest thing to it. Returns the command that starts the program.
 */
export async function compileWithDeno(folder: string, out: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const program = await copyProgram(folder);
  // As from JSR: nothing from npm, so that no package is embedded.
  await writeFile(join(folder, "deno.json"), JSON.stringify({ imports: sourceImports() }));
  const args = ["compile", "--allow-all", "--no-check", `--output=${out}`, program];
  const { code, output } = await runCommand(denoPath(), args, { cwd: folder });
  if (code === 0) return [out];
  if (!/denort/.test(output)) throw new Error(`deno compile exited with code ${code}:\n${output}`);
  return await withoutDenort(folder, out);
}

/**
 * Makes the nearest thing to a compiled program: the modules that `deno compile` would embed, alone in a folder, run
 * without packages and network by a Deno that claims to be a compiled program.
 */
async function withoutDenort(folder: string, out: string): Promise<string[]> {
  const embedded = join(folder, "deno-compile-program");
  await mkdir(embedded, { recursive: true });
  const info = ["info", "--json", "tests/deploy/program.ts"];
  const { stdout } = await runCommand(denoPath(), info);
  const { modules } = JSON.parse(stdout) as { modules: { readonly local?: string }[] };
  const files = modules.map(({ local = "" }) => relative(projectRoot, local))
    .filter((file) => !/^\.\.|^node_modules|^$/.test(file));
  for (const file of files) await cp(join(projectRoot, file), join(embedded, file));
  const imports = join(folder, "imports.json");
  await writeFile(imports, JSON.stringify({ imports: sourceImports(embedded) }));
  const prelude = join(folder, "standalone.ts");
  await writeFile(
    prelude,
    `Object.defineProperty(Deno, "build", { value: { ...Deno.build, standalone: true } });\n`,
  );
  const flags = ["--no-config", "--no-npm", "--no-remote", "--no-check", "--quiet"];
  const main = join(embedded, "tests", "deploy", "program.ts");
  // Beside the runtime, under the name of the program.
  await link(denoPath(), out).catch(() => copyFile(denoPath(), out));
  return [
    ...[out, "run", "--allow-all", ...flags],
    ...[`--import-map=${imports}`, `--preload=${prelude}`, main],
  ];
}

function sourceImports(root: string = projectRoot): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entryPoints()).map(([name, path]) => {
      return [`@codex-app-server/sdk${name.slice(1)}`, pathToFileURL(join(root, path)).href];
    }),
  );
}

/** Makes the project of a user who installed the built package, and returns the path of the program to deploy. */
export async function makeProject(folder: string, sdk: string): Promise<string> {
  const installed = join(folder, "node_modules", "@codex-app-server", "sdk");
  await mkdir(dirname(installed), { recursive: true });
  await symlink(sdk, installed, "junction");
  await writeFile(join(folder, "package.json"), `{ "type": "module" }\n`);
  return await copyProgram(folder);
}

/** Copies the program to deploy into a folder, and returns its path. */
async function copyProgram(folder: string): Promise<string> {
  const program = join(folder, "program.ts");
  await copyFile(join(projectRoot, "tests", "deploy", "program.ts"), program);
  return program;
}

/** Returns the folder of the pinned runtime for this platform: `bin`, `codex-path` and `codex-resources`. */
export function runtimeFolder(): string {
  return dirname(dirname(findNativeBinary()));
}

/** Copies a folder, with hard links where the file system allows it: the runtime is large. */
export async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
