import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { type BatchRun, runBatch } from "../../scripts/_lib/run_batch.ts";
import { type RuntimeName, runtimeNames } from "../../scripts/_lib/test_batches.ts";
import { assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const file = "tests/scripts/_broken.ts";

function run(runtime: RuntimeName, filter: string, timeoutMs?: number): Promise<BatchRun> {
  return runBatch({ runtime, kind: "tooling", files: [file] }, { filter, timeoutMs });
}

for (const runtime of runtimeNames) {
  test(`runBatch names the test in which the process was killed, on ${runtime}`, async () => {
    const { faults } = await run(runtime, "is killed");
    assertMatch(faults[0] ?? "", /^ended with code .*; the last test to start was .*: is killed$/);
    assertEquals(faults.slice(1), [`reported no result of ${file} (2 of 3)`]);
  });

  test(`runBatch reports an error that none caught, and a test near it, on ${runtime}`, async () => {
    const { faults, output } = await run(runtime, "rejects");
    assertMatch(faults[0] ?? "", /^ended with code 1/);
    assertMatch(`${faults} ${output}`, /rejects after its end|after rejects/);
    assertMatch(output, /nobody awaits this/);
  });
}

test("runBatch ends what hangs, and names the test", async () => {
  const { faults } = await run("deno", "hangs", 10_000);
  assertEquals(faults, [
    `did not end within 10 s; the last test to start was ${file}: hangs`,
    `reported no result of ${file} (2 of 3)`,
  ]);
});

for (const runtime of ["bun", "node"] as const) {
  test(`runBatch fails where tests have no result, whatever the code is, on ${runtime}`, async () => {
    const { faults } = await run(runtime, "exits");
    assertMatch(faults.join("\n"), /reported no result of tests\/scripts\/_broken\.ts \(\d of 3\)/);
  });
}

test("runBatch passes a file of which the filter leaves nothing", async () => {
  assertEquals((await run("deno", "no test has this name")).faults, []);
});

test(
  "runBatch names a process that was left, though it knows only a folder below, and ends it",
  async () => {
    const { faults } = await run("bun", "leaves a process");
    assertMatch(faults.join("\n"), /^left a process: \d+ \/bin\/sleep 600$/m);
    const pid = Number(/left a process: (\d+)/.exec(faults.join("\n"))?.[1]);
    // Its parent may not have asked for the exit code yet.
    const commandLine = `/proc/${pid}/cmdline`;
    assertEquals(existsSync(commandLine) ? readFileSync(commandLine, "utf8") : "", "");
  },
  process.platform === "linux" ? {} : { skip: "only Linux lists processes" },
);
