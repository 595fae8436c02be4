/** The keywords of JSON Schema for objects. */
import type { Keyword } from "./keyword.ts";

type Values = Readonly<Record<string, unknown>>;

/** Keywords for objects. A name such as `constructor` counts only where the object itself has it. */
export const objectKeywords: Readonly<Record<string, Keyword>> = {
  properties(schemas: Values, value: Values, { apply }): void {
    for (const [name, schema] of Object.entries(schemas)) {
      if (Object.hasOwn(value, name)) apply(schema, value[name], name);
    }
  },
  patternProperties(schemas: Values, value: Values, { apply, schema: { pattern } }): void {
    for (const [source, schema] of Object.entries(schemas)) {
      const expression = pattern(source);
      for (const [name, each] of Object.entries(value)) {
        if (expression.test(name)) apply(schema, each, name);
      }
    }
  },
  additionalProperties(schema: unknown, value: Values, place): void {
    const { node, apply, report, schema: { pattern } } = place;
    const named = (node["properties"] ?? {}) as Values;
    const patterns = Object.keys(node["patternProperties"] ?? {}).map(pattern);
    for (const [name, each] of Object.entries(value)) {
      if (Object.hasOwn(named, name) || patterns.some((pattern) => pattern.test(name))) continue;
      if (schema === false) report(`must not have the property ${JSON.stringify(name)}`);
      else apply(schema, each, name);
    }
  },
  propertyNames(schema: unknown, value: Values, { report, takes }): void {
    for (const name of Object.keys(value)) {
      if (!takes(schema, name)) {
        report(`must not have a property of the name ${JSON.stringify(name)}`);
      }
    }
  },
  required(names: readonly string[], value: Values, { report }): void {
    for (const name of names) {
      if (!Object.hasOwn(value, name)) report(`must have the property ${JSON.stringify(name)}`);
    }
  },
  minProperties(limit: number, value: Values, { report }): void {
    const count = Object.keys(value).length;
    if (count < limit) report(`must have at least ${limit} properties, has ${count}`);
  },
  maxProperties(limit: number, value: Values, { report }): void {
    const count = Object.keys(value).length;
    if (count > limit) report(`must have at most ${limit} properties, has ${count}`);
  },
  dependentRequired(names: Values, value: Values, place): void {
    for (const [name, needed] of Object.entries(names)) {
      if (Object.hasOwn(value, name)) {
        objectKeywords["required"]?.(needed as never, value as never, place);
      }
    }
  },
  dependentSchemas(schemas: Values, value: Values, { apply }): void {
    for (const [name, schema] of Object.entries(schemas)) {
      if (Object.hasOwn(value, name)) apply(schema, value);
    }
  },
  /** What draft 7 has for the two above. */
  dependencies(needs: Values, value: Values, place): void {
    for (const [name, need] of Object.entries(needs)) {
      const keyword = Array.isArray(need) ? "dependentRequired" : "dependentSchemas";
      objectKeywords[keyword]?.({ [name]: need } as never, value as never, place);
    }
  },
};
