/** What each keyword of a JSON Schema requires of a value. */
import { canonicalJson } from "../util/canonical_json.ts";
import type { CompiledSchema } from "./compile_json_schema.ts";

/** The context in which a keyword checks a value. */
export interface KeywordContext {
  readonly schema: CompiledSchema;
  /** The schema that contains the keyword. */
  readonly node: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
  /** Reports a problem with the value. */
  readonly report: (message: string) => void;
  /** Applies another schema to the value, or to the part at `step`, and reports its problems. */
  readonly apply: (node: unknown, value: unknown, step?: string | number) => void;
  /** Returns whether another schema accepts the value. */
  readonly accepts: (node: unknown, value: unknown) => boolean;
}

/** Checks a value; `argument` is the keyword's value in the schema, already checked. */
export type Keyword = (argument: never, value: never, context: KeywordContext) => void;

/** Maximum length of a value in a message, in characters. */
const SHOWN_CHARS = 60;

/** Keywords for any value. */
export const anyKeywords: Readonly<Record<string, Keyword>> = {
  type(types: string | readonly string[], value: unknown, { report }): void {
    const names = typeof types === "string" ? [types] : types;
    if (!names.some((name) => isOfType(value, name))) {
      report(`must be ${names.map(withArticle).join(" or ")}, got ${typeNameOf(value)}`);
    }
  },
  enum(allowed: readonly unknown[], value: unknown, { report }): void {
    const text = canonicalJson(value);
    if (allowed.some((each) => canonicalJson(each) === text)) return;
    report(`must be one of ${shorten(allowed.map((each) => JSON.stringify(each)).join(", "))}`);
  },
  const(expected: unknown, value: unknown, { report }): void {
    if (canonicalJson(expected) !== canonicalJson(value)) {
      report(`must be ${shorten(JSON.stringify(expected))}`);
    }
  },
};

/** Keywords for numbers. */
export const numberKeywords: Readonly<Record<string, Keyword>> = {
  minimum(limit: number, value: number, { report }): void {
    if (!(value >= limit)) report(`must be at least ${limit}`);
  },
  maximum(limit: number, value: number, { report }): void {
    if (!(value <= limit)) report(`must be at most ${limit}`);
  },
  exclusiveMinimum(limit: number, value: number, { report }): void {
    if (!(value > limit)) report(`must be more than ${limit}`);
  },
  exclusiveMaximum(limit: number, value: number, { report }): void {
    if (!(value < limit)) report(`must be less than ${limit}`);
  },
  multipleOf(divisor: number, value: number, { report }): void {
    if (!isMultipleOf(value, divisor)) report(`must be a multiple of ${divisor}`);
  },
};

/** Keywords for strings; lengths count characters, not UTF-16 code units. */
export const stringKeywords: Readonly<Record<string, Keyword>> = {
  minLength(limit: number, value: string, { report }): void {
    if (lengthOf(value) < limit) report(`must have at least ${limit} characters`);
  },
  maxLength(limit: number, value: string, { report }): void {
    if (value.length > limit && lengthOf(value) > limit) {
      report(`must have at most ${limit} characters`);
    }
  },
  pattern(source: string, value: string, { report, schema }): void {
    if (!schema.pattern(source).test(value)) report(`must match the pattern ${source}`);
  },
};

/** Returns the type of a JSON value. */
export function typeNameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isOfType(value: unknown, name: string): boolean {
  return name === "integer" ? Number.isInteger(value) : typeNameOf(value) === name;
}

function withArticle(name: string): string {
  if (name === "null") return name;
  return /^[aio]/.test(name) ? `an ${name}` : `a ${name}`;
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
}

/** Returns whether a number is a multiple of another in decimal notation: 0.3 is a multiple of 0.1. */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
  const [a, b] = [decimalOf(value), decimalOf(divisor)];
  const exponent = Math.min(a.exponent, b.exponent);
  return scaled(a, exponent) % scaled(b, exponent) === 0n;
}

interface Decimal {
  readonly digits: bigint;
  /** The power of ten to multiply the digits by. */
  readonly exponent: number;
}

/** The shortest decimal with this value, which is how it was written. */
function decimalOf(value: number): Decimal {
  const [mantissa = "0", power = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}

/** Keywords for arrays. */
export const arrayKeywords: Readonly<Record<string, Keyword>> = {
  prefixItems(schemas: readonly unknown[], value: readonly unknown[], { apply }): void {
    for (const [index, item] of value.slice(0, schemas.length).entries()) {
      apply(schemas[index], item, index);
    }
  },
  /** An array of schemas is draft 7's form of `prefixItems`. */
  items(schema: unknown, value: readonly unknown[], context): void {
    const { node, apply } = context;
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
  contains(schema: unknown, value: readonly unknown[], { node, report, accepts }): void {
    const { minContains: least = 1, maxContains: most = Infinity } = node as {
      readonly minContains?: number;
      readonly maxContains?: number;
    };
    const count = value.filter((item) => accepts(schema, item)).length;
    if (count < least) report(`must contain at least ${least} matching items, has ${count}`);
    if (count > most) report(`must contain at most ${most} matching items, has ${count}`);
  },
  minItems(limit: number, value: readonly unknown[], { report }): void {
    if (value.length < limit) report(`must have at least ${limit} items, has ${value.length}`);
  },
  maxItems(limit: number, value: readonly unknown[], { report }): void {
    if (value.length > limit) report(`must have at most ${limit} items, has ${value.length}`);
  },
  uniqueItems(isUnique: boolean, value: readonly unknown[], { report }): void {
    if (isUnique && new Set(value.map(canonicalJson)).size < value.length) {
      report("must not contain duplicate items");
    }
  },
};

type Values = Readonly<Record<string, unknown>>;

/** Keywords for objects. Names such as `constructor` only count as own properties. */
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
  additionalProperties(schema: unknown, value: Values, context): void {
    const { node, apply, report, schema: { pattern } } = context;
    const named = (node["properties"] ?? {}) as Values;
    const patterns = Object.keys(node["patternProperties"] ?? {}).map(pattern);
    for (const [name, each] of Object.entries(value)) {
      if (Object.hasOwn(named, name) || patterns.some((pattern) => pattern.test(name))) continue;
      if (schema === false) report(`must not have the property ${JSON.stringify(name)}`);
      else apply(schema, each, name);
    }
  },
  propertyNames(schema: unknown, value: Values, { report, accepts }): void {
    for (const name of Object.keys(value)) {
      if (!accepts(schema, name)) {
        report(`must not have a property named ${JSON.stringify(name)}`);
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
  dependentRequired(names: Values, value: Values, context): void {
    for (const [name, needed] of Object.entries(names)) {
      if (Object.hasOwn(value, name)) {
        objectKeywords["required"]?.(needed as never, value as never, context);
      }
    }
  },
  dependentSchemas(schemas: Values, value: Values, { apply }): void {
    for (const [name, schema] of Object.entries(schemas)) {
      if (Object.hasOwn(value, name)) apply(schema, value);
    }
  },
  /** Draft 7's form of the two keywords above. */
  dependencies(needs: Values, value: Values, context): void {
    for (const [name, need] of Object.entries(needs)) {
      const keyword = Array.isArray(need) ? "dependentRequired" : "dependentSchemas";
      objectKeywords[keyword]?.({ [name]: need } as never, value as never, context);
    }
  },
};

/** Keywords that combine schemas. */
export const combiningKeywords: Readonly<Record<string, Keyword>> = {
  $ref(ref: string, value: unknown, { apply, schema }): void {
    apply(schema.target(ref), value);
  },
  allOf(schemas: readonly unknown[], value: unknown, { apply }): void {
    for (const schema of schemas) apply(schema, value);
  },
  anyOf(schemas: readonly unknown[], value: unknown, { report, accepts }): void {
    if (!schemas.some((schema) => accepts(schema, value))) report("must match one of the choices");
  },
  oneOf(schemas: readonly unknown[], value: unknown, { report, accepts }): void {
    const count = schemas.filter((schema) => accepts(schema, value)).length;
    if (count !== 1) report(`must match exactly one of the choices, matches ${count || "none"}`);
  },
  not(schema: unknown, value: unknown, { report, accepts }): void {
    if (accepts(schema, value)) report("must not match the excluded schema");
  },
  if(schema: unknown, value: unknown, { node, apply, accepts }): void {
    const next = accepts(schema, value) ? node["then"] : node["else"];
    if (next !== undefined) apply(next, value);
  },
};
