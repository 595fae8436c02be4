import { build, stop } from "esbuild";
import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";

const { resolve } = createRequire(import.meta.url);

const entries: ReadonlySet<string> = new Set(Object.values(entryPoints()));

/**
 * Compiles tests of the project for the modules of an installed package: the entry points that they import are the
 * package's, what is inside of the library comes from the sources. Returns the paths of the compiled tests, which are in
 * the folder `out`.
 */
export async function compileTests(
  tests: readonly string[],
  modules: string,
  out: string,
): Promise<string[]> {
  await build({
    entryPoints: [...tests],
    absWorkingDir: projectRoot,
    outdir: out,
    outbase: ".",
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [{
      name: "imports",
      setup({ onResolve }): void {
        onResolve({ filter: /^/ }, ({ path, resolveDir, kind }) => {
          const file = relative(projectRoot, join(resolveDir, path)).split(sep).join("/");
          const isLocal = path.startsWith(".");
          if (kind === "entry-point" || path.startsWith("node:")) return undefined;
          if (isLocal && !entries.has(file)) return undefined;
          // The package does not depend on the tools of the tests.
          const target = isLocal
            ? join(modules, file.replace(/\.ts$/, ".js"))
            : resolve(path.replace(/^@std\/(\w+)$/, "deno-std/$1/mod.js"));
          return { path: pathToFileURL(target).href, external: true };
        });
      },
    }],
  });
  await stop();
  return tests.map((file) => join(out, file.replace(/\.ts$/, ".js")));
}
