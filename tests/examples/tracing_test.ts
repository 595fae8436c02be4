import { assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

test("example 22 prints the spans of a turn under the caller's own", async () => {
  const stdout = await runExample("22_tracing");
  assertStringIncludes(stdout, "Answer: No file, three gears, and no network.");
  for (
    const line of [
      "  handle order 4711",
      "    codex.connect",
      "      codex.request initialize",
      "    codex.turn  (in 560, out 55)",
      "      codex.request turn/start",
      "      codex.item commandExecution  (exit 0)",
      "        codex.tool stock",
      "          query the stock",
      "        codex.server_request item/commandExecution/requestApproval  (decision decline)",
    ]
  ) assertMatch(stdout, new RegExp(`^ +\\d+ ms${line.replace(/[()]/g, "\\$&")}$`, "m"));
}, { timeoutMs: 120_000 });
