/** How far a process with tests came, as `tests/_support/run_files.ts` notes it. */
import { existsSync, readFileSync } from "node:fs";
import type { FileTest } from "./run_batch.ts";

/** A step that `TEST_PROGRESS` holds: a line of `tests/_support/run_files.ts`. */
export interface Step {
  readonly step: "loads" | "has" | "starts" | "ends";
  readonly file: string;
  readonly name: string;
}

/** Reads the steps of a process, which may have ended in the middle of one. */
export function readSteps(progress: string): Step[] {
  const lines = existsSync(progress) ? readFileSync(progress, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as Step);
}

/** Describes how far a process came: it names the culprit, or what ran beside it. */
export function lastTest(steps: readonly Step[]): string {
  const started = steps.findLast(({ step }) => step === "starts");
  if (started === undefined) {
    return `no test had started, ${steps.at(-1)?.file ?? "no file"} loaded last`;
  }
  const { file, name } = started;
  const ended = steps.some((one) => one.step === "ends" && one.file === file && one.name === name);
  return `the last test to start was ${file}: ${name}${ended ? ", which ended" : ""}`;
}

/** Names the files of which a test has no result: a runner that drops some, or ends early, has not passed. */
export function unreportedTests(
  files: readonly string[],
  steps: readonly Step[],
  tests: readonly FileTest[],
): string | undefined {
  const missing = files.flatMap((file) => {
    const loaded = steps.some((one) => one.step === "loads" && one.file === file);
    const has = steps.filter((one) => one.step === "has" && one.file === file).length;
    const reported = tests.filter((test) => test.file === file).length;
    return loaded && reported >= has
      ? []
      : [loaded ? `${file} (${has - reported} of ${has})` : file];
  });
  return missing.length === 0 ? undefined : `reported no result of ${missing.join(", ")}`;
}
