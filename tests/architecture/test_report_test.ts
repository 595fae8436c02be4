import type { BatchRun } from "../../scripts/_lib/run_batch.ts";
import { provenIds, unevenFiles } from "../../scripts/_lib/run_tests.ts";
import {
  batchesOf,
  kindOf,
  type RuntimeName,
  runtimeNames,
  testFiles,
  type TestKind,
} from "../../scripts/_lib/test_batches.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const file = "tests/a_test.ts";

function batchRun(
  runtime: RuntimeName,
  names: string[],
  outcome: "passed" | "skipped",
  kind: TestKind = "unit",
): BatchRun {
  const tests = names.map((name) => ({ file, name, outcome }));
  return { batch: { runtime, kind, files: [file] }, tests, faults: [], output: "", seconds: 0 };
}

test("provenIds returns ids that passed on every runtime, or in a test of the tooling", () => {
  // In two parts, so that these do not count as cited.
  const id = (number: number): string => `R-${number}`;
  const [one, two, three] = [`does it [${id(901)}]`, `does it [${id(902)}]`, `[${id(903)}]`];
  const runs = [
    batchRun("deno", [one, two], "passed"),
    batchRun("bun", [one], "passed"),
    batchRun("bun", [two], "skipped"),
    batchRun("deno", [three], "passed", "tooling"),
  ];
  assertEquals([...provenIds(runs)], [id(901), id(903)]);
});

test("unevenFiles finds a runner that dropped a test", () => {
  const same = [batchRun("deno", ["a"], "passed"), batchRun("bun", ["a"], "skipped")];
  assertEquals(unevenFiles(same), []);
  assertEquals(unevenFiles([...same, batchRun("node", [], "passed")]).length, 1);
});

test("batchesOf has every test file once per runtime, and the tooling only on Deno", () => {
  const batches = batchesOf(testFiles([]), runtimeNames);
  for (const runtime of runtimeNames) {
    const files = batches.filter((batch) => batch.runtime === runtime).flatMap(({ files }) =>
      files
    );
    const expected = testFiles([]).filter((file) => {
      return runtime === "deno" || kindOf(file) !== "tooling";
    });
    assertEquals(files.sort(), expected);
  }
  for (const kind of ["unit", "exclusive", "timed"]) {
    assertEquals(batches.filter((batch) => batch.kind === kind).length, runtimeNames.length);
  }
  assert(batches.every(({ files }) => files.length > 0));
});
