/** The tools of one thread: as the server is told of them, and to be found when they are called. */
import type {
  DynamicToolNamespaceTool,
  DynamicToolSpec,
  JsonValue,
} from "../../generated/types.ts";
import type { ReadSchema } from "../../schema/schema.ts";
import { type ThreadTool, type Tool, tool } from "./tool.ts";
import { readToolInput } from "./tool_input.ts";
import { checkNotCodexTool } from "./tool_names.ts";
import { toolNamespace } from "./tool_namespace.ts";

/** A tool that can be called. */
export interface CallableTool {
  /** The name as it is shown: with the namespace, where it is in one. */
  readonly label: string;
  readonly input: ReadSchema<unknown>;
  readonly run: Tool<unknown>["run"];
  readonly timeoutMs: number;
}

/** Tools of which no two have one name. */
export class ToolSet {
  /** What the server is told at the start of a thread. */
  readonly specs: readonly DynamicToolSpec[];
  /** Namespace, then name; `""` for those outside every namespace. */
  readonly #tools = new Map<string, Map<string, CallableTool>>();

  /**
   * Checks the tools.
   *
   * @throws {TypeError} when one is no tool, two have one name, or Codex has a tool of that name
   * @throws {RangeError} when a text is too long
   * @throws {InvalidSchemaError} when a schema is not one of an object
   */
  constructor(tools: readonly ThreadTool[]) {
    if (!Array.isArray(tools)) {
      throw new TypeError(
        `"tools" must be a list of tools, got ${tools === null ? "null" : typeof tools}`,
      );
    }
    this.specs = tools.map((one) => this.#add(one));
  }

  /** The tool that a call means. */
  find(namespace: string | null | undefined, name: string): CallableTool | undefined {
    return this.#tools.get(namespace ?? "")?.get(name);
  }

  /** What is handed in is checked again: it may be a changed copy of what was checked when it was made. */
  #add(one: ThreadTool): DynamicToolSpec {
    switch (one?.type) {
      case "function":
        checkNotCodexTool(one.name);
        if (one.deferLoading) {
          throw new TypeError(
            `The tool "${one.name}" can only be loaded later ("deferLoading") in a namespace`,
          );
        }
        return this.#addTool("", one);
      case "namespace": {
        const { name, description, tools } = toolNamespace(one);
        if (this.#tools.has(name)) throw new TypeError(`Two namespaces are called "${name}"`);
        const specs = tools.map((each) => this.#addTool(name, each));
        return { type: "namespace", name, description, tools: specs };
      }
      default:
        throw new TypeError('"tools" must be made by "tool()" and "toolNamespace()"');
    }
  }

  #addTool(namespace: string, given: Tool): DynamicToolNamespaceTool {
    if (given?.type !== "function") {
      throw new TypeError(`The tools of the namespace "${namespace}" must be made by "tool()"`);
    }
    const own = tool(given as Tool<unknown>);
    const { name, description, timeoutMs = 0, deferLoading } = own;
    const label = namespace === "" ? name : `${namespace}/${name}`;
    const group = this.#tools.get(namespace) ?? new Map<string, CallableTool>();
    this.#tools.set(namespace, group);
    if (group.has(name)) throw new TypeError(`Two tools are called "${label}"`);
    const input = readToolInput(label, own.input);
    group.set(name, { label, input, run: (args, context) => own.run(args, context), timeoutMs });
    return {
      type: "function",
      name,
      description,
      inputSchema: input.json as JsonValue,
      ...(deferLoading === undefined ? {} : { deferLoading }),
    };
  }
}
