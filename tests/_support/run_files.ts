/**
 * Runs the test files of the variable `TEST_FILES` in one process, each test under `<file>: <name>`. All files load before
 * the first test starts, so that no test runs while another file is read.
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { type CollectedTest, collectTests, filter, register } from "./test.ts";

/** Milliseconds to load a file: one that waits forever must fail under its own name. */
const LOAD_MS = 60_000;

const files = JSON.parse(process.env["TEST_FILES"] ?? "[]") as string[];
const progressFile = process.env["TEST_PROGRESS"];

/** Notes a step at once, so that a process that crashes or hangs leaves the name of the test that ran. */
function note(
  step: "loads" | "has" | "starts" | "ends",
  file: string,
  name = "",
  outcome?: "passed" | "failed" | "skipped",
): void {
  if (!progressFile) return;
  appendFileSync(progressFile, `${JSON.stringify({ step, file, name, outcome })}\n`);
}

async function testsOf(file: string): Promise<CollectedTest[]> {
  const failure = (name: string, error: unknown): CollectedTest => ({
    name,
    body: () => {
      throw error;
    },
    options: {},
  });
  try {
    const tests = await collectTests(() => load(file));
    if (tests.length > 0 || filter !== "") return tests;
    return [failure("has a test", new Error(`${file} holds no test`))];
  } catch (error) {
    return [failure("loads", error)];
  }
}

async function load(file: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(reject, LOAD_MS, new Error(`${file} did not load within ${LOAD_MS} ms`));
  });
  try {
    await Promise.race([import(new URL(`../../${file}`, import.meta.url).href), late]);
  } finally {
    clearTimeout(timer);
  }
}

const tests: [file: string, test: CollectedTest][] = [];
for (const file of files) {
  note("loads", file);
  for (const test of await testsOf(file)) {
    note("has", file, test.name);
    tests.push([file, test]);
  }
}
for (const [file, { name, body, options }] of tests) {
  if (options.skip !== undefined) note("ends", file, name, "skipped");
  const noted = async (run: () => Promise<void>): Promise<void> => {
    note("starts", file, name);
    try {
      await run();
    } catch (error) {
      note("ends", file, name, "failed");
      throw error;
    }
    note("ends", file, name, "passed");
  };
  register(`${file}: ${name}`, body, options, noted);
}
