/** The tools of one thread: as the server is told of them, and to be found when they are called. */
import type {
  DynamicToolNamespaceTool,
  DynamicToolSpec,
  JsonValue,
} from "../../generated/types.ts";
import type { ReadSchema } from "../../schema/read_schema.ts";
import type { ThreadTool, Tool } from "./tool.ts";
import { readToolInput } from "./tool_input.ts";
import { checkNamespaceName, checkNotCodexTool, checkToolName } from "./tool_names.ts";

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
   * @throws {TypeError} when one is no tool, or two have one name
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

  #add(one: ThreadTool): DynamicToolSpec {
    switch (one?.type) {
      case "function":
        checkToolName(one.name);
        checkNotCodexTool(one.name);
        if (one.deferLoading) {
          throw new TypeError(
            `The tool "${one.name}" can only be loaded later ("deferLoading") in a namespace`,
          );
        }
        return this.#addTool("", one);
      case "namespace": {
        const { name, description } = one;
        checkNamespaceName(name);
        if (this.#tools.has(name)) throw new TypeError(`Two namespaces are called "${name}"`);
        const tools = one.tools.map((each) => this.#addTool(name, each));
        return { type: "namespace", name, description, tools };
      }
      default:
        throw new TypeError('"tools" must be made by "tool()" and "toolNamespace()"');
    }
  }

  #addTool(namespace: string, given: Tool): DynamicToolNamespaceTool {
    const where = namespace === "" ? "The tools" : `The tools of the namespace "${namespace}"`;
    // The wire's own specs have the same type and name, but nothing to run.
    if (given?.type !== "function" || typeof given.run !== "function") {
      throw new TypeError(`${where} must be made by "tool()"`);
    }
    const { name, description, timeoutMs = 0, deferLoading } = given;
    checkToolName(name);
    const label = namespace === "" ? name : `${namespace}/${name}`;
    const group = this.#tools.get(namespace) ?? new Map<string, CallableTool>();
    this.#tools.set(namespace, group);
    if (group.has(name)) throw new TypeError(`Two tools are called "${label}"`);
    const input = readToolInput(label, given.input);
    const run: CallableTool["run"] = (args, context) => given.run(args as never, context);
    group.set(name, { label, input, run, timeoutMs });
    return {
      type: "function",
      name,
      description,
      inputSchema: input.json as JsonValue,
      ...(deferLoading === undefined ? {} : { deferLoading }),
    };
  }
}
