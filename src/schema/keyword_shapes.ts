/** What the value of each keyword of a JSON Schema must be. */
import { isRecord } from "../util/is_record.ts";

/** The names of the types, in the order in which a person reads them. */
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
const SCHEMA_LIST: Shape = [isSchemaList, "a list of at least one schema"];
const SCHEMA_MAP: Shape = [isSchemaMap, "an object of schemas"];
const COUNT: Shape = [isCount, "an integer from 0 up"];
const NUMBER: Shape = [isNumber, "a number"];
const STRING: Shape = [isString, "a string"];
const NAMES: Shape = [isNameList, "a list of strings"];

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["$ref", STRING],
  ["$anchor", STRING],
  ["$defs", SCHEMA_MAP],
  ["definitions", SCHEMA_MAP],
  ["type", [
    (value) => isTypeName(value) || (Array.isArray(value) && value.every(isTypeName)),
    `one of ${TYPE_NAMES.join(", ")}, or a list of them`,
  ]],
  ["enum", [Array.isArray, "a list"]],
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
    "an object of lists of strings",
  ]],
  ["dependentSchemas", SCHEMA_MAP],
  ["dependencies", [
    (value) =>
      isRecord(value) && Object.values(value).every((each) => isSchema(each) || isNameList(each)),
    "an object of schemas or lists of strings",
  ]],
  ["items", [
    (value) => isSchema(value) || (Array.isArray(value) && value.every(isSchema)),
    "a schema or a list of schemas",
  ]],
  ["prefixItems", SCHEMA_LIST],
  ["additionalItems", SCHEMA],
  ["contains", SCHEMA],
  ["minContains", COUNT],
  ["maxContains", COUNT],
  ["minItems", COUNT],
  ["maxItems", COUNT],
  ["uniqueItems", [(value) => typeof value === "boolean", "true or false"]],
  ["minLength", COUNT],
  ["maxLength", COUNT],
  ["pattern", STRING],
  ["minimum", NUMBER],
  ["maximum", NUMBER],
  ["exclusiveMinimum", NUMBER],
  ["exclusiveMaximum", NUMBER],
  ["multipleOf", [(value) => isNumber(value) && (value as number) > 0, "a number above 0"]],
]);

/** Keywords that restrict values and are not supported: to pass them over would let through what they refuse. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  "$dynamicRef",
  "$recursiveRef",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** What is wrong with the value of a keyword; `undefined` when nothing is, or nobody knows the keyword. */
export function wrongKeyword(keyword: string, value: unknown): string | undefined {
  if (UNSUPPORTED.has(keyword)) return `"${keyword}" is not supported`;
  const shape = SHAPES.get(keyword);
  if (shape === undefined) return undefined;
  const [isRight, expected] = shape;
  return isRight(value) ? undefined : `must be ${expected}`;
}

/** A schema inside another one. */
export interface Subschema {
  /** What leads there from the outer schema. */
  readonly path: readonly (string | number)[];
  readonly node: unknown;
  /** Whether it is for the same value as the outer one, not for a part of that. */
  readonly inPlace: boolean;
}

type Holder = "one" | "list" | "map" | "oneOrList" | "mapOfOneOrNames";

/** The keywords that hold schemas: how, and for what. */
const HOLDERS: ReadonlyMap<string, readonly [holder: Holder, inPlace: boolean]> = new Map([
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
