/** The size of a schema, by the limits that are documented for structured outputs. */
import type { SchemaIssue } from "../../errors/schema_errors.ts";
import { isRecord } from "../../util/is_record.ts";

/** How many properties all objects may have together. */
const MAX_PROPERTIES = 5_000;
/** How deep objects may be inside one another. */
const MAX_LEVELS = 10;
/** How many characters the names of properties and definitions and the given values may have together. */
const MAX_CHARS = 120_000;
/** How many values all enums may have together. */
const MAX_ENUM_VALUES = 1_000;
/** Above so many values the texts of one enum have a limit of their own. */
const LARGE_ENUM = 250;
/** How many characters the values of a large enum may have. */
const MAX_LARGE_ENUM_CHARS = 15_000;

/** Adds up what the schemas of one document have. */
export class StrictTally {
  readonly #issues: SchemaIssue[] = [];
  #properties = 0;
  #chars = 0;
  #enumValues = 0;
  #tooDeep = false;

  /** Adds one schema of the document; `level` is the number of objects that it is in, its own included. */
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
      this.#tooDeep = true; // once is enough: what is inside is deeper still
      this.#issues.push({ path, message: `is nested deeper than ${MAX_LEVELS} levels of objects` });
    }
  }

  /** What is too much. */
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
