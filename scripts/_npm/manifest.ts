/** The `package.json` of the npm package: made from `deno.json`, which alone knows name, version and entry points. */

/** The part of `deno.json` that the npm package is made from. */
export interface PackageConfig {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Entry points: `{ ".": "./mod.ts" }`. */
  readonly exports: Readonly<Record<string, string>>;
}

/** The npm package that brings the `codex` executable. */
export interface RuntimePackage {
  readonly name: string;
  readonly version: string;
}

/** Where an entry point is found in the package. */
export interface EntryFiles {
  readonly types: string;
  readonly default: string;
}

/** The `package.json` that is written. */
export interface NpmManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly type: "module";
  readonly sideEffects: false;
  readonly engines: Readonly<Record<string, string>>;
  readonly types: string;
  readonly exports: Readonly<Record<string, EntryFiles>>;
  /** Modules that bundlers leave out of what they make for browsers. */
  readonly browser: Readonly<Record<string, false>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The folder of the compiled modules; the name is dnt's. */
export const MODULE_FOLDER = "esm";

/** The documents that lie beside `package.json`. */
export const DOCUMENTS: readonly string[] = ["README.md", "CHANGELOG.md", "LICENSE"];

/** What starts processes, each behind a dynamic import: a browser cannot, nor has a bundle for one Node's own modules. */
const STARTERS: readonly string[] = ["bun", "deno", "node"];

/**
 * The manifest of the npm package.
 *
 * The SDK speaks the protocol of one version of Codex, its own: the dependency is exact.
 */
export function npmManifest(
  config: PackageConfig,
  runtime: RuntimePackage = { name: "@openai/codex", version: config.version },
): NpmManifest {
  const entries = Object.entries(config.exports).map(([name, source]): [string, EntryFiles] => {
    return [name, entryFiles(source)];
  });
  const main = entries.find(([name]) => name === ".")?.[1];
  if (main === undefined) throw new TypeError(`Cannot make package.json: there is no export "."`);
  return {
    name: config.name,
    version: config.version,
    description:
      "Drives the codex app-server from Node, Bun and Deno: threads, turns, streaming, approvals and tools over JSON-RPC",
    keywords: [
      "codex",
      "codex-app-server",
      "app-server",
      "openai",
      "agent",
      "coding-agent",
      "json-rpc",
      "sdk",
      "deno",
      "bun",
    ],
    license: config.license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    types: main.types,
    exports: Object.fromEntries(entries),
    browser: Object.fromEntries(
      STARTERS.map((name) => [`./${MODULE_FOLDER}/transports/${name}.js`, false]),
    ),
    files: [MODULE_FOLDER, ...DOCUMENTS],
    dependencies: { [runtime.name]: runtime.version },
  };
}

/** The compiled files of a module; `types` comes first, as compilers take the first condition that fits. */
function entryFiles(source: string): EntryFiles {
  const match = /^\.\/([^.]\S*)\.ts$/.exec(source);
  if (match === null) throw new TypeError(`Cannot make package.json: "${source}" is no "./*.ts"`);
  const module = `./${MODULE_FOLDER}/${match[1]}`;
  return { types: `${module}.d.ts`, default: `${module}.js` };
}
