/** Runs an example as a user would: as a separate program, on the runtime of the tests. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { esbuildPath } from "../../scripts/_lib/project.ts";
import { assertEquals } from "../_support/assert.ts";
import {
  environment,
  type Line,
  output,
  root,
  runtime,
  scriptCommand,
  withFolder,
} from "../process/_current.ts";

/** The command line of an example. On Node it is bundled first: tsx takes longer to load one than it runs. */
export function exampleCommand(name: string): string[] {
  const source = join(root, `examples/${name}.ts`);
  if (runtime !== "node" || name === withTsx) return scriptCommand(source, "-A");
  const bundle = join(bundleFolder(), `${name}.mjs`);
  const flags = ["--bundle", "--platform=node", "--format=esm", "--packages=external"];
  execFileSync(esbuildPath(), [
    source,
    ...flags,
    "--target=node20",
    "--log-level=warning",
    `--outfile=${bundle}`,
  ]);
  return [process.execPath, bundle];
}

let bundles: string | undefined;

/** A new folder below the project, where `node_modules` and the runtime are found; it is gone when this process exits. */
function bundleFolder(): string {
  if (bundles === undefined) {
    const folder = mkdtempSync(join(root, ".cache-examples-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    bundles = folder;
  }
  return bundles;
}

/** The example that runs from its source on Node too, as `examples/README.md` says. */
const withTsx = "01_quickstart";

/** Runs an example to its end and returns its output. It must exit as expected and leave no files behind. */
export function runExample(
  name: string,
  input?: string | readonly Line[],
  expectedCode = 0,
): Promise<string> {
  return withFolder(async (folder) => {
    // What tsx has compiled for the tests is compiled for the examples: they share the source.
    const compiled = `tsx-${process.getuid?.() ?? ""}`;
    if (runtime === "node") await symlink(join(tmpdir(), compiled), join(folder, compiled));
    const { stdout, stderr, code } = await output(exampleCommand(name), {
      cwd: root,
      env: { ...environment(), TMPDIR: folder },
      ...(input === undefined ? {} : { input }),
    });
    assertEquals([code, stderr.includes("rror")], [expectedCode, false], `${stdout}\n${stderr}`);
    const left = (await readdir(folder)).filter((entry) => entry.startsWith("codex-test-"));
    assertEquals(left, []);
    return stdout;
  });
}
