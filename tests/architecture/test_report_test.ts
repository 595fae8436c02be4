import { parseJunit } from "../../scripts/_lib/junit.ts";
import { citedIds, provenIds } from "../../scripts/_lib/proven.ts";
import { unevenFiles } from "../../scripts/_lib/run_tests.ts";
import type { FileRun, RuntimeName } from "../../scripts/_lib/test_runners.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function fileRun(runtime: RuntimeName, names: string[], outcome: "passed" | "skipped"): FileRun {
  const tests = names.map((name) => ({ name, outcome }));
  return { runtime, file: "tests/a_test.ts", tests, fault: undefined, output: "", seconds: 0 };
}

test("parseJunit reads names and outcomes of every runner's dialect", () => {
  const xml = `<testsuites>
    <testcase name="plain" time="0.1"/>
    <testcase name="has /> &amp;quot;x&amp;quot; &lt;y>" classname="test">
    </testcase>
    <testcase name="bad" classname="" ><failure message="m">&lt;skipped/></failure></testcase>
    <testcase name="left out"><skipped /></testcase>
  </testsuites>`;
  assertEquals(parseJunit(xml), [
    { name: "plain", outcome: "passed" },
    { name: 'has /> "x" <y>', outcome: "passed" },
    { name: "bad", outcome: "failed" },
    { name: "left out", outcome: "skipped" },
  ]);
});

test("provenIds takes what passed on every runtime", () => {
  const [one, two] = ["R-901", "R-902"].map((id) => `Foo does it [${id}]`) as [string, string];
  const runs = [
    fileRun("deno", [one, two], "passed"),
    fileRun("bun", [one], "passed"),
    fileRun("bun", [two], "skipped"),
  ];
  assertEquals([...provenIds(runs)], citedIds(one));
});

test("unevenFiles finds a runner that dropped a test", () => {
  const same = [fileRun("deno", ["a"], "passed"), fileRun("bun", ["a"], "skipped")];
  assertEquals(unevenFiles(same), []);
  assertEquals(unevenFiles([...same, fileRun("node", [], "passed")]).length, 1);
});
