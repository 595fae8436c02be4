/** Validates values against a JSON Schema. */
import type { SchemaIssue } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import type { CompiledSchema } from "./compile_json_schema.ts";
import {
  anyKeywords,
  arrayKeywords,
  combiningKeywords,
  type Keyword,
  type KeywordContext,
  numberKeywords,
  objectKeywords,
  stringKeywords,
  typeNameOf,
} from "./keywords.ts";

/** Maximum number of issues per value. */
const MAX_ISSUES = 50;

/** Maximum depth of a value; deeper ones are rejected without being walked. */
const MAX_DEPTH = 200;

/** The keywords for each type of value. */
const BY_TYPE: ReadonlyMap<string, ReadonlyMap<string, Keyword>> = new Map([
  ["number", keywords(numberKeywords)],
  ["string", keywords(stringKeywords)],
  ["array", keywords(arrayKeywords)],
  ["object", keywords(objectKeywords)],
]);

/** The keywords that apply to every type. */
const COMMON: ReadonlyMap<string, Keyword> = keywords({});

/** Returns the problems of a value, at most 50; empty if it is valid. */
export function validateJson(
  schema: CompiledSchema,
  value: unknown,
  node: unknown = schema.root,
): readonly SchemaIssue[] {
  if (isDeeper(value, MAX_DEPTH)) {
    return [{ path: [], message: `must not be nested deeper than ${MAX_DEPTH} levels` }];
  }
  return new Validation(schema).issuesOf(node, value, []);
}

/** One validation. It checks each pair of a schema and an object once: nested choices would otherwise multiply. */
class Validation {
  readonly #schema: CompiledSchema;
  readonly #known = new Map<unknown, Map<unknown, readonly SchemaIssue[]>>();

  constructor(schema: CompiledSchema) {
    this.#schema = schema;
  }

  /** Returns the problems of a value. A JSON value occurs in one place only, so its path is always the same. */
  issuesOf(node: unknown, value: unknown, path: KeywordContext["path"]): readonly SchemaIssue[] {
    if (node === false) return [{ path, message: "is not allowed" }];
    if (!isRecord(node)) return [];
    if (typeof value !== "object" || value === null) return this.#look(node, value, path);
    let known = this.#known.get(node);
    if (known === undefined) this.#known.set(node, known = new Map());
    let issues = known.get(value);
    if (issues === undefined) known.set(value, issues = this.#look(node, value, path));
    return issues;
  }

  #look(
    node: Readonly<Record<string, unknown>>,
    value: unknown,
    path: KeywordContext["path"],
  ): readonly SchemaIssue[] {
    const issues: SchemaIssue[] = [];
    const context: KeywordContext = {
      schema: this.#schema,
      node,
      path,
      report: (message) => void issues.push({ path, message }),
      apply: (other, part, step) => {
        if (issues.length >= MAX_ISSUES) return;
        const there = step === undefined ? path : [...path, step];
        issues.push(...this.issuesOf(other, part, there));
      },
      accepts: (other, part) => this.issuesOf(other, part, path).length === 0,
    };
    const ofType = BY_TYPE.get(typeNameOf(value)) ?? COMMON;
    const refAlone = this.#schema.refStandsAlone && node["$ref"] !== undefined;
    for (const name of refAlone ? ["$ref"] : Object.keys(node)) {
      ofType.get(name)?.(node[name] as never, value as never, context);
    }
    return issues.slice(0, MAX_ISSUES);
  }
}

function keywords(own: Readonly<Record<string, Keyword>>): ReadonlyMap<string, Keyword> {
  return new Map(Object.entries({ ...anyKeywords, ...combiningKeywords, ...own }));
}

/** Not recursive, because a value that is too deep would exhaust the stack. */
function isDeeper(value: unknown, limit: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? Object.values(each) : []
    );
  }
  return false;
}
