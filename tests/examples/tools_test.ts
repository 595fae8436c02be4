import { assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

test("example 19 has the model call functions of the program, also after a resume", async () => {
  const stdout = await runExample("19_custom_tool");
  assertMatch(stdout, /\[stock of "gear", asked in turn \w{8}\]/);
  assertStringIncludes(stdout, "[May the model see the drawing? yes]\n[fetching the drawing]\n");
  assertStringIncludes(stdout, 'Call:   stock({"name":"gear"}) failed\n');
  assertStringIncludes(stdout, 'Call:   stock({"part":"gear"}) completed\n');
  assertStringIncludes(stdout, 'Call:   stock({"part":"wheel"}) failed\n');
  assertStringIncludes(stdout, "Call:   workshop/drawing({}) completed\n");
  assertStringIncludes(stdout, "Answer: Three gears and no wheels; ");
  assertMatch(stdout, /\[stock of "spring"[^]*\nLater: {2}Twelve springs\.\n/);
}, { timeoutMs: 120_000 });
