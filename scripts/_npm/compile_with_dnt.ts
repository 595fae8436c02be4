/** Compiles the package with dnt, which lives on JSR and need not be in reach. */
import { join } from "node:path";
import { runCommand } from "../_lib/command.ts";
import { denoPath } from "../_lib/project.ts";
import type { CompileOptions } from "./compile_with_tsc.ts";

/** How long to wait for JSR, in milliseconds. */
const REACH_TIMEOUT_MS = 20_000;

/** How long dnt may take, in milliseconds. */
const BUILD_TIMEOUT_MS = 300_000;

/** A Deno of its own: what dnt imports is neither in `deno.json` nor in `node_modules`. */
const RUN = ["run", "-A", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=none"];

/** The script that imports dnt, relative to the project. */
const SCRIPT = "scripts/_npm/run_dnt.mjs";

/** Why dnt cannot be imported, in one line; `undefined` when it can. */
export async function whyNoDnt(
  timeoutMs: number = REACH_TIMEOUT_MS,
): Promise<string | undefined> {
  const { code, output, timedOut } = await runCommand(denoPath(), [...RUN, SCRIPT], { timeoutMs });
  if (code === 0) return undefined;
  if (timedOut) return `no answer within ${timeoutMs / 1000} s`;
  const error = /^error: (?:Uncaught \(in promise\) )?(?:\w+: )?(.+)$/m.exec(output)?.[1];
  return error ?? (output.trim().split("\n")[0] || `code ${code}`);
}

/**
 * Compiles the entry points and all they import.
 *
 * @throws {Error} with dnt's words when it fails
 */
export async function compileWithDnt(options: CompileOptions): Promise<void> {
  const { code, output, timedOut } = await runCommand(
    denoPath(),
    [...RUN, SCRIPT, JSON.stringify(dntOptions(options))],
    { timeoutMs: BUILD_TIMEOUT_MS },
  );
  if (code === 0) return;
  throw new Error(timedOut ? "Cannot build with dnt: it took too long" : `dnt failed:\n${output}`);
}

/** The options of dnt's `build()` that come to the layout of {@linkcode compileWithTsc}. */
export function dntOptions({ root, entries, out }: CompileOptions): Record<string, unknown> {
  return {
    entryPoints: entries.map((entry) => ({ name: `./${entry}`, path: join(root, entry) })),
    outDir: out,
    // The manifest is written afterwards, and nothing is installed: types and tests have checks of their own.
    package: { name: "unfinished", version: "0.0.0" },
    skipNpmInstall: true,
    typeCheck: false,
    test: false,
    shims: {},
    // Node 20 has all of it; a polyfill would be a change of what the TypeScript compiler makes.
    polyfills: false,
    esModule: true,
    scriptModule: false,
    declaration: "inline",
    declarationMap: false,
    skipSourceOutput: true,
    compilerOptions: {
      target: "ES2022",
      lib: ["ESNext", "DOM", "DOM.Iterable"],
      sourceMap: true,
      inlineSources: true,
    },
  };
}
