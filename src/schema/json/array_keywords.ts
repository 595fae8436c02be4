/** The keywords of JSON Schema for arrays. */
import { canonicalJson } from "../../util/canonical_json.ts";
import type { Keyword } from "./keyword.ts";

/** Keywords for arrays. */
export const arrayKeywords: Readonly<Record<string, Keyword>> = {
  prefixItems(schemas: readonly unknown[], value: readonly unknown[], { apply }): void {
    for (const [index, item] of value.slice(0, schemas.length).entries()) {
      apply(schemas[index], item, index);
    }
  },
  /** A list of schemas is what draft 7 has for `prefixItems`. */
  items(schema: unknown, value: readonly unknown[], place): void {
    const { node, apply } = place;
    const isPrefix = Array.isArray(schema);
    const prefix = isPrefix ? schema : node["prefixItems"];
    const first = Array.isArray(prefix) ? prefix.length : 0;
    for (const [index, item] of value.entries()) {
      if (index >= first) {
        if (!isPrefix) apply(schema, item, index);
        else if (node["additionalItems"] !== undefined) apply(node["additionalItems"], item, index);
      } else if (isPrefix) apply(schema[index], item, index);
    }
  },
  contains(schema: unknown, value: readonly unknown[], { node, report, takes }): void {
    const { minContains: least = 1, maxContains: most = Infinity } = node as {
      readonly minContains?: number;
      readonly maxContains?: number;
    };
    const count = value.filter((item) => takes(schema, item)).length;
    if (count < least) report(`must contain at least ${least} items as asked for, has ${count}`);
    if (count > most) report(`must contain at most ${most} items as asked for, has ${count}`);
  },
  minItems(limit: number, value: readonly unknown[], { report }): void {
    if (value.length < limit) report(`must have at least ${limit} items, has ${value.length}`);
  },
  maxItems(limit: number, value: readonly unknown[], { report }): void {
    if (value.length > limit) report(`must have at most ${limit} items, has ${value.length}`);
  },
  uniqueItems(isUnique: boolean, value: readonly unknown[], { report }): void {
    if (isUnique && new Set(value.map(canonicalJson)).size < value.length) {
      report("must not have an item twice");
    }
  },
};
