/** What the strict mode of structured outputs rejects in a JSON Schema. */
import type { SchemaIssue } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import type { JsonSchema } from "./json_schema.ts";
import { FORMATS, looksAround, NOTES, REFUSED } from "./strict_rules.ts";

type Path = readonly (string | number)[];
type Node = Readonly<Record<string, unknown>>;

/** The message for an optional property. */
const OPTIONAL =
  "must be required: make it nullable instead, or wrap the schema with strictSchema()";

/** Returns what strict mode would reject, each with its path in the schema; empty if it accepts the schema. */
export function strictIssues(root: JsonSchema): readonly SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const tally = new StrictTally();
  const report = (path: Path, message: string): void => void issues.push({ path, message });

  if (root.type !== "object") report(["type"], 'must be "object": the whole output is an object');
  if (root.anyOf !== undefined) {
    report(["anyOf"], "is not allowed here: move the choice into a property");
  }
  visit(root, [], 1);
  issues.push(...tally.issues());
  return issues;

  function visit(node: unknown, path: Path, level: number): void {
    if (!isRecord(node)) return report(path, "must have a type");
    for (const keyword of Object.keys(node)) {
      const instead = REFUSED.get(keyword);
      if (instead !== undefined) report([...path, keyword], `is not supported: ${instead}`);
    }
    tally.add(node, path, level);
    for (const keyword of ["$defs", "definitions"]) visitMap(node, [...path, keyword], level);
    if (node["$ref"] !== undefined) return checkReference(node, path);
    checkType(node, path);
    checkObject(node, path);
    visitMap(node, [...path, "properties"], level + 1);
    checkItems(node, path, level);
    const choices = node["anyOf"];
    if (Array.isArray(choices)) {
      for (const [index, choice] of choices.entries()) {
        visit(choice, [...path, "anyOf", index], level);
      }
    }
  }

  function visitMap(node: Node, path: Path, level: number): void {
    const map = node[path.at(-1) as string];
    if (!isRecord(map)) return;
    for (const [name, inner] of Object.entries(map)) visit(inner, [...path, name], level);
  }

  function checkReference(node: Node, path: Path): void {
    const beside = Object.keys(node).filter((name) => name !== "$ref" && !NOTES.has(name));
    if (beside.length > 0) report([...path, "$ref"], `must not be combined with "${beside[0]}"`);
  }

  function checkType(node: Node, path: Path): void {
    const keywords = ["type", "anyOf", "enum", "const", ...REFUSED.keys()];
    if (!keywords.some((keyword) => node[keyword] !== undefined)) {
      report(path, "must have a type");
    }
    const { format, pattern } = node;
    if (format !== undefined && !FORMATS.has(format)) {
      report([...path, "format"], `must be one of ${[...FORMATS].join(", ")}`);
    }
    if (looksAround(pattern)) {
      report(
        [...path, "pattern"],
        "must not use lookaround: use a group without ?=, ?!, ?<= and ?<!",
      );
    }
  }

  function checkObject(node: Node, path: Path): void {
    if (!isOf("object", node) && node["properties"] === undefined) return;
    const { additionalProperties: more } = node;
    if (more !== false) {
      const free =
        "must be false, because property names must be fixed: use an array of objects with a name and a value";
      report(
        [...path, "additionalProperties"],
        more === undefined ? "must be present and false" : free,
      );
    }
    const names = isRecord(node["properties"]) ? Object.keys(node["properties"]) : [];
    const required = Array.isArray(node["required"]) ? node["required"] as unknown[] : [];
    for (const name of names) {
      if (!required.includes(name)) report([...path, "properties", name], OPTIONAL);
    }
    if (isRecord(more)) return; // required names may match `additionalProperties`
    for (const name of required) {
      if (!names.includes(name as string)) {
        report([...path, "required"], `must not name "${String(name)}", which is not a property`);
      }
    }
  }

  function checkItems(node: Node, path: Path, level: number): void {
    const { items } = node;
    if (Array.isArray(items)) {
      report(
        [...path, "items"],
        "must be one schema: use an object with a property per position",
      );
    } else if (items !== undefined && node["prefixItems"] === undefined) {
      visit(items, [...path, "items"], level);
    } else if (isOf("array", node) && node["prefixItems"] === undefined) {
      report([...path, "items"], "is required");
    }
  }
}

function isOf(type: string, node: Node): boolean {
  return node["type"] === type || (Array.isArray(node["type"]) && node["type"].includes(type));
}

/** Maximum number of properties of all objects together. */
const MAX_PROPERTIES = 5_000;
/** Maximum nesting depth of objects. */
const MAX_LEVELS = 10;
/** Maximum number of characters in property names, definition names and given values together. */
const MAX_CHARS = 120_000;
/** Maximum number of values of all enums together. */
const MAX_ENUM_VALUES = 1_000;
/** An enum with more values than this has its own limit of characters. */
const LARGE_ENUM = 250;
/** Maximum number of characters in the values of a large enum. */
const MAX_LARGE_ENUM_CHARS = 15_000;

/** Measures the size of a document against the documented limits of structured outputs. */
export class StrictTally {
  readonly #issues: SchemaIssue[] = [];
  #properties = 0;
  #chars = 0;
  #enumValues = 0;
  #tooDeep = false;

  /** Adds one schema of the document; `level` is its depth in objects, including its own. */
  add(
    node: Readonly<Record<string, unknown>>,
    path: readonly (string | number)[],
    level: number,
  ): void {
    const names = namesOf(node["properties"]);
    this.#properties += names.length;
    for (const name of [...names, ...namesOf(node["$defs"]), ...namesOf(node["definitions"])]) {
      this.#chars += name.length;
    }
    this.#chars += charsOf([node["const"]]);
    if (Array.isArray(node["enum"])) this.#addEnum(node["enum"], path);
    if (names.length > 0 && level > MAX_LEVELS && !this.#tooDeep) {
      this.#tooDeep = true; // report once: everything inside is deeper still
      this.#issues.push({ path, message: `is nested deeper than ${MAX_LEVELS} levels of objects` });
    }
  }

  /** Returns the exceeded limits. */
  issues(): readonly SchemaIssue[] {
    const sum = (count: number, limit: number, what: string): readonly SchemaIssue[] =>
      count <= limit ? [] : [{ path: [], message: `has ${count} ${what}, more than ${limit}` }];
    return [
      ...this.#issues,
      ...sum(this.#properties, MAX_PROPERTIES, "properties"),
      ...sum(this.#enumValues, MAX_ENUM_VALUES, "values in enums"),
      ...sum(this.#chars, MAX_CHARS, "characters in names and given values"),
    ];
  }

  #addEnum(values: readonly unknown[], path: readonly (string | number)[]): void {
    const chars = charsOf(values);
    this.#enumValues += values.length;
    this.#chars += chars;
    if (values.length <= LARGE_ENUM || chars <= MAX_LARGE_ENUM_CHARS) return;
    const message =
      `has ${chars} characters in ${values.length} values, more than ${MAX_LARGE_ENUM_CHARS}`;
    this.#issues.push({ path: [...path, "enum"], message });
  }
}

function namesOf(map: unknown): string[] {
  return isRecord(map) ? Object.keys(map) : [];
}

function charsOf(values: readonly unknown[]): number {
  return values.reduce<number>(
    (sum, each) => sum + (typeof each === "string" ? each.length : 0),
    0,
  );
}
