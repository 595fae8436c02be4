/** Runs the conformance suite of the transports, and turns on the real binary, on the modules of an installed package. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { parseJunit } from "../_lib/junit.ts";
import { libraryFiles } from "../_lib/package_files.ts";
import { filesUnder, projectRoot } from "../_lib/project.ts";
import { install, type InstallOptions } from "./cells.ts";
import { cleanEnvironment, programOf, type Runtime } from "./tools.ts";

/** The result of the suite on one runtime. */
export interface ConformanceReport {
  readonly runtime: Runtime;
  readonly passed: number;
  /** Tests that did not pass, and the output of files that failed. */
  readonly failures: readonly string[];
}

/** Installs the package and runs the suite on each runtime. */
export async function runConformance(
  runtimes: readonly Runtime[],
  options: Omit<InstallOptions, "project" | "home"> & { readonly log: (line: string) => void },
): Promise<ConformanceReport[]> {
  const { tools, sdk, log } = options;
  return await withScratch("codex-conformance-", async (folder) => {
    const [project, home] = [join(folder, "project"), join(folder, "home")];
    await install("npm", { ...options, project, home });
    const modules = join(project, "node_modules", ...sdk.name.split("/"), "esm");
    const suites = filesUnder("tests/conformance", "_test.ts");
    const tests = installTests([...suites, "tests/e2e/run_test.ts"], modules);
    const reports: ConformanceReport[] = [];
    for (const runtime of runtimes) {
      const program = programOf(runtime, tools);
      const env = cleanEnvironment(home, program);
      const failures: string[] = [];
      let passed = 0;
      for (const file of tests) {
        const report = join(home, `${runtime} ${basename(file)}.xml`);
        const args = testArguments(runtime, file, report);
        const run = await runCommand(program, args, { cwd: project, env, timeoutMs: 120_000 });
        const results = existsSync(report) ? parseJunit(readFileSync(report, "utf8")) : [];
        const failed = results.filter(({ outcome }) => outcome !== "passed");
        passed += results.length - failed.length;
        failures.push(...failed.map(({ name, outcome }) => `${name} (${outcome})`));
        if (run.code !== 0 || results.length === 0) {
          failures.push(`${basename(file)}:\n${run.output.slice(-4_000)}`);
        }
      }
      for (const failure of failures) log(`FAILED on ${runtime}: ${failure}`);
      log(`Conformance on ${runtime}: ${passed} passed`);
      reports.push({ runtime, passed, failures });
    }
    return reports;
  });
}

function testArguments(runtime: Runtime, file: string, report: string): readonly string[] {
  if (runtime === "Bun") {
    return ["test", "--reporter=junit", `--reporter-outfile=${report}`, file];
  }
  if (runtime === "Deno") return ["test", "-A", "--no-check", `--junit-path=${report}`, file];
  const spec = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  return [...spec, "--test-reporter=junit", `--test-reporter-destination=${report}`, file];
}

/**
 * Compiles tests of the project into the folder of an installed package's modules: there their relative imports are the
 * package's. Returns the paths of the tests.
 *
 * @throws {Error} if a test imports a source file that the package does not hold
 */
export function installTests(tests: readonly string[], modules: string): string[] {
  const library = new Set(libraryFiles());
  const waiting = new Set(tests);
  for (const file of waiting) {
    const text = readFileSync(join(projectRoot, file), "utf8");
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const imported = posix.join(posix.dirname(file), fileName);
      if (!fileName.startsWith(".") || library.has(imported)) continue;
      if (!imported.startsWith("tests/")) {
        throw new Error(`"${file}" imports "${imported}", which is not packed`);
      }
      waiting.add(imported);
    }
    const target = join(modules, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compiled(text));
  }
  return tests.map((file) => join(modules, file.replace(/\.ts$/, ".js")));
}

function compiled(text: string): string {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  // The package does not depend on the tools of the tests.
  const { resolve } = createRequire(join(projectRoot, "package.json"));
  const urlOf = (module: string): string => JSON.stringify(pathToFileURL(resolve(module)).href);
  return outputText
    .replace(/(["'])@std\/(\w+)\1/g, (_all, _quote, name) => urlOf(`deno-std/${name}/mod.js`))
    .replace(/(["'])(@sinonjs\/fake-timers)\1/g, (_all, _quote, name) => urlOf(name));
}
