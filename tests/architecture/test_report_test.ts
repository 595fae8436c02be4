import { parseJunit } from "../../scripts/_lib/junit.ts";
import { citedIds, provenIds } from "../../scripts/_lib/proven.ts";
import type { BatchRun } from "../../scripts/_lib/run_batch.ts";
import { slowestFiles, unevenFiles } from "../../scripts/_lib/run_tests.ts";
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
  const tests = names.map((name) => ({ file, name, outcome, seconds: 1 }));
  return { batch: { runtime, kind, files: [file] }, tests, faults: [], output: "", seconds: 0 };
}

test("parseJunit reads names and outcomes in every runner's dialect", () => {
  const xml = `<testsuites>
    <testcase name="plain" time="0.1"/>
    <testcase name="has /> &amp;quot;x&amp;quot; &lt;y>" classname="test">
    </testcase>
    <testcase name="bad" classname="" ><failure message="m">&lt;skipped/></failure></testcase>
    <testcase name="left out"><skipped /></testcase>
  </testsuites>`;
  assertEquals(parseJunit(xml), [
    { name: "plain", outcome: "passed", seconds: 0.1 },
    { name: 'has /> "x" <y>', outcome: "passed", seconds: 0 },
    { name: "bad", outcome: "failed", seconds: 0 },
    { name: "left out", outcome: "skipped", seconds: 0 },
  ]);
});

test("provenIds returns ids that passed on every runtime, or in a test of the tooling", () => {
  const [one, two, three] = ["R-901", "R-902", "R-903"].map((id) => `Foo does it [${id}]`) as [
    string,
    string,
    string,
  ];
  const runs = [
    batchRun("deno", [one, two], "passed"),
    batchRun("bun", [one], "passed"),
    batchRun("bun", [two], "skipped"),
    batchRun("deno", [three], "passed", "tooling"),
  ];
  assertEquals([...provenIds(runs)], [...citedIds(one), ...citedIds(three)]);
});

test("unevenFiles finds a runner that dropped a test", () => {
  const same = [batchRun("deno", ["a"], "passed"), batchRun("bun", ["a"], "skipped")];
  assertEquals(unevenFiles(same), []);
  assertEquals(unevenFiles([...same, batchRun("node", [], "passed")]).length, 1);
});

test("slowestFiles sums the tests of a file, per runtime", () => {
  const runs = [batchRun("deno", ["a", "b"], "passed"), batchRun("bun", ["a"], "passed")];
  assertEquals(slowestFiles(runs, 1), [`   2.0 s  deno ${file}`]);
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
  for (const kind of ["unit", "timed"]) {
    assertEquals(batches.filter((batch) => batch.kind === kind).length, runtimeNames.length);
  }
  assert(batches.every(({ files }) => files.length > 0));
});
