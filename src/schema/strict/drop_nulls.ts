/** Takes out of a value what stands for a property that is left out. */
import { isRecord } from "../../util/is_record.ts";
import type { CompiledSchema } from "../json/compile_json_schema.ts";
import { validateJson } from "../json/validate_json.ts";

/** How deep a value is looked into; what is deeper than that is no valid one. */
const MAX_DEPTH = 200;

/**
 * Gives the value without those properties that are `null` where the schema of the property, one of `nullable`, takes
 * that only because it must not be left out. What does not fit the schema stays as it is.
 */
export function dropNulls(
  schema: CompiledSchema,
  nullable: ReadonlySet<unknown>,
  value: unknown,
): unknown {
  return without(schema.root, value, 0);

  function without(node: unknown, part: unknown, depth: number): unknown {
    if (!isRecord(node) || typeof part !== "object" || part === null || depth > MAX_DEPTH) {
      return part;
    }
    const { $ref: ref, anyOf: choices, properties, items } = node;
    if (typeof ref === "string") return without(schema.target(ref), part, depth + 1);
    if (Array.isArray(choices)) {
      const chosen: unknown = choices.find((each) => validateJson(schema, part, each).length === 0);
      return without(chosen, part, depth + 1);
    }
    if (Array.isArray(part)) return part.map((item) => without(items, item, depth + 1));
    if (!isRecord(properties)) return part;
    const entries = Object.entries(part).flatMap(([name, each]) => {
      const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (each === null && nullable.has(inner)) return [];
      return [[name, without(inner, each, depth + 1)] as const];
    });
    return Object.fromEntries(entries);
  }
}
