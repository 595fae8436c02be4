/** The values that the keywords of a JSON Schema may have, and the schemas inside them. */
import { isRecord } from "../util/is_record.ts";

/** The type names, in reading order. */
export const TYPE_NAMES: readonly string[] = [
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
  "null",
];

const isSchema = (value: unknown): boolean => typeof value === "boolean" || isRecord(value);
const isSchemaList = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isSchema);
const isSchemaMap = (value: unknown): boolean =>
  isRecord(value) && Object.values(value).every(isSchema);
const isNameList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((name) => typeof name === "string");
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => typeof value === "number";
const isString = (value: unknown): boolean => typeof value === "string";
const isTypeName = (value: unknown): boolean => TYPE_NAMES.includes(value as string);

type Shape = readonly [isRight: (value: unknown) => boolean, expected: string];

const SCHEMA: Shape = [isSchema, "a schema"];
const SCHEMA_LIST: Shape = [isSchemaList, "a non-empty array of schemas"];
const SCHEMA_MAP: Shape = [isSchemaMap, "an object of schemas"];
const COUNT: Shape = [isCount, "a non-negative integer"];
const NUMBER: Shape = [isNumber, "a number"];
const STRING: Shape = [isString, "a string"];
const NAMES: Shape = [isNameList, "an array of strings"];

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["$ref", STRING],
  ["$anchor", STRING],
  ["$defs", SCHEMA_MAP],
  ["definitions", SCHEMA_MAP],
  ["type", [
    (value) => isTypeName(value) || (Array.isArray(value) && value.every(isTypeName)),
    `one of ${TYPE_NAMES.join(", ")}, or an array of them`,
  ]],
  ["enum", [Array.isArray, "an array"]],
  ["allOf", SCHEMA_LIST],
  ["anyOf", SCHEMA_LIST],
  ["oneOf", SCHEMA_LIST],
  ["not", SCHEMA],
  ["if", SCHEMA],
  ["then", SCHEMA],
  ["else", SCHEMA],
  ["properties", SCHEMA_MAP],
  ["patternProperties", SCHEMA_MAP],
  ["additionalProperties", SCHEMA],
  ["propertyNames", SCHEMA],
  ["required", NAMES],
  ["minProperties", COUNT],
  ["maxProperties", COUNT],
  ["dependentRequired", [
    (value) => isRecord(value) && Object.values(value).every(isNameList),
    "an object of arrays of strings",
  ]],
  ["dependentSchemas", SCHEMA_MAP],
  ["dependencies", [
    (value) =>
      isRecord(value) && Object.values(value).every((each) => isSchema(each) || isNameList(each)),
    "an object of schemas or arrays of strings",
  ]],
  ["items", [
    (value) => isSchema(value) || (Array.isArray(value) && value.every(isSchema)),
    "a schema or an array of schemas",
  ]],
  ["prefixItems", SCHEMA_LIST],
  ["additionalItems", SCHEMA],
  ["contains", SCHEMA],
  ["minContains", COUNT],
  ["maxContains", COUNT],
  ["minItems", COUNT],
  ["maxItems", COUNT],
  ["uniqueItems", [(value) => typeof value === "boolean", "a boolean"]],
  ["minLength", COUNT],
  ["maxLength", COUNT],
  ["pattern", STRING],
  ["minimum", NUMBER],
  ["maximum", NUMBER],
  ["exclusiveMinimum", NUMBER],
  ["exclusiveMaximum", NUMBER],
  ["multipleOf", [(value) => isNumber(value) && (value as number) > 0, "a positive number"]],
]);

/** Unsupported keywords that restrict values: ignoring them would accept what they reject. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  "$dynamicRef",
  "$recursiveRef",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** Returns the problem with the value of a keyword; `undefined` if there is none or the keyword is unknown. */
export function wrongKeyword(keyword: string, value: unknown): string | undefined {
  if (UNSUPPORTED.has(keyword)) return `"${keyword}" is not supported`;
  const shape = SHAPES.get(keyword);
  if (shape === undefined) return undefined;
  const [isRight, expected] = shape;
  return isRight(value) ? undefined : `must be ${expected}`;
}

/** A schema inside another one. */
export interface Subschema {
  /** The path from the outer schema. */
  readonly path: readonly (string | number)[];
  readonly node: unknown;
  /** Whether it applies to the same value as the outer one, rather than to a part of it. */
  readonly inPlace: boolean;
}

type Form = "one" | "list" | "map" | "oneOrList" | "mapOfOneOrNames";

/** The keywords that contain schemas: in which form, and whether in place. */
const SUBSCHEMA_KEYWORDS: ReadonlyMap<string, readonly [form: Form, inPlace: boolean]> = new Map([
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
  // Only reached by reference.
  ["$defs", ["map", false]],
  ["definitions", ["map", false]],
]);

/** Yields the direct subschemas of a schema; skips values of the wrong shape. */
export function* subschemasOf(node: unknown): Generator<Subschema, void, undefined> {
  if (!isRecord(node)) return;
  for (const [keyword, value] of Object.entries(node)) {
    const found = SUBSCHEMA_KEYWORDS.get(keyword);
    if (found === undefined) continue;
    const [form, inPlace] = found;
    if (Array.isArray(value)) {
      if (form !== "list" && form !== "oneOrList") continue;
      for (const [index, inner] of value.entries()) {
        yield { path: [keyword, index], node: inner, inPlace };
      }
    } else if (form === "one" || form === "oneOrList") {
      yield { path: [keyword], node: value, inPlace };
    } else if (form !== "list" && isRecord(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (form === "mapOfOneOrNames" && Array.isArray(inner)) continue;
        yield { path: [keyword, name], node: inner, inPlace };
      }
    }
  }
}
