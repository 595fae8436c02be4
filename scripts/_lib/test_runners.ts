import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { parseJunit, type ReportedTest } from "./junit.ts";
import { bunPath, denoPath } from "./project.ts";

/** A runtime that the tests run on. */
export type RuntimeName = "deno" | "bun" | "node";

/** The runtimes, in the order they are used. */
export const runtimeNames: readonly RuntimeName[] = ["deno", "bun", "node"];

interface Runner {
  readonly program: string;
  args(file: string, report: string): string[];
}

/** The variable through which `tests/_support/test.ts` learns which tests to leave out. */
const filterVariable = "TEST_NAME_FILTER";

function runnerOf(runtime: RuntimeName): Runner {
  switch (runtime) {
    case "deno":
      return {
        program: denoPath(),
        args: (file, report) => {
          const strict = ["--sanitize-ops", "--sanitize-resources"];
          return ["test", "-A", "--no-check", ...strict, `--junit-path=${report}`, file];
        },
      };
    case "bun":
      return {
        program: bunPath(),
        args: (file, report) => {
          return ["test", "--reporter=junit", `--reporter-outfile=${report}`, `./${file}`];
        },
      };
    case "node":
      return {
        program: "node",
        // Run as a plain script, a test file must also let its process end by itself.
        args: (file, report) => {
          const spec = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
          const junit = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
          return ["--import", "tsx", ...spec, ...junit, file];
        },
      };
  }
}

/** The version of a runtime, or `undefined` where it does not start. */
export async function versionOf(runtime: RuntimeName): Promise<string | undefined> {
  // On a machine without Node, Deno answers to its name.
  const real = "process.versions.deno ? '' : process.versions.node";
  const args = runtime === "node" ? ["-p", real] : ["--version"];
  const { code, stdout } = await runCommand(runnerOf(runtime).program, args);
  return code === 0 ? /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
}

/** What one test file did on one runtime. */
export interface FileRun {
  readonly runtime: RuntimeName;
  readonly file: string;
  readonly tests: readonly ReportedTest[];
  /** Why the file failed as a whole: it did not load, crashed, hung, or held no test. */
  readonly fault: string | undefined;
  readonly output: string;
  readonly seconds: number;
}

/** What a run of one file is told. */
export interface FileRunOptions {
  readonly timeoutMs: number;
  /** Runs only the tests whose name contains this. */
  readonly filter: string | undefined;
}

/** Runs one test file in a process of its own and reads the runner's report. */
export async function runTestFile(
  runtime: RuntimeName,
  file: string,
  options: FileRunOptions,
): Promise<FileRun> {
  return await withScratch("test-report-", async (folder) => {
    const report = join(folder, "report.xml");
    const runner = runnerOf(runtime);
    const result = await runCommand(runner.program, runner.args(file, report), {
      env: { [filterVariable]: options.filter ?? "" },
      timeoutMs: options.timeoutMs,
    });
    const tests = existsSync(report) ? parseJunit(readFileSync(report, "utf8")) : [];
    const fault = faultOf(result, tests, options);
    return { runtime, file, tests, fault, output: result.output, seconds: result.seconds };
  });
}

function faultOf(
  result: CommandResult,
  tests: readonly ReportedTest[],
  options: FileRunOptions,
): string | undefined {
  if (result.timedOut) return `did not end within ${options.timeoutMs / 1000} s`;
  const failed = tests.some((test) => test.outcome === "failed");
  if (result.code !== 0 && !failed) return `ended with code ${result.code} and no failed test`;
  if (tests.length === 0 && options.filter === undefined) return "ran no test";
  return undefined;
}
