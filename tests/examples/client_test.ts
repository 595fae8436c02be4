import { assert, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

const options = { timeoutMs: 120_000 };

test("example 04 shows the version of the server and its models", async () => {
  const stdout = await runExample("04_models_and_metadata");
  assertMatch(stdout, /Server: {3}codex (\d+\.\d+\.\d+) \(this SDK was made for \1\)/);
  assertMatch(stdout, /^gpt-\S+ .*\bhigh\b.* default$/m);
  assertMatch(stdout, /\d+ models, \d+ hidden/);
}, options);

test("example 05 goes on with a thread in another process", async () => {
  const stdout = await runExample("05_existing_thread");
  const [, first, id] = /Process (\d+), new thread (\S+):/.exec(stdout) ?? [];
  const [, second, resumed] = /Process (\d+), resumed (\S+):/.exec(stdout) ?? [];
  assert(id !== undefined && id === resumed && first !== second, stdout);
  assertStringIncludes(stdout, "Answer: The word was heron.");
}, options);

test("example 09 starts at once, and on first use", async () => {
  const stdout = await runExample("09_eager_and_lazy_start");
  assertMatch(stdout, /Eager: process \d+, codex 0/);
  assertMatch(stdout, /Lazy: no process yet \(Cannot read the metadata/);
  assertStringIncludes(stdout, "Lazy: Blue. Green.");
}, options);

test("example 10 tells what goes wrong apart, and tries again what may be", async () => {
  const stdout = await runExample("10_error_handling_and_retry");
  assertMatch(stdout, /binary that is not there\n {2}not found: .*\/does\/not\/exist\/codex/);
  assertMatch(stdout, /thread that is not there\n {2}\S+: /);
  assertMatch(stdout, /turn that fails\n {2}failed: .*usageLimitExceeded/);
  assertMatch(stdout, /takes too long\n {2}interrupted after 300 ms/);
  assertMatch(stdout, /given up before it starts\n {2}not of this SDK: changed my mind/);
  assertMatch(stdout, /overloaded \(attempt 1\): once more\n {2}answer: Roses are red\./);
}, options);
