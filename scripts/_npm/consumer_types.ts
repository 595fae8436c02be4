/** Compiles consumers of the built package with the compilers that people have. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, posix } from "node:path";
import { runCommand } from "../_lib/command.ts";
import { filesUnder, projectRoot } from "../_lib/project.ts";

/** The oldest TypeScript that is supported, the last of its line in JavaScript, and the native one. */
const compilers = ["typescript-5.4", "typescript-5.9", "typescript-7"];

/** How modules are resolved: by a bundler, Bun or Deno; by Node. */
const resolutions = [
  { module: "esnext", moduleResolution: "bundler" },
  { module: "nodenext", moduleResolution: "nodenext" },
];

/** The program that uses every entry point. */
const CONSUMER = "every_entry.ts";

/** What is in scope beside the language: the Web's library alone, or that of Node alone. */
const surroundings = [
  { name: "dom", lib: ["es2022", "dom"], types: [], files: [CONSUMER] },
  { name: "node", lib: ["es2022"], types: ["node"], files: [CONSUMER, ...plainExamples()] },
];

/** One compilation and how it went. */
export interface ConsumerCheck {
  readonly name: string;
  /** What the compiler said when it failed. */
  readonly fault?: string;
  readonly seconds: number;
}

/**
 * Compiles a program that uses every entry point, and the examples, against the package: with each compiler, each way of
 * resolving modules, and either library. The declarations are checked too (`skipLibCheck: false`).
 *
 * @param work an empty folder, for the consumer
 */
export async function checkConsumers(folder: string, work: string): Promise<ConsumerCheck[]> {
  prepare(folder, work);
  const waiting = compilers.flatMap((compiler) =>
    resolutions.flatMap(({ module, moduleResolution }) =>
      surroundings.map(({ name, lib, types, files }) => async (): Promise<ConsumerCheck> => {
        const config = `tsconfig.${compiler}.${moduleResolution}.${name}.json`;
        const compilerOptions = { ...strict, module, moduleResolution, lib, types };
        writeFileSync(join(work, config), JSON.stringify({ compilerOptions, files }));
        const title = `${compiler.replace("-", " ")}, ${moduleResolution}, ${name}`;
        return { name: title, ...await compile(compiler, work, config) };
      })
    )
  );
  const checks: ConsumerCheck[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      checks.push(await next());
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return checks;
}

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: "es2022",
  noEmit: true,
  // The examples import each other so.
  allowImportingTsExtensions: true,
};

/** A project in which the package is installed, and Node's types. */
function prepare(folder: string, work: string): void {
  rmSync(work, { recursive: true, force: true });
  const installed = join(work, "node_modules", "@codex-app-server", "sdk");
  cpSync(folder, installed, { recursive: true });
  for (const name of ["@types/node", "undici-types"]) {
    const link = join(work, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(projectRoot, "node_modules", name), link, "junction");
  }
  writeFileSync(join(work, "package.json"), JSON.stringify({ type: "module" }));
  cpSync(join(projectRoot, "scripts", "_npm", "consumer", CONSUMER), join(work, CONSUMER));
  cpSync(join(projectRoot, "examples"), join(work, "examples"), { recursive: true });
}

/** The examples that need nothing else from npm: what others declare is not checked here. */
function plainExamples(): string[] {
  return filesUnder("examples", ".ts").filter((file) => !importsOthers(file));
}

function importsOthers(file: string): boolean {
  const text = readFileSync(join(projectRoot, file), "utf8");
  return [...text.matchAll(/^(?:import|export)\b[^;"]*"([^"]+)"/gm)].some(([, specifier = ""]) => {
    if (specifier.startsWith("./")) return importsOthers(posix.join("examples", specifier));
    return !/^(?:node:|@codex-app-server\/sdk)/.test(specifier);
  });
}

async function compile(
  compiler: string,
  work: string,
  config: string,
): Promise<Pick<ConsumerCheck, "fault" | "seconds">> {
  const program = join(projectRoot, "node_modules", compiler, "bin", "tsc");
  const { code, output, seconds } = await runCommand("node", [program, "-p", config], {
    cwd: work,
  });
  return code === 0 ? { seconds } : { seconds, fault: output.trim() || `code ${code}` };
}
