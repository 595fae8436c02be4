/** What a model is told when its response does not fit. */
import type { StructuredOutputError } from "../../errors/schema_errors.ts";

/** How many issues the model is told. */
const TOLD_ISSUES = 20;

/** Says what is wrong, and asks again. */
export function repairInput({ issues }: StructuredOutputError): string {
  const lines = issues.slice(0, TOLD_ISSUES).map(({ path, message }) =>
    path.length === 0 ? `- ${message}` : `- at "${path.join(".")}": ${message}`
  );
  const more = issues.length - lines.length;
  if (more > 0) lines.push(`- and ${more} more`);
  return [
    "Your last answer does not fit the schema that it must follow:",
    ...lines,
    "Answer again: the whole corrected answer as JSON that fits the schema, and nothing else.",
  ].join("\n");
}
