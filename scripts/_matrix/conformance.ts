import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { parseJunit, type ReportedTest } from "../_lib/junit.ts";
import { filesUnder } from "../_lib/project.ts";
import { cleanEnvironment } from "./environment.ts";
import { install } from "./installers.ts";
import { installTests } from "./installed_tests.ts";
import { programOf, type Runtime } from "./runtimes.ts";
import type { Tools } from "./tools.ts";

/** Where the package is installed, and what runs its tests. */
interface ConformanceOptions {
  readonly runtime: Runtime;
  readonly tools: Tools;
  readonly project: string;
  readonly home: string;
  /** The name of the package. */
  readonly sdk: string;
}

/** What the conformance suite came to on one runtime. */
export interface ConformanceReport {
  readonly runtime: Runtime;
  readonly passed: number;
  /** Tests that failed, and files that did not run as they should, with what they said. */
  readonly failures: readonly string[];
}

/** Installs the package and runs the suite on each runtime. */
export async function runConformanceSuites(options: {
  readonly tools: Tools;
  readonly registry: string;
  readonly sdk: { readonly name: string; readonly version: string };
  readonly runtimes: readonly Runtime[];
  readonly log: (line: string) => void;
}): Promise<ConformanceReport[]> {
  const { tools, registry, sdk, runtimes, log } = options;
  return await withScratch("codex-conformance-", async (folder) => {
    const project = join(folder, "project");
    const home = join(folder, "home");
    const reports: ConformanceReport[] = [];
    const dependencies = { [sdk.name]: sdk.version };
    await install("npm", { tools, registry, project, home, dependencies });
    for (const runtime of runtimes) {
      const report = await runConformance({ runtime, tools, project, home, sdk: sdk.name });
      for (const failure of report.failures) log(`FAILED on ${runtime}: ${failure}`);
      log(`Conformance on ${runtime}: ${report.passed} passed`);
      reports.push(report);
    }
    return reports;
  });
}

/** Runs the conformance suite of the transports, and turns on the real binary, on the modules of an installed package. */
async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { runtime, tools, project, home, sdk } = options;
  const modules = join(project, "node_modules", ...sdk.split("/"), "esm");
  const suites = filesUnder("tests/conformance", "_test.ts");
  const tests = installTests([...suites, "tests/e2e/run_test.ts"], modules);
  const program = programOf(runtime, tools);
  const env = cleanEnvironment(home, program);
  const failures: string[] = [];
  let passed = 0;
  for (const file of tests) {
    const report = join(home, `${basename(file)}.xml`);
    const args = testArguments(runtime, file, report);
    const run = await runCommand(program, args, { cwd: project, env, timeoutMs: 120_000 });
    const results = existsSync(report) ? parseJunit(readFileSync(report, "utf8")) : [];
    const failed = results.filter(({ outcome }) => outcome !== "passed");
    passed += results.length - failed.length;
    failures.push(...failed.map(({ name, outcome }: ReportedTest) => `${name} (${outcome})`));
    if (run.code !== 0 || results.length === 0) {
      failures.push(`${basename(file)}:\n${run.output.slice(-4_000)}`);
    }
  }
  return { runtime, passed, failures };
}

function testArguments(runtime: Runtime, file: string, report: string): readonly string[] {
  switch (runtime) {
    case "Bun":
      return ["test", "--reporter=junit", `--reporter-outfile=${report}`, file];
    case "Deno":
      return ["test", "-A", "--no-check", `--junit-path=${report}`, file];
    default:
      return [
        ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
        ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
        file,
      ];
  }
}
