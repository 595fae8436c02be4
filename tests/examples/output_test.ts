import { assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

test(
  "example 20 gets typed answers with a zod schema, makes it strict, and repairs once",
  async () => {
    const stdout = await runExample("20_structured_output_with_zod");
    assertStringIncludes(
      stdout,
      "Not strict: properties.findings.items.properties.line must be required",
    );
    assertStringIncludes(
      stdout,
      "Risk:       medium\nFinding:    sum.ts:2: An empty list throws now.\n",
    );
    assertStringIncludes(stdout, "Finding:    sum.ts: No test covers it.\n");
    assertStringIncludes(stdout, '"Start The Sum Anywhere"} (must be in lower case)');
    assertStringIncludes(stdout, "Title:      start the sum anywhere");
  },
  { timeoutMs: 120_000 },
);
