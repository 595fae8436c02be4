/** Runs test files in one process of a runtime, and reads what `tests/_support/run_files.ts` noted in it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { endProcessesOf } from "./left_processes.ts";
import { bunPath, denoPath } from "./project.ts";
import type { Batch } from "./test_batches.ts";

export interface BatchOptions {
  /** Milliseconds for the whole process. @default 900 seconds, and 30 more for each file */
  readonly timeoutMs?: number | undefined;
  /** Runs only the tests with this text in their names. */
  readonly filter?: string | undefined;
  /** Variables of the process. Tests of the tooling, which use the network, do not get them. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface FileTest {
  readonly file: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

export interface BatchRun {
  readonly batch: Batch;
  readonly tests: readonly FileTest[];
  /** What is wrong with the process as a whole: it crashed, hung, or left something behind. */
  readonly faults: readonly string[];
  /** What it printed, without the lines about tests that passed. */
  readonly output: string;
  readonly seconds: number;
}

/** A line of `TEST_PROGRESS`; one with an outcome ends a test. */
interface Step extends Omit<FileTest, "outcome"> {
  readonly step: "loads" | "has" | "starts" | "ends";
  readonly outcome?: FileTest["outcome"];
}

const entry = "./tests/_support/run_files.ts";

function commandOf({ runtime, kind }: Batch): [program: string, args: string[]] {
  if (runtime === "bun") return [bunPath(), ["test", entry]];
  // Run as a plain script, the tests must also let their process end by itself.
  if (runtime === "node") return ["node", ["--import", "tsx", entry]];
  const may = kind === "unit" ? ["-A", "--deny-run"] : ["-A"];
  const flags = ["--no-check", "--sanitize-ops", "--sanitize-resources"];
  return [denoPath(), ["test", ...may, ...flags, entry]];
}

/** Runs a batch in a process of its own, whose temporary folder must be empty in the end. */
export async function runBatch(batch: Batch, options: BatchOptions): Promise<BatchRun> {
  return await withScratch("tests-", async (folder) => {
    const [progress, temporary] = [join(folder, "progress"), join(folder, "tmp")];
    mkdirSync(temporary);
    // tsx keeps what it compiled among the temporary files: all runs share that.
    if (process.platform !== "win32") {
      const compiled = `tsx-${process.getuid?.() ?? ""}`;
      mkdirSync(join(tmpdir(), compiled), { recursive: true });
      symlinkSync(join(tmpdir(), compiled), join(temporary, compiled));
    }
    const timeoutMs = options.timeoutMs ?? 900_000 + 30_000 * batch.files.length;
    const { code, timedOut, seconds, output } = await runCommand(...commandOf(batch), {
      env: {
        ...(batch.kind !== "tooling" && options.env),
        TEST_FILES: JSON.stringify(batch.files),
        TEST_NAME_FILTER: options.filter ?? "",
        TEST_PROGRESS: progress,
        TMPDIR: temporary,
      },
      timeoutMs,
    });
    const leftProcesses = await endProcessesOf(temporary);
    const steps = readSteps(progress);
    const tests = steps.flatMap(({ file, name, outcome }) =>
      outcome ? { file, name, outcome } : []
    );
    const missing = batch.files.flatMap((file) => missingResults(file, steps));
    const faults: string[] = [];
    if (timedOut) faults.push(`did not end within ${timeoutMs / 1000} s; ${lastTest(steps)}`);
    else if (code !== 0 && missing.length > 0) {
      faults.push(`ended with code ${code}; ${lastTest(steps)}`);
    } else if (code !== 0 && tests.every(({ outcome }) => outcome !== "failed")) {
      faults.push(`ended with code ${code}, although no test threw: its output says why`);
    }
    if (missing.length > 0) faults.push(`reported no result of ${missing.join(", ")}`);
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

/** Reads the steps of a process, which may have ended in the middle of one. */
function readSteps(progress: string): Step[] {
  const lines = existsSync(progress) ? readFileSync(progress, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as Step);
}

/** Describes how far a process came: it names the culprit, or what ran beside it. */
function lastTest(steps: readonly Step[]): string {
  const last = steps.findLast(({ step }) => step === "starts");
  if (last === undefined) {
    return `no test had started, ${steps.at(-1)?.file ?? "no file"} loaded last`;
  }
  const { file, name } = last;
  const ended = steps.some((one) => one.step === "ends" && one.file === file && one.name === name);
  return `the last test to start was ${file}: ${name}${ended ? ", which ended" : ""}`;
}

/** Names a file that was not loaded, or of which a test has no result: it has not passed. */
function missingResults(file: string, steps: readonly Step[]): string[] {
  const count = (step: Step["step"]): number =>
    steps.filter((one) => one.file === file && one.step === step).length;
  const missing = count("has") - count("ends");
  if (count("loads") === 0) return [file];
  return missing > 0 ? [`${file} (${missing} of ${count("has")})`] : [];
}
