import { chmod, copyFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { runCommand } from "../_lib/command.ts";
import { bunPath, esbuildPath, projectRoot } from "../_lib/project.ts";

/** The mark in the executable of Node that says where a program may be put. */
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
    // The SDK knows how to do without.
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

/** Runs a build, which has to succeed without a warning. */
async function mustBuild(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runCommand(program, args, { cwd, timeoutMs: 120_000 });
  const warned = /\[WARNING\]/.test(output);
  if (code === 0 && !warned) return;
  throw new Error(`${basename(program)} ${args.join(" ")} ended with code ${code}:\n${output}`);
}
