/** Converts schemas to ones that the strict mode of structured outputs accepts. */
import { SchemaNotStrictError } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import { type CompiledSchema, compileJsonSchema } from "./compile_json_schema.ts";
import type { JsonSchema } from "./json_schema.ts";
import { typeNameOf } from "./keywords.ts";
import { References } from "./references.ts";
import { readSchema, type Schema } from "./schema.ts";
import type { StandardSchemaWithJson } from "./standard_schema.ts";
import { strictIssues } from "./strict_issues.ts";
import { CHECKS, FORMATS, looksAround, NOTES, refersBack } from "./strict_rules.ts";
import { validateJson } from "./validate_json.ts";

const WHAT = { what: "strictSchema()" };

/**
 * Returns the strict version of a schema: objects are closed, optional properties become required and nullable,
 * `oneOf` becomes `anyOf`, and unsupported checks are not sent. Values are validated with the original schema,
 * without the added nulls.
 *
 * @throws {SchemaNotStrictError} if there is no strict version, as for an object with arbitrary property names
 * @throws {InvalidSchemaError} if the schema is not a valid JSON Schema, or provides none
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { strictSchema } from "@codex-app-server/sdk/schema";
 *
 * const person = strictSchema<{ name: string; age?: number }>({
 *   type: "object",
 *   properties: { name: { type: "string" }, age: { type: "integer" } },
 *   required: ["name"],
 * });
 *
 * async function author(thread: Thread): Promise<string> {
 *   const { output } = await thread.run("Who wrote this?", { output: person });
 *   return output.age === undefined ? output.name : `${output.name}, ${output.age}`;
 * }
 * ```
 */
export function strictSchema<T>(schema: Schema<T>): StandardSchemaWithJson<unknown, T> {
  const read = readSchema(schema, WHAT);
  const original = compileJsonSchema(read.json, WHAT);
  const nullable = new Set<JsonSchema>();
  const strict = strictJson(read.json, {
    takesNull: (node) => validateJson(original, null, node).length === 0,
    onNull: (node) => void nullable.add(node),
  });
  const issues = strictIssues(strict);
  if (issues.length > 0) throw new SchemaNotStrictError(WHAT.what, issues);
  const compiled = compileJsonSchema(strict, WHAT);
  return {
    "~standard": {
      version: 1,
      vendor: "@codex-app-server/sdk",
      validate: (value) => read.validate(dropNulls(compiled, nullable, value)),
      jsonSchema: {
        input: () => ({ ...strict }),
        output: () => ({ ...read.json }),
      },
    },
  };
}

type Node = Readonly<Record<string, unknown>>;

/** Options of {@linkcode strictJson}. */
export interface StrictJsonOptions {
  /**
   * Returns whether an optional property's schema accepts `null` anyway. Without it, optional properties stay
   * optional.
   */
  readonly takesNull?: ((node: unknown) => boolean) | undefined;
  /** Called with each schema that accepts `null` only to represent an absent property. */
  readonly onNull?: ((node: JsonSchema) => void) | undefined;
}

/**
 * Rewrites a schema for strict mode as far as possible: closes objects, replaces `oneOf` with `anyOf`, adds types to
 * given values and drops unsupported checks. Values that match it must still be validated with the original schema.
 */
export function strictJson(root: JsonSchema, options: StrictJsonOptions = {}): JsonSchema {
  const { takesNull, onNull } = options;
  return rewrite(withoutReference(root)) as JsonSchema;

  function rewrite(node: unknown): unknown {
    if (!isRecord(node)) return node;
    const kept: Record<string, unknown> = {};
    for (const [keyword, value] of Object.entries(named(unwrapped(node)))) {
      if (CHECKS.has(keyword) || keyword === "default") continue;
      if (keyword === "format" && !FORMATS.has(value)) continue;
      if (keyword === "pattern" && (looksAround(value) || refersBack(value))) continue;
      const isChoice = keyword === "oneOf" && node["anyOf"] === undefined;
      kept[isChoice ? "anyOf" : keyword] = rewriteKeyword(isChoice ? "anyOf" : keyword, value);
    }
    if (kept["$ref"] !== undefined) return kept;
    return closed(typed(kept));
  }

  function rewriteKeyword(keyword: string, value: unknown): unknown {
    switch (keyword) {
      case "properties":
      case "$defs":
      case "definitions":
        return isRecord(value) ? mapValues(value, (inner) => rewrite(inner)) : value;
      case "anyOf":
        return Array.isArray(value) ? value.map(rewrite) : value;
      case "items":
        return rewrite(value);
      default:
        return value;
    }
  }

  /** Closes an object and makes its properties required. */
  function closed(node: Node): Node {
    const { properties } = node;
    if (!isRecord(properties)) return node; // an object with arbitrary names, or not an object
    const done: Record<string, unknown> = { ...node, required: node["required"] ?? [] };
    if (node["additionalProperties"] === undefined) done["additionalProperties"] = false;
    if (takesNull === undefined) return done;
    const required = Array.isArray(node["required"]) ? node["required"] as unknown[] : [];
    done["properties"] = mapValues(properties, (inner, name) => {
      if (required.includes(name) || takesNull(inner)) return inner;
      const nullable = withNull(inner);
      onNull?.(nullable);
      return nullable;
    });
    done["required"] = [...new Set([...Object.keys(properties), ...required])];
    return done;
  }
}

/** Replaces a root that is a reference, as some libraries generate it: strict mode requires an object. */
function withoutReference(root: JsonSchema): JsonSchema {
  const { $ref: ref, $schema, ...rest } = root;
  if (ref === undefined || !Object.keys(rest).every((name) => NOTES.has(name))) return root;
  const target = new References(root).target(ref);
  const draft = $schema === undefined ? {} : { $schema };
  return isRecord(target) && target !== root ? { ...draft, ...target, ...rest } : root;
}

/** Merges an `allOf` of a single schema into its parent. */
function unwrapped(node: Node): Node {
  const { allOf, ...rest } = node;
  if (!Array.isArray(allOf) || allOf.length !== 1 || !isRecord(allOf[0])) return node;
  return Object.keys(rest).every((name) => NOTES.has(name))
    ? unwrapped({ ...allOf[0], ...rest })
    : node;
}

/** Converts an object with a fixed set of `propertyNames` to one with properties. */
function named(node: Node): Node {
  const { propertyNames: names, properties, patternProperties, ...rest } = node;
  const inner = node["additionalProperties"];
  if (!isRecord(names) || !isRecord(inner) || properties !== undefined) return node;
  const given = names["const"] === undefined ? names["enum"] : [names["const"]];
  if (!Array.isArray(given) || patternProperties !== undefined) return node;
  const entries = given.map((name) => [String(name), inner] as const);
  return { ...rest, properties: Object.fromEntries(entries), additionalProperties: false };
}

/** Adds the type of `enum` and `const`, which strict mode requires. */
function typed(node: Node): Node {
  const values = Array.isArray(node["enum"])
    ? node["enum"] as unknown[]
    : node["const"] === undefined
    ? []
    : [node["const"]];
  if (node["type"] !== undefined || values.length === 0) return node;
  const types = [...new Set(values.map(typeNameOf))];
  return { type: types.length === 1 ? types[0] : types, ...node };
}

/** Returns the schema with `null` added. */
function withNull(node: unknown): JsonSchema {
  const { type, description, ...rest } = node as JsonSchema;
  const isPlain = typeof type === "string" && type !== "object" && type !== "array";
  if (isPlain && rest.enum === undefined && rest.const === undefined) {
    return { ...(node as JsonSchema), type: [type, "null"] };
  }
  if (description === undefined) return { anyOf: [node as JsonSchema, { type: "null" }] };
  const inner = type === undefined ? rest : { type, ...rest };
  return { description, anyOf: [inner, { type: "null" }] };
}

function mapValues(
  map: Node,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  // Not by assignment, which would treat a property named "__proto__" differently.
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [name, change(value, name)]),
  );
}

/** Maximum depth of a value; deeper ones are not valid. */
const MAX_DEPTH = 200;

/**
 * Removes properties that are `null` only to represent absence: those whose schema is in `nullable`. Values that do not
 * match the schema stay unchanged.
 */
export function dropNulls(
  schema: CompiledSchema,
  nullable: ReadonlySet<unknown>,
  value: unknown,
): unknown {
  return without(schema.root, value, 0);

  function without(node: unknown, part: unknown, depth: number): unknown {
    if (!isRecord(node) || typeof part !== "object" || part === null || depth > MAX_DEPTH) {
      return part;
    }
    const { $ref: ref, anyOf: choices, properties, items } = node;
    if (typeof ref === "string") return without(schema.target(ref), part, depth + 1);
    if (Array.isArray(choices)) {
      const chosen: unknown = choices.find((each) => validateJson(schema, part, each).length === 0);
      return without(chosen, part, depth + 1);
    }
    if (Array.isArray(part)) return part.map((item) => without(items, item, depth + 1));
    if (!isRecord(properties)) return part;
    const entries = Object.entries(part).flatMap(([name, each]) => {
      const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (each === null && nullable.has(inner)) return [];
      return [[name, without(inner, each, depth + 1)] as const];
    });
    return Object.fromEntries(entries);
  }
}
