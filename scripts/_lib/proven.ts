import { requirements } from "../../tests/requirements.ts";
import type { BatchRun } from "./run_batch.ts";

/**
 * Returns the requirement ids whose tests passed on every runtime, or in a test of the tooling; a skipped test proves
 * nothing.
 */
export function provenIds(runs: readonly BatchRun[]): Set<string> {
  const idsOf = (some: readonly BatchRun[]): string[] => {
    const passed = some.flatMap(({ tests }) => tests).filter(({ outcome }) => outcome === "passed");
    return passed.flatMap(({ name }) => citedIds(name));
  };
  const tooling = idsOf(runs.filter(({ batch }) => batch.kind === "tooling"));
  const others = runs.filter(({ batch }) => batch.kind !== "tooling");
  const runtimes = [...new Set(others.map(({ batch }) => batch.runtime))];
  const each = runtimes.map((runtime) => {
    return new Set(idsOf(others.filter(({ batch }) => batch.runtime === runtime)));
  });
  const shared = [...each[0] ?? []].filter((id) => each.every((ids) => ids.has(id)));
  return new Set([...shared, ...tooling]);
}

/** Returns one line with the requirements that `runs` did not prove; `undefined` if there are none. */
export function unprovenLine(runs: readonly BatchRun[]): string | undefined {
  const proven = provenIds(runs);
  const missing = requirements.filter(({ id }) => !proven.has(id)).map(({ id }) => id);
  if (missing.length === 0) return undefined;
  return `FAILED: no test that passes on every runtime proves ${missing.join(", ")}`;
}

/** Returns the requirement ids in the name of a test: `... [R-01] [R-02]`. */
export function citedIds(name: string): string[] {
  return [...name.matchAll(/\[(R-\d+)\]/g)].map((match) => match[1] ?? "");
}
