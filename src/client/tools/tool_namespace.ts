/** Tools under a common name. */
import { checkDescription, type Tool } from "./tool.ts";
import { checkNamespaceName } from "./tool_names.ts";

/** The most characters that the server takes as the description of a namespace. */
const MAX_DESCRIPTION = 1_024;

/**
 * What a namespace is made of.
 *
 * @example
 * ```ts
 * import type { Tool } from "@codex-app-server/sdk";
 * import type { ToolNamespaceDefinition } from "@codex-app-server/sdk/types";
 *
 * const crm = (tools: readonly Tool[]): ToolNamespaceDefinition => ({
 *   name: "crm",
 *   description: "Customers and their orders.",
 *   tools,
 * });
 * ```
 */
export interface ToolNamespaceDefinition {
  /** The name: at most 64 letters, digits, `_` and `-`. */
  readonly name: string;
  /** What the model is told about all of the tools; at most 1,024 characters. */
  readonly description: string;
  /** The tools, at least one. */
  readonly tools: readonly Tool[];
}

/**
 * A namespace that was checked, as {@linkcode toolNamespace} gives it.
 *
 * @example
 * ```ts
 * import type { ToolNamespace } from "@codex-app-server/sdk";
 *
 * const namesIn = ({ name, tools }: ToolNamespace): string[] => tools.map((tool) => `${name}/${tool.name}`);
 * ```
 */
export interface ToolNamespace extends ToolNamespaceDefinition {
  /** Tells it from a tool. */
  readonly type: "namespace";
}

/**
 * Puts tools under a common name, so that theirs may be short and those of others the same.
 *
 * @throws {TypeError} when the name is not one the server takes, or a part is not of its kind
 * @throws {RangeError} when a text is too long
 *
 * @example
 * ```ts
 * import { tool, toolNamespace } from "@codex-app-server/sdk";
 *
 * const count = tool({ name: "count", description: "How many customers there are.", run: () => 42 });
 * const crm = toolNamespace({ name: "crm", description: "Customers and orders.", tools: [count] });
 * ```
 */
export function toolNamespace(definition: ToolNamespaceDefinition): ToolNamespace {
  const { name, description, tools } = definition;
  checkNamespaceName(name);
  checkDescription(`namespace "${name}"`, description);
  const { length } = [...description];
  if (length > MAX_DESCRIPTION) {
    throw new RangeError(
      `"description" of the namespace "${name}" must have at most ${MAX_DESCRIPTION} characters, got ${length}`,
    );
  }
  if (!Array.isArray(tools) || tools.length === 0) {
    throw new TypeError(`The namespace "${name}" must hold at least one tool`);
  }
  return Object.freeze({ type: "namespace", name, description, tools: Object.freeze([...tools]) });
}
