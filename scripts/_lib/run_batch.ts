/** Runs test files in one process of a runtime, and reads the report of its test runner. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { parseJunit, type ReportedTest } from "./junit.ts";
import { endProcessesOf } from "./left_processes.ts";
import { bunPath, denoPath } from "./project.ts";
import type { Batch, RuntimeName } from "./test_batches.ts";
import { lastTest, readSteps, unreportedTests } from "./test_progress.ts";

/** How a batch is run. */
export interface BatchOptions {
  /** Milliseconds for the whole process. @default 900 seconds, and 30 more for each file */
  readonly timeoutMs?: number | undefined;
  /** Runs only the tests with this text in their names. */
  readonly filter: string | undefined;
}

/** A test of a file, and how it ended. */
export interface FileTest extends ReportedTest {
  readonly file: string;
}

/** What a batch did. */
export interface BatchRun {
  readonly batch: Batch;
  readonly tests: readonly FileTest[];
  /** What is wrong with the process as a whole: it crashed, hung, or left something behind. */
  readonly faults: readonly string[];
  /** What it printed, without the lines about tests that passed. */
  readonly output: string;
  readonly seconds: number;
}

/** Loads the files of `TEST_FILES`. */
const entry = "tests/_support/run_files.ts";

function commandOf({ runtime, kind }: Batch, report: string): [program: string, args: string[]] {
  switch (runtime) {
    case "deno": {
      const may = kind === "unit" ? ["-A", "--deny-run"] : ["-A"];
      const strict = ["--no-check", "--sanitize-ops", "--sanitize-resources"];
      return [denoPath(), ["test", ...may, ...strict, `--junit-path=${report}`, entry]];
    }
    case "bun":
      return [bunPath(), [
        "test",
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        `./${entry}`,
      ]];
    case "node": {
      const spec = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
      const junit = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
      // Run as a plain script, the tests must also let their process end by itself.
      return ["node", ["--import", "tsx", ...spec, ...junit, entry]];
    }
  }
}

/** Returns the version of a runtime, or `undefined` where it does not start. */
export async function versionOf(runtime: RuntimeName): Promise<string | undefined> {
  // On a machine without Node, Deno answers to its name.
  const real = "process.versions.deno ? '' : process.versions.node";
  const [program] = commandOf({ runtime, kind: "system", files: [] }, "");
  const args = runtime === "node" ? ["-p", real] : ["--version"];
  const { code, stdout } = await runCommand(program, args);
  return code === 0 ? /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
}

/** Runs a batch in a process of its own, whose temporary folder must be empty in the end. */
export async function runBatch(batch: Batch, options: BatchOptions): Promise<BatchRun> {
  return await withScratch("tests-", async (folder) => {
    const [report, progress] = [join(folder, "report.xml"), join(folder, "progress")];
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    // tsx keeps what it compiled among the temporary files: all runs share that.
    if (process.platform !== "win32") {
      const compiled = `tsx-${process.getuid?.() ?? ""}`;
      mkdirSync(join(tmpdir(), compiled), { recursive: true });
      symlinkSync(join(tmpdir(), compiled), join(temporary, compiled));
    }
    const [program, args] = commandOf(batch, report);
    const timeoutMs = options.timeoutMs ?? 900_000 + 30_000 * batch.files.length;
    const { code, timedOut, seconds, output } = await runCommand(program, args, {
      env: {
        TEST_FILES: JSON.stringify(batch.files),
        TEST_NAME_FILTER: options.filter ?? "",
        TEST_PROGRESS: progress,
        TMPDIR: temporary,
      },
      timeoutMs,
    });
    const leftProcesses = await endProcessesOf(temporary);
    const tests = existsSync(report) ? parseJunit(readFileSync(report, "utf8")).map(withFile) : [];
    const steps = readSteps(progress);
    const unreported = unreportedTests(batch.files, steps, tests);
    const failed = tests.some((test) => test.outcome === "failed");
    const faults: string[] = [];
    const last = lastTest(steps);
    if (timedOut) faults.push(`did not end within ${timeoutMs / 1000} s; ${last}`);
    else if (code !== 0 && (!failed || unreported !== undefined)) {
      faults.push(`ended with code ${code}; ${last}`);
    }
    if (unreported !== undefined) faults.push(unreported);
    for (const name of readdirSync(temporary)) {
      if (!kept.test(name)) faults.push(`left ${name} among the temporary files`);
    }
    faults.push(...leftProcesses.map((name) => `left a process: ${name}`));
    const shown = output.split("\n").filter((line) => !told.test(line)).join("\n");
    return { batch, tests, faults, output: shown, seconds };
  });
}

/** What tsx, npm and Codex keep for all their processes. */
const kept = /^tsx-|^codex-(?:bwrap|daemon)-|^node-compile-cache$/;

/** How Deno, Bun and Node report a test that passed. */
const told = / \.\.\. (?:ok|ignored) \(|^\((?:pass|skip)\)|^[\u2714\ufe63] /;

function withFile(test: ReportedTest): FileTest {
  const [, file = "", name = test.name] = /^(tests\/\S+\.ts): (.*)$/s.exec(test.name) ?? [];
  return { ...test, file, name };
}
