/** The keywords of JSON Schema that apply other schemas to the same value. */
import type { Keyword } from "./keyword.ts";

/** Keywords that combine schemas. */
export const combiningKeywords: Readonly<Record<string, Keyword>> = {
  $ref(ref: string, value: unknown, { apply, schema }): void {
    apply(schema.target(ref), value);
  },
  allOf(schemas: readonly unknown[], value: unknown, { apply }): void {
    for (const schema of schemas) apply(schema, value);
  },
  anyOf(schemas: readonly unknown[], value: unknown, { report, takes }): void {
    if (!schemas.some((schema) => takes(schema, value))) report("must match one of the choices");
  },
  oneOf(schemas: readonly unknown[], value: unknown, { report, takes }): void {
    const count = schemas.filter((schema) => takes(schema, value)).length;
    if (count !== 1) report(`must match exactly one of the choices, matches ${count || "none"}`);
  },
  not(schema: unknown, value: unknown, { report, takes }): void {
    if (takes(schema, value)) report("must not match what is excluded");
  },
  if(schema: unknown, value: unknown, { node, apply, takes }): void {
    const next = takes(schema, value) ? node["then"] : node["else"];
    if (next !== undefined) apply(next, value);
  },
};
