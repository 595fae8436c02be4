/**
 * Answers as typed values: the model follows a zod schema, and its response is parsed and validated.
 *
 *     deno run -A examples/20_structured_output_with_zod.ts [--live]
 */
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { SchemaNotStrictError } from "@codex-app-server/sdk/errors";
import { strictSchema } from "@codex-app-server/sdk/schema";
import { z } from "zod";
import { scriptedModel } from "./_scripted.ts";

const Review = z.object({
  risk: z.enum(["low", "medium", "high"]),
  findings: z.array(z.object({
    file: z.string(),
    line: z.number().int().positive().optional(),
    problem: z.string().describe("One sentence."),
  })),
});

const diff = `--- a/sum.ts
+++ b/sum.ts
@@ -1,2 +1,2 @@
 export const sum = (xs: number[]): number =>
-  xs.reduce((a, b) => a + b, 0);
+  xs.reduce((a, b) => a + b);`;

await using scripted = await scriptedModel("20_structured_output_with_zod");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

// 1. Strict mode has no optional properties: the error, with the path, comes before anything is sent.
try {
  await thread.run("never sent", { output: Review });
} catch (error) {
  if (!(error instanceof SchemaNotStrictError)) throw error;
  for (const { path, message } of error.issues) {
    console.log(`Not strict: ${path.join(".")} ${message}\n`);
  }
}

// 2. The strict version supports them: the model writes null, and your value omits the property.
const { output, finalResponse } = await thread.run(
  `Review this change, without looking at any file:\n${diff}`,
  { output: strictSchema(Review) },
);
console.log(printable(`As written: ${finalResponse}`));
console.log(`Risk:       ${output.risk}`); // typed: "low" | "medium" | "high"
for (const { file, line, problem } of output.findings) {
  console.log(
    printable(`Finding:    ${line === undefined ? file : `${file}:${line}`}: ${problem}`),
  );
}

// 3. A check that JSON Schema cannot express may fail. With `repair`, the model gets the issues and tries once more.
const Title = z.object({ title: z.string() })
  .refine(({ title }) => title === title.toLowerCase(), "must be in lower case");
const named = await thread.run("Give the change a title.", { output: Title, repair: true });
if (named.repaired !== null) {
  console.log(
    printable(`\nFirst:      ${named.repaired.text} (${named.repaired.issues[0]?.message})`),
  );
}
console.log(printable(`Title:      ${named.output.title}`));
