/** Builds the npm package: `package.json` from `deno.json`, modules and declarations by a bundler. */
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { withScratch } from "../_lib/interruption.ts";
import { projectRoot } from "../_lib/project.ts";

/** The part of `deno.json` that the npm package is made from. */
export interface PackageConfig {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

export interface NpmManifest extends Omit<PackageConfig, "exports"> {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly browser: Readonly<Record<string, false>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The folder of the bundled modules. */
export const MODULE_FOLDER = "esm";

const DOCUMENTS: readonly string[] = ["README.md", "CHANGELOG.md", "LICENSE"];
const KEYWORDS =
  "codex codex-app-server app-server openai agent coding-agent json-rpc sdk deno bun";

/**
 * Returns the `package.json` of the npm package, which depends on exactly one version of Codex.
 *
 * @throws {TypeError} if there is no main entry point, or an entry point is not a `.ts` file
 */
export function npmManifest(config: PackageConfig, codexVersion: string): NpmManifest {
  const { name, version, license } = config;
  const modules = Object.entries(config.exports).map(([name, source]) => {
    const path = /^\.\/([^.]\S*)\.ts$/.exec(source)?.[1];
    if (path === undefined) {
      throw new TypeError(`Cannot make package.json: "${source}" is not "./*.ts"`);
    }
    return [name, `./${MODULE_FOLDER}/${path}`] as const;
  });
  const [main] = modules.filter(([name]) => name === ".");
  if (main === undefined) throw new TypeError(`Cannot make package.json: there is no export "."`);
  return {
    ...{ name, version, license },
    description:
      "Drives the codex app-server from Node, Bun and Deno: threads, turns, streaming, approvals and tools over JSON-RPC",
    keywords: KEYWORDS.split(" "),
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    types: `${main[1]}.d.ts`,
    // Compilers take the first condition that fits.
    exports: Object.fromEntries(modules.map(([name, path]) => {
      return [name, { types: `${path}.d.ts`, default: `${path}.js` }];
    })),
    // The entry points for TypeScript's `node10` resolution, which does not read `exports`.
    typesVersions: {
      "*": Object.fromEntries(
        modules.filter((one) => one !== main)
          .map(([name, path]) => [name.slice(2), [`${path}.d.ts`]]),
      ),
    },
    // What starts processes or opens sockets is behind dynamic imports: a browser has no modules of Node.
    browser: Object.fromEntries(
      ["bun", "deno", "node", "node_sockets"]
        .map((name) => [`./${MODULE_FOLDER}/transports/${name}.js`, false as const]),
    ),
    files: [MODULE_FOLDER, ...DOCUMENTS],
    dependencies: { [UPSTREAM_PACKAGE]: codexVersion },
  };
}

/**
 * Builds the npm package into the folder `out`, whose content is replaced. A failed build leaves it as it was.
 *
 * @throws {Error} if a source cannot be bundled
 */
export async function buildPackage(out: string): Promise<NpmManifest> {
  const config = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as PackageConfig;
  const manifest = npmManifest(config, RUNTIME_VERSION);
  return await withScratch("build-npm-", async (work) => {
    const loaded = Object.keys(manifest.browser).map((file) => sourceOf(file));
    await bundle({
      root: projectRoot,
      entries: [...Object.values(config.exports), ...loaded],
      out: work,
    });
    finishPackage(projectRoot, work, manifest);
    rmSync(out, { recursive: true, force: true });
    cpSync(work, out, { recursive: true });
    return manifest;
  });
}

/** Returns the source of a module of the package, as in `exports` of `deno.json`. */
function sourceOf(file: string): string {
  return file.replace(`./${MODULE_FOLDER}/`, "./").replace(/\.js$/, ".ts");
}

interface BundleOptions {
  /** The folder that the entry points are relative to. */
  readonly root: string;
  readonly entries: readonly string[];
  readonly out: string;
}

/**
 * Bundles each entry point into one module and one file of declarations; what several need is in chunks. Comments stay in
 * the declarations, where editors show them. The maps have the positions in the sources, not the sources.
 */
export async function bundle({ root, entries, out }: BundleOptions): Promise<void> {
  const input = Object.fromEntries(
    entries.map((entry) => [entry.replace(/^\.\/|\.ts$/g, ""), join(root, entry)]),
  );
  const bundler = await rolldown({
    cwd: root,
    input,
    platform: "neutral",
    external: /^node:/,
    plugins: [dts({ oxc: true, tsconfig: false })],
    transform: { target: "es2022" }, // Node 20
    // The runtime's name must stay where `stage-sdk` finds it.
    optimization: { inlineConst: false },
  });
  try {
    await bundler.write({
      dir: join(out, MODULE_FOLDER),
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js",
      codeSplitting: {
        groups: [
          { name: "base", test: /\/src\/(?:util|errors)\/\w+\.ts$/, priority: 1 },
          // What only programs with tools need: bundlers can leave it out of the others.
          { name: "tool", test: /\/(?:tool|tool_names|src\/schema\/\w+)\.ts$/ },
        ],
      },
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
      sourcemapPathTransform: (source, map) => {
        const folder = dirname(map);
        const packagePath = relative(folder, out);
        return join(packagePath, relative(root, join(folder, source))).split(sep).join("/");
      },
    });
  } finally {
    await bundler.close();
  }
}

/** The library that declares `AsyncDisposable`; a consumer's `lib` may lack it. */
const DISPOSABLE = `/// <reference lib="esnext.disposable" />\n`;

/** Completes the bundled modules with the manifest and documents. */
export function finishPackage(root: string, out: string, manifest: NpmManifest): void {
  writeFileSync(join(out, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  for (const name of DOCUMENTS) copyFileSync(join(root, name), join(out, name));
  for (const { types } of Object.values(manifest.exports)) {
    const path = join(out, types);
    writeFileSync(path, DISPOSABLE + readFileSync(path, "utf8"));
  }
}
