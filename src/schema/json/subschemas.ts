/** Where in a JSON Schema other schemas are. */
import { isRecord } from "../../util/is_record.ts";

/** A schema inside another one. */
export interface Subschema {
  /** What leads there from the outer schema. */
  readonly path: readonly (string | number)[];
  readonly node: unknown;
  /** Whether it is for the same value as the outer one, not for a part of that. */
  readonly inPlace: boolean;
}

type Shape = "one" | "list" | "map" | "oneOrList" | "mapOfOneOrNames";

/** The keywords that hold schemas: how, and for what. */
const HOLDERS: ReadonlyMap<string, readonly [shape: Shape, inPlace: boolean]> = new Map([
  ["allOf", ["list", true]],
  ["anyOf", ["list", true]],
  ["oneOf", ["list", true]],
  ["not", ["one", true]],
  ["if", ["one", true]],
  ["then", ["one", true]],
  ["else", ["one", true]],
  ["dependentSchemas", ["map", true]],
  ["dependencies", ["mapOfOneOrNames", true]],
  ["properties", ["map", false]],
  ["patternProperties", ["map", false]],
  ["additionalProperties", ["one", false]],
  ["propertyNames", ["one", false]],
  ["items", ["oneOrList", false]],
  ["prefixItems", ["list", false]],
  ["additionalItems", ["one", false]],
  ["contains", ["one", false]],
  // Only ever reached by reference.
  ["$defs", ["map", false]],
  ["definitions", ["map", false]],
]);

/** The schemas that are directly inside a schema; what is not of a keyword's shape is left out. */
export function* subschemasOf(node: unknown): Generator<Subschema, void, undefined> {
  if (!isRecord(node)) return;
  for (const [keyword, held] of Object.entries(node)) {
    const holder = HOLDERS.get(keyword);
    if (holder === undefined) continue;
    const [shape, inPlace] = holder;
    if (Array.isArray(held)) {
      if (shape !== "list" && shape !== "oneOrList") continue;
      for (const [index, inner] of held.entries()) {
        yield { path: [keyword, index], node: inner, inPlace };
      }
    } else if (shape === "one" || shape === "oneOrList") {
      yield { path: [keyword], node: held, inPlace };
    } else if (shape !== "list" && isRecord(held)) {
      for (const [name, inner] of Object.entries(held)) {
        if (shape === "mapOfOneOrNames" && Array.isArray(inner)) continue;
        yield { path: [keyword, name], node: inner, inPlace };
      }
    }
  }
}
