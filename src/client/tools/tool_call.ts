/** Answers the tool calls of a thread's model. */
import { ToolTimeoutError } from "../../errors/request_errors.ts";
import { listIssues, type SchemaIssue } from "../../errors/schema_errors.ts";
import type { DynamicToolCallParams, DynamicToolCallResponse } from "../../generated/types.ts";
import type { ReadSchema } from "../../schema/schema.ts";
import { Deadline } from "../../util/deadline.ts";
import { errorText } from "../../util/error_text.ts";
import { redact } from "../../util/redact.ts";
import type { ClientContext } from "../client_context.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { toolOutput } from "./tool_output.ts";
import { askForTool } from "./tool_question.ts";

const TOOL_CALL = "item/tool/call";

/** A tool that can be called. */
export interface CallableTool {
  /** The display name, such as `"crm/count"` for a tool in a namespace. */
  readonly label: string;
  readonly input: ReadSchema<unknown>;
  readonly run: Tool<unknown>["run"];
  readonly timeoutMs: number;
}

/** The tools that a thread serves. */
export interface ServedTools {
  /** Returns the tool that a call names. */
  find(namespace: string | null | undefined, name: string): CallableTool | undefined;
  /** Serves the tools to an open thread, replacing any previous ones. */
  serve(context: ClientContext, thread: Thread): void;
}

/** Serves tools to an open thread, replacing any previous ones. */
export function serveTools(context: ClientContext, thread: Thread, set: ServedTools): void {
  const state = context.sessions.get(thread.id)?.state;
  if (state === undefined) return; // the connection has ended meanwhile
  if (state.tools === undefined) state.tools = new ThreadTools(context, thread, set);
  else state.tools.set = set;
}

/** Runs the tools of one thread. */
export class ThreadTools {
  /** Answers `item/tool/call` for the thread's tools, and leaves other calls to the next scope. */
  readonly handlers: HandlerScope = new HandlerScope();
  /** The tools; replacing them does not affect running calls. */
  set: ServedTools;
  readonly #context: ClientContext;
  readonly #thread: Thread;

  /** Serves these tools. */
  constructor(context: ClientContext, thread: Thread, set: ServedTools) {
    this.#context = context;
    this.#thread = thread;
    this.set = set;
    this.handlers.set(TOOL_CALL, ({ params: given, signal, turn }) => {
      const params = given as DynamicToolCallParams;
      const tool = this.set.find(params.namespace, params.tool);
      return tool === undefined ? undefined : this.#call(tool, params, { signal, turn });
    });
  }

  #call(
    tool: CallableTool,
    params: DynamicToolCallParams,
    { signal, turn }: { readonly signal: AbortSignal; readonly turn: TurnHandle | undefined },
  ): Promise<DynamicToolCallResponse> {
    const { turnId, callId, arguments: args } = params;
    const place = { threadId: this.#thread.id, turnId, itemId: callId };
    const { connection: { onDiagnostic }, tracing } = this.#context;
    return callTool(tool, {
      args,
      context: { thread: this.#thread, turn, turnId, callId },
      signal,
      onProgress: (message) => {
        const params = { ...place, message };
        this.#context.sessions.receive({ method: "sdk/item/progress", params });
      },
      onQuestion: (asked) => askForTool(this.#context, { ...asked, place }),
      onError: (error) => {
        tracing?.failed(params, error);
        onDiagnostic({ kind: "callbackError", method: TOOL_CALL, error });
      },
    });
  }
}

/** The most characters of an error that the model receives. */
const MAX_ERROR_CHARS = 4_000;

/** A call from the server. */
export interface ToolCall {
  readonly args: unknown;
  /** The context for the tool, without what depends on its signal. */
  readonly context: Omit<ToolContext, "signal" | "progress" | "ask">;
  /** Fires when the result is no longer needed. */
  readonly signal: AbortSignal;
  /** Called with what the tool reports. */
  readonly onProgress: (message: string) => void;
  /** Called with what the tool asks. */
  readonly onQuestion: (
    asked: Omit<Parameters<typeof askForTool>[1], "place">,
  ) => Promise<readonly string[]>;
  /** Called with the error that the tool threw. */
  readonly onError: (error: unknown) => void;
}

/** Validates the arguments, runs the tool and returns the answer; never rejects, and returns once the signal fires. */
export async function callTool(
  tool: CallableTool,
  call: ToolCall,
): Promise<DynamicToolCallResponse> {
  const { signal, onError } = call;
  const { label, timeoutMs } = tool;
  const deadline = new Deadline({
    signal,
    timeoutMs,
    timeoutError: (ms) => new ToolTimeoutError(label, ms),
  });
  try {
    return await deadline.race(work(tool, call, deadline.signal));
  } catch (error) {
    if (signal.aborted) return failed(`The call of the tool "${label}" was cancelled.`);
    onError(error);
    return failed(
      deadline.signal.aborted
        ? `The tool "${label}" did not finish within ${timeoutMs} ms and was stopped.`
        : `The tool "${label}" failed: ${errorText(error) || "it gave no reason"}`,
    );
  } finally {
    deadline.end();
  }
}

async function work(
  tool: CallableTool,
  call: ToolCall,
  signal: AbortSignal,
): Promise<DynamicToolCallResponse> {
  signal.throwIfAborted();
  const read = await tool.input.validate(call.args);
  if (read.issues !== undefined) return failed(repairText(tool.label, read.issues));
  signal.throwIfAborted();
  const result = await tool.run(read.value as never, contextOf(call, signal));
  return { contentItems: await toolOutput(result, signal), success: true };
}

function contextOf(
  { context, onProgress, onQuestion }: ToolCall,
  signal: AbortSignal,
): ToolContext {
  return {
    ...context,
    signal,
    progress(message): void {
      if (typeof message !== "string") {
        throw new TypeError(`A progress message must be a string, got ${typeof message}`);
      }
      if (!signal.aborted) onProgress(message);
    },
    ask: (question, options = {}) => onQuestion({ question, options, callSignal: signal }),
  };
}

/** Explains to the model how to correct its arguments. */
function repairText(label: string, issues: readonly SchemaIssue[]): string {
  return [
    `The tool "${label}" was not run: its arguments do not fit its schema.`,
    ...listIssues(issues),
    "Call it again with arguments that do.",
  ].join("\n");
}

/**
 * The model sees a failure like any result, so the text has to say that it is one. It is truncated after redaction: half a
 * secret would not be recognised.
 */
function failed(text: string): DynamicToolCallResponse {
  const contentItems = [
    { type: "inputText", text: redact(text).slice(0, MAX_ERROR_CHARS) } as const,
  ];
  return { contentItems, success: false };
}
