import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

const options = { timeoutMs: 120_000 };

test("example 04 shows the server's version and models", async () => {
  const stdout = await runExample("04_models_and_metadata");
  assertMatch(stdout, /Server: {3}codex (\d+\.\d+\.\d+) \(this SDK was made for \1\)/);
  assertMatch(stdout, /^gpt-\S+ .*\bhigh\b.* default$/m);
  assertMatch(stdout, /\d+ models, \d+ hidden/);
}, options);

test("example 05 resumes a thread in another process", async () => {
  const stdout = await runExample("05_existing_thread");
  const [, first, id] = /Process (\d+), new thread (\S+):/.exec(stdout) ?? [];
  const [, second, resumed] = /Process (\d+), resumed (\S+):/.exec(stdout) ?? [];
  assert(id !== undefined && id === resumed && first !== second, stdout);
  assertStringIncludes(stdout, "Answer: The word was heron.");
}, options);

test("example 09 starts eagerly and on first use", async () => {
  const stdout = await runExample("09_eager_and_lazy_start");
  assertMatch(stdout, /Eager: process \d+, codex 0/);
  assertMatch(stdout, /Lazy: no process yet \(Cannot read the metadata/);
  assertStringIncludes(stdout, "Lazy: Blue. Green.");
}, options);

test("example 10 distinguishes errors and retries where it is safe", async () => {
  const stdout = await runExample("10_error_handling_and_retry");
  assertMatch(stdout, /missing binary\n {2}not found: .*\/does\/not\/exist\/codex/);
  assertMatch(stdout, /missing thread\n {2}\S+: /);
  assertMatch(stdout, /turn that fails\n {2}failed: .*usageLimitExceeded/);
  assertMatch(stdout, /takes too long\n {2}interrupted after 300 ms/);
  assertMatch(stdout, /cancelled before it starts\n {2}not an SDK error: changed my mind/);
  assertMatch(stdout, /overloaded \(attempt 1\): retrying\n {2}answer: Roses are red\./);
}, options);

test(
  "example 25 has two clients on one server, of which one only looks on [R-96] [R-97]",
  async () => {
    const lines = (await runExample("25_shared_server")).split("\n");
    const own = lines.filter((line) => /^(?:Driver|Turn):/.test(line));
    const seen = lines.filter((line) => line.startsWith("Onlooker:"));
    assertMatch(own[1] ?? "", /^Driver: {3}is asked: .*echo touched/);
    assertEquals([own[0], ...own.slice(2)], [
      "Driver:   Hello.",
      ...["Turn:     completed, 2 items", "Turn:     completed, 3 items"],
      "Turn:     completed, 2 items",
    ]);
    assertMatch(seen[1] ?? "", /^Onlooker: sees .*echo touched/);
    assertEquals([seen[0], seen[2], seen.length], [
      "Onlooker: the question is answered",
      "Onlooker: You are welcome.",
      3,
    ]);
  },
  options,
);

test("example 26 goes on after its connection was cut [R-108]", async () => {
  const stdout = await runExample("26_cut_connection");
  assertStringIncludes(
    stdout,
    "Completed: userMessage\n[the connection is lost]\nGap:       what follows was missed, or came later\n",
  );
  assertMatch(stdout, /\[back after \d+ attempt\(s\), \d+ item\(s\) read again\]/);
  assertStringIncludes(
    stdout,
    "Completed: commandExecution\nCompleted: agentMessage\nTurn:      completed. I am done.\n",
  );
}, options);

test("example 24 runs a turn over ssh", async () => {
  const stdout = await runExample("24_over_ssh");
  assertMatch(
    stdout,
    /^Server: {2}codex \d+\.\d+\.\d+ on \w+\nCommand: .*pwd; ls.* \(in \/.*\)\n/m,
  );
  assertStringIncludes(stdout, "Answer:  In an empty one, on the other side.\n");
}, options);

test(
  "example 27 shows where a setting comes from, and writes only to the file that it has read",
  async () => {
    const stdout = await runExample("27_config_and_search");
    assertMatch(
      stdout,
      /^Model: {4}mock-model \(user\)\nLayers: {3}user\b.*\nProfiles: :read-only, /m,
    );
    assertStringIncludes(
      stdout,
      "Write:    low, ok\nWrite:    high refused, configVersionConflict\nFile:     orders.md\nThread:   ",
    );
  },
  options,
);
