/** The tools of one thread, as sent to the server and looked up by its calls. */
import { InvalidParamsError } from "../../errors/json_rpc_errors.ts";
import { ToolsNotSupportedError } from "../../errors/request_errors.ts";
import type {
  DynamicToolNamespaceTool,
  DynamicToolSpec,
  JsonValue,
} from "../../generated/types.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import { isOlder } from "../../protocol/metadata.ts";
import type { ClientContext } from "../client_context.ts";
import type { Thread } from "../threads/thread.ts";
import { readToolInput, type ThreadTool, type Tool, tool, toolNamespace } from "./tool.ts";
import { type CallableTool, type ServedTools, serveTools } from "./tool_call.ts";
import { checkNotCodexTool } from "./tool_names.ts";

/** The oldest version known to support tools; older ones may ignore them silently. */
const OLDEST = "0.104";

/** Tools with unique names. */
export class ToolSet implements ServedTools {
  /** The wire's form, sent when the thread is opened. */
  readonly specs: readonly DynamicToolSpec[];
  /** By namespace and name; `""` for tools outside a namespace. */
  readonly #tools = new Map<string, Map<string, CallableTool>>();

  /**
   * Checks the tools.
   *
   * @throws {TypeError} if one is not a tool, two have the same name, or Codex has a tool of that name
   * @throws {RangeError} if a name or a description is too long
   * @throws {InvalidSchemaError} if a schema is not an object schema
   */
  constructor(tools: readonly ThreadTool[]) {
    if (!Array.isArray(tools)) {
      throw new TypeError(
        `"tools" must be an array of tools, got ${tools === null ? "null" : typeof tools}`,
      );
    }
    this.specs = tools.map((one) => this.#add(one));
  }

  /** Returns the tool that a call names. */
  find(namespace: string | null | undefined, name: string): CallableTool | undefined {
    return this.#tools.get(namespace ?? "")?.get(name);
  }

  /** Serves the tools to an open thread, replacing any previous ones. */
  serve(context: ClientContext, thread: Thread): void {
    serveTools(context, thread, this);
  }

  /**
   * Checks that the server supports tools, connecting first if necessary.
   *
   * @throws {ToolsNotSupportedError} if `experimentalApi` is off, or the server is too old
   */
  async assertSupported(
    { connection }: ClientContext,
    limits: Pick<RequestOptions, "signal" | "timeoutMs">,
  ): Promise<void> {
    if (!connection.experimentalApi) {
      throw new ToolsNotSupportedError('the client was created with "experimentalApi: false"');
    }
    const { metadata: { version } } = await connection.readyFor("thread/start", limits);
    if (version === null || !isOlder(version, OLDEST)) return;
    throw new ToolsNotSupportedError(
      `Codex ${version} is older than ${OLDEST}, the first version known to support them`,
    );
  }

  /** Recognises the error of an older server that mistakes a namespace for a tool without a schema. */
  refusal(error: unknown): unknown {
    const hasNamespace = this.specs.some(({ type }) => type === "namespace");
    const isRefusal = error instanceof InvalidParamsError &&
      /missing field `inputSchema`/.test(error.message);
    if (!hasNamespace || !isRefusal) return error;
    return new ToolsNotSupportedError("this version of Codex does not support namespaces", {
      cause: error,
    });
  }

  /** Checks a tool again, because it may be a modified copy of a checked one. */
  #add(one: ThreadTool): DynamicToolSpec {
    switch (one?.type) {
      case "function":
        checkNotCodexTool(one.name);
        if (one.deferLoading) {
          throw new TypeError(
            `The tool "${one.name}" can have "deferLoading" only in a namespace`,
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
