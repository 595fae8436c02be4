/** What a keyword of a JSON Schema sees of a validation. */
import type { CompiledSchema } from "./compile_json_schema.ts";

/** The place in which a keyword looks at a value. */
export interface KeywordPlace {
  readonly schema: CompiledSchema;
  /** The schema that has the keyword. */
  readonly node: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
  /** Tells what is wrong with the value. */
  readonly report: (message: string) => void;
  /** Applies another schema to the value, or with `step` to a part of it, and tells what is wrong with that. */
  readonly apply: (node: unknown, value: unknown, step?: string | number) => void;
  /** Tells whether another schema takes the value. */
  readonly takes: (node: unknown, value: unknown) => boolean;
}

/** Looks at a value; `argument` is what the schema has for the keyword, known to be of its shape. */
export type Keyword = (argument: never, value: never, place: KeywordPlace) => void;
