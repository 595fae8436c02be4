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

test(
  "example 32 uses a tool, an approval and an object of the AI SDK",
  async () => {
    const stdout = await runExample("32_ai_sdk");
    assertStringIncludes(stdout, "Answer:   Three gears. (2 steps, called stock)\n");
    assertStringIncludes(stdout, "Tokens:   1850 in, 25 out\n");
    assertStringIncludes(stdout, 'Approval: commandExecution {"command":');
    assertStringIncludes(stdout, "Declined: Then I leave it.\nObject:   hello in hello.txt\n");
  },
  { timeoutMs: 120_000 },
);
