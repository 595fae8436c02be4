/** The keywords of JSON Schema for single values: types, numbers, strings, given values. */
import { canonicalJson } from "../../util/canonical_json.ts";
import type { Keyword } from "./keyword.ts";
import { isMultipleOf } from "./multiple_of.ts";

/** How much of a value a message shows. */
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

/** Keywords for strings; a length counts characters, not the halves of which JavaScript makes some. */
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

/** The type of a JSON value. */
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
