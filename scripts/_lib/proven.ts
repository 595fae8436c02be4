import { requirements } from "../../tests/requirements.ts";
import type { FileRun } from "./test_runners.ts";

/** The requirement ids that tests passed for, on every runtime of the run: a skipped test proves nothing. */
export function provenIds(runs: readonly FileRun[]): Set<string> {
  const runtimes = [...new Set(runs.map((run) => run.runtime))];
  const idsOf = runtimes.map((runtime) => {
    const tests = runs.filter((run) => run.runtime === runtime).flatMap((run) => run.tests);
    const passed = tests.filter((test) => test.outcome === "passed");
    return new Set(passed.flatMap(({ name }) => citedIds(name)));
  });
  return new Set([...idsOf[0] ?? []].filter((id) => idsOf.every((ids) => ids.has(id))));
}

/** The requirements that `runs` did not prove, as one line, or `undefined`. */
export function unprovenLine(runs: readonly FileRun[]): string | undefined {
  const proven = provenIds(runs);
  const missing = requirements.filter(({ id }) => !proven.has(id)).map(({ id }) => id);
  if (missing.length === 0) return undefined;
  return `FAILED: no test that passes on every runtime proves ${missing.join(", ")}`;
}

/** The ids in the name of a test: `... [R-01] [R-02]`. */
export function citedIds(name: string): string[] {
  return [...name.matchAll(/\[(R-\d+)\]/g)].map((match) => match[1] ?? "");
}
