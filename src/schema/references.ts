/** References within a JSON Schema. */
import type { SchemaIssue } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import type { JsonSchema } from "./json_schema.ts";
import { subschemasOf } from "./keyword_shapes.ts";

type Node = Readonly<Record<string, unknown>>;

/** Resolves references within one document. */
export class References {
  readonly #root: JsonSchema;
  readonly #nodes = new Map<unknown, readonly (string | number)[]>();
  readonly #anchors = new Map<string, unknown>();

  /** Creates the resolver of a document. */
  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** Registers a schema of the document and its path. */
  add(node: Node, path: readonly (string | number)[]): void {
    this.#nodes.set(node, path);
    const anchor = node["$anchor"];
    if (typeof anchor === "string") this.#anchors.set(`#${anchor}`, node);
  }

  /** Returns the schema that a reference names; `undefined` if there is none. */
  target(ref: string): unknown {
    const id = this.#root.$id;
    const local = typeof id === "string" && ref.startsWith(`${id}#`) ? ref.slice(id.length) : ref;
    if (local === "#" || local === "" || ref === id) return this.#root;
    if (!local.startsWith("#/")) return this.#anchors.get(local);
    let found: unknown = this.#root;
    for (const step of local.slice(2).split("/")) {
      const name = unescapeStep(step);
      const isThere = (isRecord(found) || Array.isArray(found)) && Object.hasOwn(found, name);
      if (!isThere) return undefined;
      found = (found as Node)[name];
    }
    return found;
  }

  /** Yields referenced schemas outside of any keyword, such as `#/components/schemas/name`. */
  *elsewhere(): Generator<{ readonly node: unknown; readonly path: string[] }, void, undefined> {
    for (const node of this.#nodes.keys()) {
      const ref = (node as Node)["$ref"];
      if (typeof ref !== "string" || !ref.includes("#/")) continue;
      const found = this.target(ref);
      if (!isRecord(found) || this.#nodes.has(found)) continue;
      yield { node: found, path: ref.slice(ref.indexOf("#/") + 2).split("/").map(unescapeStep) };
    }
  }

  /**
   * Returns the problems of the references: each must resolve to a schema, and none may recurse forever on one value.
   */
  issues(): SchemaIssue[] {
    const issues: SchemaIssue[] = [];
    for (const [node, path] of this.#nodes) {
      const ref = (node as Node)["$ref"];
      if (typeof ref !== "string") continue;
      const target = this.target(ref);
      if (typeof target === "boolean" || this.#nodes.has(target)) continue;
      const why = ref.startsWith("#")
        ? "does not resolve to a schema"
        : "is outside the schema; remote references are not fetched";
      issues.push({ path: [...path, "$ref"], message: `"${ref}" ${why}` });
    }
    if (issues.length > 0) return issues;
    const path = this.#endlessCircle();
    if (path === undefined) return [];
    return [{ path, message: "refers to itself for the same value" }];
  }

  /** Returns the path at which schemas form a cycle for the same value. */
  #endlessCircle(): readonly (string | number)[] | undefined {
    const done = new Set<unknown>();
    const open = new Set<unknown>();
    const closing = (node: unknown): unknown => {
      if (open.has(node)) return node;
      if (!isRecord(node) || done.has(node)) return undefined;
      open.add(node);
      for (const next of this.#inPlace(node)) {
        const found = closing(next);
        if (found !== undefined) return found;
      }
      open.delete(node);
      done.add(node);
      return undefined;
    };
    for (const node of this.#nodes.keys()) {
      const found = closing(node);
      if (found !== undefined) return this.#nodes.get(found);
    }
    return undefined;
  }

  /** The schemas that a schema applies to its own value. */
  #inPlace(node: Node): unknown[] {
    const inner = [...subschemasOf(node)].filter(({ inPlace }) => inPlace).map((sub) => sub.node);
    return typeof node["$ref"] === "string" ? [...inner, this.target(node["$ref"])] : inner;
  }
}

/** Decodes a step of a JSON pointer in a URI fragment. */
function unescapeStep(step: string): string {
  let plain = step;
  try {
    plain = decodeURIComponent(step);
  } catch {
    // Not a URI escape: used as it is.
  }
  return plain.replaceAll("~1", "/").replaceAll("~0", "~");
}
