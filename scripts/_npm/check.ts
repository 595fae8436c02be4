/** Checks of the built npm package. Each returns its findings, one line each. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { runCommand } from "../_lib/command.ts";
import { diffExports } from "../_lib/exports.ts";
import { entryPoints } from "../_lib/package_files.ts";
import { type EntryExports, readSurface } from "../_lib/public_surface.ts";
import { esbuildPath, filesUnder, projectRoot } from "../_lib/project.ts";
import { isEmptyModule, MODULE_FOLDER, type NpmManifest } from "./package.ts";

/** The size limit of the package, in bytes unpacked. */
const SIZE_LIMIT = 4_000_000;

/** Checks the files: nothing stray, no path of this machine, each module with a map that holds its source. */
export function layoutFaults(
  folder: string,
  { files, unpackedSize }: { readonly files: readonly string[]; readonly unpackedSize: number },
): string[] {
  const faults = files.flatMap((path) =>
    /^(?:esm\/[\w/]+\.(?:js|js\.map|d\.ts)|package\.json|[A-Z]+(?:\.md)?)$/.test(path)
      ? []
      : [`${path} does not belong in the package`]
  );
  if (unpackedSize > SIZE_LIMIT) faults.push(`${unpackedSize} bytes are too many`);
  for (const path of filesUnder(MODULE_FOLDER, "", folder)) {
    const text = readFileSync(join(folder, path), "utf8");
    if (text.includes(projectRoot)) faults.push(`${path} contains a path of this machine`);
    if (path.endsWith(".map")) {
      const { sources = [], sourcesContent = [] } = JSON.parse(text);
      if (sources.length !== 1 || typeof sourcesContent[0] !== "string") {
        faults.push(`${path} does not hold its source`);
      }
    } else if (path.endsWith(".js") && !isEmptyModule(text)) {
      if (!existsSync(join(folder, `${path}.map`))) faults.push(`${path} has no source map`);
    }
  }
  return faults;
}

/** Compares the exported names with those of the sources, and the declared values with those that Node imports. */
export async function exportFaults(folder: string, { exports }: NpmManifest): Promise<string[]> {
  const declared = declaredExports(folder, exports);
  const urls = Object.entries(exports).map(([name, files]) => {
    return [name, pathToFileURL(join(folder, files.default)).href];
  });
  const script = `const found = {};
    for (const [name, url] of ${JSON.stringify(urls)}) {
      found[name] = { values: Object.keys(await import(url)).sort(), types: [] };
    }
    console.log(JSON.stringify(found));`;
  const args = ["--input-type=module", "--eval", script];
  const { code, stdout, output } = await runCommand("node", args, { cwd: folder });
  if (code !== 0) return [`Cannot import the package: ${output}`];
  const values = Object.fromEntries(
    Object.entries(declared).map(([entry, { values }]) => [entry, { values, types: [] }]),
  );
  return [
    ...diffExports(readSurface(entryPoints()).exports, declared).map((line) => `declared: ${line}`),
    ...diffExports(values, JSON.parse(stdout)).map((line) => `imported: ${line}`),
  ];
}

/** Reads the exports from the declaration files, as a compiler sees them. */
function declaredExports(
  folder: string,
  exports: NpmManifest["exports"],
): Record<string, EntryExports> {
  const paths = Object.values(exports).map(({ types }) => join(folder, types));
  const { module, target } = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ESNext };
  const program = ts.createProgram(paths, { module, target, types: [] });
  const checker = program.getTypeChecker();
  const isValue = (symbol: ts.Symbol): boolean => {
    const alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const { flags } = alias ? checker.getAliasedSymbol(symbol) : symbol;
    const typeOnly = symbol.declarations?.some((one) =>
      ts.isExportSpecifier(one) && (one.isTypeOnly || one.parent.parent.isTypeOnly)
    );
    return (flags & ts.SymbolFlags.Value) !== 0 && !typeOnly;
  };
  return Object.fromEntries(
    Object.entries(exports).map(([name, { types }]) => {
      const file = program.getSourceFile(join(folder, types));
      const symbol = file && checker.getSymbolAtLocation(file);
      const symbols = symbol ? checker.getExportsOfModule(symbol) : [];
      const named = (values: boolean): string[] =>
        symbols.filter((one) => isValue(one) === values).map((one) => one.name).sort();
      return [name, { values: named(true), types: named(false) }];
    }),
  );
}

/** One compilation of the consumer. */
export interface Consumer {
  /** The oldest supported TypeScript, the last one in JavaScript, or the native one. */
  readonly compiler: "typescript-5.4" | "typescript-5.9" | "typescript-7";
  readonly resolution: "bundler" | "nodenext";
  /** The library in scope: that of the Web, or of Node. */
  readonly library: "dom" | "node";
}

/** Returns every combination; `quick`, each compiler, way of resolving modules and library. */
export function consumers(quick: boolean): Consumer[] {
  const all = (["typescript-5.4", "typescript-5.9", "typescript-7"] as const).flatMap((compiler) =>
    (["bundler", "nodenext"] as const).flatMap((resolution) =>
      (["dom", "node"] as const).map((library) => ({ compiler, resolution, library }))
    )
  );
  return quick ? [all[3], all[4], all[11]].filter((one) => one !== undefined) : all;
}

/** The program that uses every entry point. */
const CONSUMER = "every_entry.ts";

/** Makes a project in which the package and Node's types are installed, with the program and the examples. */
export function makeConsumer(folder: string, work: string): void {
  const installed = join(work, "node_modules", "@codex-app-server", "sdk");
  cpSync(folder, installed, { recursive: true });
  for (const name of ["@types/node", "undici-types"]) {
    const link = join(work, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(projectRoot, "node_modules", name), link, "junction");
  }
  writeFileSync(join(work, "package.json"), JSON.stringify({ type: "module" }));
  cpSync(join(projectRoot, "tests", "npm", "consumer", CONSUMER), join(work, CONSUMER));
  cpSync(join(projectRoot, "examples"), join(work, "examples"), { recursive: true });
}

/** Compiles the consumer against the package, whose declarations are checked too (`skipLibCheck: false`). */
export async function consumerFaults(consumer: Consumer, work: string): Promise<string[]> {
  const { compiler, resolution, library } = consumer;
  const config = `tsconfig.${compiler}.${resolution}.${library}.json`;
  const isNode = library === "node";
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    target: "es2022",
    noEmit: true,
    allowImportingTsExtensions: true, // between the examples
    module: resolution === "bundler" ? "esnext" : "nodenext",
    moduleResolution: resolution,
    ...(isNode ? { lib: ["es2022"], types: ["node"] } : { lib: ["es2022", "dom"], types: [] }),
  };
  const files = [CONSUMER, ...(isNode ? plainExamples() : [])];
  writeFileSync(join(work, config), JSON.stringify({ compilerOptions, files }));
  const program = join(projectRoot, "node_modules", compiler, "bin", "tsc");
  const run = await runCommand("node", [program, "-p", config], { cwd: work });
  return run.code === 0 ? [] : [run.output.trim() || `code ${run.code}`];
}

/** Returns the examples that need nothing else from npm. */
function plainExamples(): string[] {
  const importsOthers = (file: string): boolean => {
    const text = readFileSync(join(projectRoot, file), "utf8");
    return [...text.matchAll(/^(?:import|export)\b[^;"]*"([^"]+)"/gm)].some(([, name = ""]) =>
      name.startsWith("./")
        ? importsOthers(posix.join("examples", name))
        : !/^(?:node:|@codex-app-server\/sdk)/.test(name)
    );
  };
  return filesUnder("examples", ".ts").filter((file) => !importsOthers(file));
}

/** The entry points for a page: the test kit starts servers, and the transports start processes. */
const PAGE = `
import { Codex } from "@codex-app-server/sdk";
import { PROTOCOL_VERSION } from "@codex-app-server/sdk/protocol";
globalThis.started = Codex.start().then(() => "started", (error) => error.code);
globalThis.version = PROTOCOL_VERSION;
`;

/** Runs the page with only what the Web has: no `process`, `require` or `Buffer`. */
const RUN_PAGE = `
import { readFileSync } from "node:fs";
import { createContext, Script } from "node:vm";
const names = ["AbortController", "AbortSignal", "Blob", "DOMException", "Event", "EventTarget", "ReadableStream",
  "TextDecoder", "TextEncoder", "TransformStream", "URL", "WritableStream", "atob", "btoa", "clearTimeout", "crypto",
  "performance", "queueMicrotask", "setTimeout", "structuredClone"];
const page = createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])));
new Script(readFileSync("page.js", "utf8")).runInContext(page);
console.log(JSON.stringify([page.version, await page.started]));
`;

/** Bundles the package for a browser and runs the bundle. */
export async function browserFaults(work: string, version: string): Promise<string[]> {
  writeFileSync(join(work, "page.mjs"), PAGE);
  const flags = ["--bundle", "--platform=browser", "--format=iife", "--outfile=page.js"];
  const args = ["page.mjs", ...flags, "--log-level=warning"];
  const built = await runCommand(esbuildPath(), args, { cwd: work });
  if (built.code !== 0 || built.output !== "") return [built.output];
  const run = ["--input-type=module", "--eval", RUN_PAGE];
  const { code, stdout, output } = await runCommand("node", run, { cwd: work });
  if (code !== 0) return [output];
  const expected = JSON.stringify([version, "spawn_failed"]);
  return stdout.trim() === expected ? [] : [`the page prints ${stdout.trim()}, not ${expected}`];
}
