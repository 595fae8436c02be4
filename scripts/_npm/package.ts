/** Builds the npm package: `package.json` from `deno.json`, modules and declarations compiled and bundled. */
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Plugin, type PluginContext, rolldown, type SourceDescription } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { withScratch } from "../_lib/interruption.ts";
import { filesUnder, projectRoot } from "../_lib/project.ts";
import { type CompileOptions, compileWithDnt, compileWithTsc } from "./compile.ts";
import { mapLines } from "./line_maps.ts";

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

/** The packages that programs with the entry point `./ai` install. */
const PEERS: Readonly<Record<string, string>> = {
  "@ai-sdk/provider": "^4.0.0",
  "ai": "^7.0.0",
  "bullmq": "^6.7.0",
  "ioredis": ">=5",
  "pg": "^8.0.0",
};

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
    // What single entry points are for; nobody else needs them.
    peerDependencies: PEERS,
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(PEERS).map((name) => [name, { optional: true }]),
    ),
  };
}

/**
 * Builds the npm package into the folder `out`, whose content is replaced. A failed build leaves it as it was.
 *
 * @throws {TypeError} if the builder is neither `tsc` nor `dnt`
 * @throws {Error} if the sources do not compile, or dnt cannot be imported
 */
export async function buildPackage(out: string, builder = "tsc"): Promise<NpmManifest> {
  const compile = new Map([["tsc", compileWithTsc], ["dnt", compileWithDnt]]).get(builder);
  if (compile === undefined) {
    throw new TypeError(`Cannot build with "${builder}": --builder is dnt or tsc`);
  }
  const config = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as PackageConfig;
  const manifest = npmManifest(config, RUNTIME_VERSION);
  return await withScratch("build-npm-", async (work) => {
    const exported = Object.values(manifest.exports).map((files) => files.default);
    const entries = [...new Set([...exported, ...Object.keys(manifest.browser)])]
      .map((path) => path.slice(`./${MODULE_FOLDER}/`.length, -".js".length));
    const [compiled, built] = [join(work, MODULE_FOLDER), join(work, "package")];
    await compile({ root: projectRoot, entries, out: compiled });
    hideConstructors(compiled);
    await bundle({ root: compiled, entries, out: built });
    finishPackage(projectRoot, built, manifest);
    rmSync(out, { recursive: true, force: true });
    cpSync(built, out, { recursive: true });
    return manifest;
  });
}

/**
 * Hides the parameters of the client's constructors, which only the client calls: their types would bring most of what is
 * internal into the declarations.
 */
function hideConstructors(root: string): void {
  const constructors = /^( +)constructor\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\);$/gm;
  for (const path of filesUnder("src/client", ".d.ts", root).map((file) => join(root, file))) {
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(constructors, "$1protected constructor();"));
  }
}

/**
 * Bundles each compiled entry point into one module and one file of declarations; what several need is in chunks. Comments
 * stay in the declarations, where editors show them. The maps have positions, not the sources.
 */
export async function bundle({ root, entries, out }: CompileOptions): Promise<void> {
  const files = entries.flatMap((name) => [`${name}.js`, `${name}.d.ts`]);
  const readMaps: Plugin = {
    name: "read-maps",
    load(id): SourceDescription | null {
      if (!existsSync(`${id}.map`)) return null;
      const map = JSON.parse(readFileSync(`${id}.map`, "utf8"));
      // As if the sources lay in the package.
      const source = join(out, relative(root, id).replace(/\.js$/, ".ts"));
      return { code: readFileSync(id, "utf8"), map: { ...map, sources: [source] } };
    },
  };
  let partOf: ((id: string) => string | undefined) | undefined;
  await using bundler = await rolldown({
    cwd: root,
    input: Object.fromEntries(files.map((file) => [file.replace(/\.\w+$/, ""), `./${file}`])),
    platform: "neutral",
    external: [/^node:/, ...Object.keys(PEERS)],
    plugins: [readMaps, dts({ tsconfig: false })],
    transform: { target: "es2022" }, // Node 20
    // The runtime's name must stay where `stage-sdk` finds it.
    optimization: { inlineConst: false },
  });
  await bundler.write({
    dir: join(out, MODULE_FOLDER),
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash:8].js",
    codeSplitting: {
      groups: [
        ...["base", "client"].map((part) => ({
          debugName: part,
          name: (id: string, graph: ModuleGraph) =>
            (partOf ??= partsOf(root, graph))(id) === part ? part : null,
          priority: part === "base" ? 2 : 1,
        })),
        // What only programs with tools need: bundlers can leave it out of the others.
        { name: "tool", test: /\/(?:tool|tool_names|src\/schema\/(?!strict_)\w+)\.js$/ },
      ],
    },
    comments: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
}

/** Entry points for which no client is needed. */
const WITHOUT_CLIENT = [
  "errors",
  "fleet",
  "gateway",
  "gateway/client",
  "protocol",
  "testing",
  "transports/auto",
];

type ModuleGraph = Pick<PluginContext, "getModuleInfo">;

/**
 * Returns a function that names the chunk of a module that an import of the client loads: few chunks, as each costs Node half
 * a millisecond, and nothing of the client alone in what others need.
 */
function partsOf(root: string, graph: ModuleGraph): (id: string) => string | undefined {
  const loadedBy = (...entries: readonly string[]): ReadonlySet<string> => {
    const loaded = new Set(entries.map((entry) => join(root, `${entry}.js`)));
    for (const id of loaded) {
      for (const next of graph.getModuleInfo(id)?.importedIds ?? []) loaded.add(next);
    }
    return loaded;
  };
  const [client, others] = [loadedBy("src/codex"), loadedBy(...WITHOUT_CLIENT)];
  return (id) => {
    if (/\/src\/(?:util|errors)\/\w+\.js$/.test(id)) return "base";
    return client.has(id) ? others.has(id) ? "base" : "client" : undefined;
  };
}

/** The library that declares `AsyncDisposable`; a consumer's `lib` may lack it. */
const DISPOSABLE = `/// <reference lib="esnext.disposable" />\n`;

/** Completes the bundled modules with the manifest and documents. */
export function finishPackage(root: string, out: string, manifest: NpmManifest): void {
  writeFileSync(join(out, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  for (const name of DOCUMENTS) copyFileSync(join(root, name), join(out, name));
  // What a bundler says about files that are not in the package.
  const noise = /^\/\/(?:# sourceMappingURL=| \S+\.d\.ts$).*\n?/gm;
  const entries = Object.values(manifest.exports).map(({ types }) => join(out, types));
  for (const path of filesUnder(MODULE_FOLDER, ".d.ts", out).map((file) => join(out, file))) {
    const text = readFileSync(path, "utf8").replace(noise, "");
    writeFileSync(path, (entries.includes(path) ? DISPOSABLE : "") + text);
  }
  for (const path of filesUnder(MODULE_FOLDER, ".js.map", out).map((file) => join(out, file))) {
    writeFileSync(path, JSON.stringify(mapLines(JSON.parse(readFileSync(path, "utf8")))));
  }
}
