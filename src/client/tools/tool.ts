/** Defines tools that run in the caller's program, and namespaces of them. */
import { InvalidSchemaError } from "../../errors/schema_errors.ts";
import { type ReadSchema, readSchema, type Schema } from "../../schema/schema.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { checkLimitMs } from "../../util/timer.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { ToolQuestionOptions } from "./tool_question.ts";
import { checkNamespaceName, checkToolName } from "./tool_names.ts";

/**
 * The context of a tool call, the second argument of a tool's `run`.
 *
 * @example
 * ```ts
 * import type { ToolContext } from "@codex-app-server/sdk";
 *
 * async function fetchText(url: string, { signal }: ToolContext): Promise<string> {
 *   return await (await fetch(url, { signal })).text();
 * }
 * ```
 */
export interface ToolContext {
  /**
   * Fires when the result is no longer needed: the turn ended or was interrupted, the tool's `timeoutMs` is over, the server
   * cancelled the call, the thread was closed, or the connection ended.
   */
  readonly signal: AbortSignal;
  /** The thread whose model calls the tool. */
  readonly thread: Thread;
  /**
   * The turn of the call, or the goal that it belongs to; `undefined` for a turn that this client did not start. The turn of
   * a `thread.run()` keeps no events, so its streams begin when they are opened.
   */
  readonly turn: TurnHandle | undefined;
  /** The server's id of the turn. */
  readonly turnId: string;
  /** The id of the call, and of its item in the turn. */
  readonly callId: string;
  /**
   * Shows a message about the progress of the call: as `progress` of its item's view, and as the event `sdk/item/progress`
   * of its turn. The model does not see it. Does nothing once the signal has fired.
   *
   * @throws {TypeError} if the message is not a string
   */
  readonly progress: (message: string) => void;
  /**
   * Asks the people who use the program, through the same handlers (`onUserInput`) and `requests()` as the questions of the
   * agent. Returns the answers: one, or several if the person chose several; none if the question was declined, or nobody
   * handles it. Rejects with the signal's reason if the call ends first.
   *
   * @throws {TypeError} if the question is blank, or an option is unknown or has the wrong type
   * @throws {RequestTimeoutError} if nobody answers within `timeoutMs`; `signal.reason` if a signal fires
   *
   * @example
   * ```ts
   * import { tool } from "@codex-app-server/sdk";
   *
   * const order = tool({
   *   name: "order",
   *   description: "Orders ten gears, if the user agrees.",
   *   async run(_args, { ask, progress }) {
   *     const [answer] = await ask("Order ten gears?", { choices: ["yes", "no"] });
   *     if (answer !== "yes") return "The user does not want that.";
   *     progress("ordering");
   *     return "ordered";
   *   },
   * });
   * ```
   */
  readonly ask: (question: string, options?: ToolQuestionOptions) => Promise<readonly string[]>;
}

/**
 * The definition of a tool.
 *
 * @example
 * ```ts
 * import type { ToolDefinition } from "@codex-app-server/sdk";
 *
 * const clock: ToolDefinition<unknown> = {
 *   name: "clock",
 *   description: "Returns the time in UTC.",
 *   run: () => new Date().toISOString(),
 * };
 * ```
 */
export interface ToolDefinition<Args> {
  /** The name by which the model calls it: at most 128 letters, digits, `_` and `-`. */
  readonly name: string;
  /** The description that the model sees. */
  readonly description: string;
  /**
   * The schema of the arguments: an object schema from zod, arktype or valibot, or plain JSON Schema. The model sees a
   * simplified copy; the arguments are validated against the full schema before `run`. Without one the tool has no arguments.
   */
  readonly input?: Schema<Args> | undefined;
  /**
   * Runs the tool. The model receives a string unchanged; `image()`, `audio()`, `text()`, media bytes, Blobs and arrays of
   * these as content; anything else as JSON. A throw fails the call, and the model receives its message.
   */
  readonly run: (args: Args, context: ToolContext) => unknown;
  /**
   * Milliseconds after which the call fails and the signal fires; 0 means no limit.
   *
   * @default {0}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether the model has to search for the tool before it can call it; only in a namespace, and only with some models.
   *
   * @default {false}
   */
  readonly deferLoading?: boolean | undefined;
}

/**
 * A checked tool, returned by {@linkcode tool}.
 *
 * @example
 * ```ts
 * import type { Tool } from "@codex-app-server/sdk";
 *
 * const namesOf = (tools: readonly Tool[]): string[] => tools.map(({ name }) => name);
 * ```
 */
export interface Tool<Args = never> extends Omit<ToolDefinition<Args>, "input"> {
  /** Distinguishes it from a namespace. */
  readonly type: "function";
  /** The schema of the arguments. */
  readonly input: Schema | undefined;
}

/**
 * A tool or a namespace of tools, for a thread.
 *
 * @example
 * ```ts
 * import { tool, toolNamespace, type ThreadTool } from "@codex-app-server/sdk";
 *
 * const now = tool({ name: "now", description: "The time.", run: () => Date.now() });
 * const tools: ThreadTool[] = [toolNamespace({ name: "clock", description: "Time.", tools: [now] })];
 * ```
 */
export type ThreadTool = Tool | ToolNamespace;

/**
 * Defines a tool for `threadStart({ tools })`. It runs in this program, over the existing connection (`item/tool/call`),
 * without a server or a port. The arguments of `run` have the type of `input`.
 *
 * @throws {TypeError} if the server would reject the name, or a property is unknown or has the wrong type
 * @throws {RangeError} if the name is too long, or `timeoutMs` is not a non-negative number
 * @throws {InvalidSchemaError} if the schema is not an object schema
 *
 * @example
 * ```ts
 * import { type Codex, tool } from "@codex-app-server/sdk";
 *
 * const lookup = tool<{ city: string }>({
 *   name: "lookup_weather",
 *   description: "The weather in a city.",
 *   input: {
 *     type: "object",
 *     properties: { city: { type: "string" } },
 *     required: ["city"],
 *     additionalProperties: false,
 *   },
 *   run: ({ city }) => ({ city, degrees: 21 }),
 * });
 *
 * async function ask(codex: Codex): Promise<string | null> {
 *   const thread = await codex.threadStart({ tools: [lookup] });
 *   return (await thread.run("How warm is it in Bern?")).finalResponse;
 * }
 * ```
 */
export function tool<Args>(definition: ToolDefinition<Args>): Tool<Args> {
  checkOptionNames("tool()", definition, TOOL, elsewhere);
  const { name, description, input, run, timeoutMs, deferLoading } = definition;
  checkToolName(name);
  checkDescription(`tool "${name}"`, description);
  if (typeof run !== "function") {
    throw new TypeError(`"run" of the tool "${name}" must be a function, got ${typeof run}`);
  }
  checkLimitMs(`timeoutMs" of the tool "${name}`, timeoutMs);
  if (deferLoading !== undefined && typeof deferLoading !== "boolean") {
    throw new TypeError(`"deferLoading" of the tool "${name}" must be true or false`);
  }
  readToolInput(name, input);
  return Object.freeze({
    type: "function",
    name,
    description,
    input,
    run,
    timeoutMs,
    deferLoading,
  });
}

/** The names of a definition, and what a checked tool has besides. */
const TOOL: OptionNames<ToolDefinition<unknown> & Pick<Tool, "type">> = {
  type: true,
  name: true,
  description: true,
  input: true,
  run: true,
  timeoutMs: true,
  deferLoading: true,
};

/** Names of other SDKs. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  execute: "run",
  handler: "run",
  inputSchema: "input",
  parameters: "input",
  schema: "input",
};

function elsewhere(name: string): string | undefined {
  return Object.hasOwn(ELSEWHERE, name) ? `use "${ELSEWHERE[name]}"` : undefined;
}

/** The server's limit on the description of a namespace, in characters. */
const MAX_DESCRIPTION = 1_024;

/**
 * The definition of a namespace.
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
  /** The description that the model sees, at most 1,024 characters. */
  readonly description: string;
  /** The tools, at least one. */
  readonly tools: readonly Tool[];
}

/**
 * A checked namespace, returned by {@linkcode toolNamespace}.
 *
 * @example
 * ```ts
 * import type { ToolNamespace } from "@codex-app-server/sdk";
 *
 * const namesIn = ({ name, tools }: ToolNamespace): string[] => tools.map((tool) => `${name}/${tool.name}`);
 * ```
 */
export interface ToolNamespace extends ToolNamespaceDefinition {
  /** Distinguishes it from a tool. */
  readonly type: "namespace";
}

/**
 * Groups tools under a common name, so that their own names can be short and need not be unique.
 *
 * @throws {TypeError} if the server would reject the name, or a property is unknown or has the wrong type
 * @throws {RangeError} if the name or the description is too long
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
  checkOptionNames("toolNamespace()", definition, NAMESPACE);
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
    throw new TypeError(`The namespace "${name}" must have at least one tool`);
  }
  return Object.freeze({ type: "namespace", name, description, tools: Object.freeze([...tools]) });
}

const NAMESPACE: OptionNames<ToolNamespace> = {
  type: true,
  name: true,
  description: true,
  tools: true,
};

/**
 * Checks the description of a tool or a namespace.
 *
 * @throws {TypeError} if it is not a string, or blank
 */
function checkDescription(of: string, description: unknown): asserts description is string {
  if (typeof description === "string" && description.trim() !== "") return;
  throw new TypeError(
    `"description" of the ${of} must be a non-empty string, got ${
      typeof description === "string" ? "a blank one" : typeof description
    }`,
  );
}

/** The schema of a tool without arguments. */
const NO_ARGUMENTS = { type: "object", properties: {}, additionalProperties: false } as const;

/**
 * Reads the input schema of a tool.
 *
 * @throws {InvalidSchemaError} if it is not valid JSON Schema, or not an object schema, which the Responses API requires
 * @throws {TypeError} if it is not a schema
 */
export function readToolInput(name: string, input: Schema | undefined): ReadSchema<unknown> {
  const what = `input of the tool ${name}`;
  const read = readSchema(input ?? NO_ARGUMENTS, { what });
  if (read.json.type === "object") return read;
  const message = 'the arguments of a tool are an object: the schema must say type "object"';
  throw new InvalidSchemaError(what, [{ path: [], message }]);
}
