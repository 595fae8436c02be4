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
import type { ReadSchema } from "../../schema/schema.ts";
import type { ClientContext } from "../client_context.ts";
import { readToolInput, type ThreadTool, type Tool, tool, toolNamespace } from "./tool.ts";
import { checkNotCodexTool } from "./tool_names.ts";

/** A tool that can be called. */
export interface CallableTool {
  /** The display name, such as `"crm/count"` for a tool in a namespace. */
  readonly label: string;
  readonly input: ReadSchema<unknown>;
  readonly run: Tool<unknown>["run"];
  readonly timeoutMs: number;
}

/** Tools with unique names. */
export class ToolSet {
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

/** The oldest version known to support tools; older ones may ignore them silently. */
const OLDEST = "0.104";

/**
 * Checks that the server supports tools, connecting first if necessary.
 *
 * @throws {ToolsNotSupportedError} if `experimentalApi` is off, or the server is too old
 */
export async function assertToolsSupported(
  context: ClientContext,
  limits: Pick<RequestOptions, "signal" | "timeoutMs">,
): Promise<void> {
  if (!context.connection.experimentalApi) {
    throw new ToolsNotSupportedError('the client was created with "experimentalApi: false"');
  }
  const { metadata: { version } } = await context.connection.readyFor("thread/start", limits);
  if (version === null || !isOlder(version, OLDEST)) return;
  throw new ToolsNotSupportedError(
    `Codex ${version} is older than ${OLDEST}, the first version known to support them`,
  );
}

/**
 * Rejects tools in the options of a turn, which the server would ignore silently.
 *
 * @throws {TypeError} if there are any
 */
export function refuseTurnTools({ tools }: { readonly tools?: unknown }): void {
  if (tools == null) return;
  throw new TypeError(
    '"tools" are an option of threadStart(), threadResume() and threadFork(): a turn cannot have its own',
  );
}

/** Recognises the error of an older server that mistakes a namespace for a tool without a schema. */
export function namespaceRefusal(error: unknown, specs: ToolSet["specs"]): unknown {
  const hasNamespace = specs.some(({ type }) => type === "namespace");
  const isRefusal = error instanceof InvalidParamsError &&
    /missing field `inputSchema`/.test(error.message);
  if (!hasNamespace || !isRefusal) return error;
  return new ToolsNotSupportedError("this version of Codex does not support namespaces", {
    cause: error,
  });
}
