/** The caller's own tools: what the model is told of them, and what runs when it calls them. */
import type { Schema } from "../../schema/schema.ts";
import { checkLimitMs } from "../../util/timer.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import { checkToolName } from "./tool_names.ts";
import { readToolInput } from "./tool_input.ts";
import type { ToolNamespace } from "./tool_namespace.ts";

/**
 * What a tool's `run` is told beside the arguments.
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
   * Fires when the result is no longer wanted: the turn ended, by an interrupt too, the tool's `timeoutMs` is over, the
   * server took the call back, the thread was closed, or the connection ended.
   */
  readonly signal: AbortSignal;
  /** The thread whose model calls. */
  readonly thread: Thread;
  /** The turn in which it does, of a goal the whole; `undefined` for a turn that was not started here. */
  readonly turn: TurnHandle | undefined;
  /** The id of the turn, as the server has it. */
  readonly turnId: string;
  /** The id of the call: also that of its item in the turn. */
  readonly callId: string;
}

/**
 * What a tool is made of.
 *
 * @example
 * ```ts
 * import type { ToolDefinition } from "@codex-app-server/sdk";
 *
 * const clock: ToolDefinition<unknown> = {
 *   name: "clock",
 *   description: "Tells the time in UTC.",
 *   run: () => new Date().toISOString(),
 * };
 * ```
 */
export interface ToolDefinition<Args> {
  /** By what name the model calls it: at most 128 letters, digits, `_` and `-`. */
  readonly name: string;
  /** What the model is told about it. */
  readonly description: string;
  /**
   * What it takes: a schema of an object, by zod, arktype, valibot or as plain JSON Schema. The model sees a simplified
   * copy of it; the arguments are validated by the whole of it before `run`. Without one the tool takes nothing.
   */
  readonly input?: Schema<Args> | undefined;
  /**
   * Does the work. A text is handed to the model as it is; `image()`, `audio()`, `text()`, media bytes and Blobs, and
   * lists of these as content; anything else as JSON. A throw fails the call, and the model reads its message.
   */
  readonly run: (args: Args, context: ToolContext) => unknown;
  /** Milliseconds after which the call fails and the signal fires; 0, no limit, when left out. */
  readonly timeoutMs?: number | undefined;
  /** Whether the model has to find the tool by a search first; only in a namespace, and only some models can. */
  readonly deferLoading?: boolean | undefined;
}

/**
 * A tool that was checked, as {@linkcode tool} gives it.
 *
 * @example
 * ```ts
 * import type { Tool } from "@codex-app-server/sdk";
 *
 * const namesOf = (tools: readonly Tool[]): string[] => tools.map(({ name }) => name);
 * ```
 */
export interface Tool<Args = never> extends Omit<ToolDefinition<Args>, "input"> {
  /** Tells it from a namespace. */
  readonly type: "function";
  /** What it takes. */
  readonly input: Schema | undefined;
}

/**
 * What a thread can be given as a tool.
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
 * Makes a tool for the model to call, to be given to `threadStart({ tools })`: it runs in this program, over the
 * connection that is there (`item/tool/call`), with no server and no port. The arguments of `run` have the type of `input`.
 *
 * @throws {TypeError} when the name is not one the server takes, or a part is not of its kind
 * @throws {RangeError} when the name is too long, or `timeoutMs` no number from 0 up
 * @throws {InvalidSchemaError} when the schema is not one of an object
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

/**
 * Checks what the model is told about a tool or a namespace.
 *
 * @throws {TypeError} when it is no text or blank
 */
export function checkDescription(of: string, description: unknown): asserts description is string {
  if (typeof description === "string" && description.trim() !== "") return;
  throw new TypeError(
    `"description" of the ${of} must be a text that is not empty, got ${
      typeof description === "string" ? "a blank one" : typeof description
    }`,
  );
}
