/** One call of a tool: validates, runs, and answers, whatever the tool does. */
import { ToolTimeoutError } from "../../errors/request_errors.ts";
import type { SchemaIssue } from "../../errors/schema_errors.ts";
import type { DynamicToolCallResponse } from "../../generated/types.ts";
import { abortable } from "../../util/abortable.ts";
import { errorText } from "../../util/error_text.ts";
import { redact } from "../../util/redact.ts";
import { startTimer } from "../../util/timer.ts";
import type { ToolContext } from "./tool.ts";
import { toolOutput } from "./tool_output.ts";
import type { CallableTool } from "./tool_set.ts";

/** The most characters that the model is told of a failure. */
const MAX_ERROR_CHARS = 4_000;
/** The most mistakes in its arguments that the model is told. */
const MAX_ISSUES = 20;

/** A call as it came. */
export interface ToolCall {
  readonly args: unknown;
  /** What the tool is told beside. */
  readonly context: Omit<ToolContext, "signal">;
  /** Fires when nobody wants the result any more. */
  readonly signal: AbortSignal;
  /** Told what the tool threw. */
  readonly onError: (error: unknown) => void;
}

/** Answers a call; never rejects, and waits for nothing once the signal has fired. */
export async function callTool(
  tool: CallableTool,
  call: ToolCall,
): Promise<DynamicToolCallResponse> {
  const { signal, onError } = call;
  const controller = new AbortController();
  const { label, timeoutMs } = tool;
  const stopTimer = startTimer(
    timeoutMs,
    () => controller.abort(new ToolTimeoutError(label, timeoutMs)),
  );
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await abortable(work(tool, call, controller.signal), controller.signal);
  } catch (error) {
    if (signal.aborted) return failed(`The call of the tool "${label}" was cancelled.`);
    onError(error);
    return failed(
      controller.signal.aborted
        ? `The tool "${label}" did not finish within ${timeoutMs} ms and was stopped.`
        : `The tool "${label}" failed: ${errorText(error) || "it gave no reason"}`,
    );
  } finally {
    stopTimer();
    signal.removeEventListener("abort", onAbort);
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
  const result = await tool.run(read.value as never, { ...call.context, signal });
  return { contentItems: await toolOutput(result, signal), success: true };
}

/** What the model needs to know to do better. */
function repairText(label: string, issues: readonly SchemaIssue[]): string {
  const lines = issues.slice(0, MAX_ISSUES).map(({ path, message }) =>
    path.length === 0 ? `- ${message}` : `- at "${path.join(".")}": ${message}`
  );
  if (issues.length > MAX_ISSUES) lines.push(`- and ${issues.length - MAX_ISSUES} more`);
  return [
    `The tool "${label}" was not run: its arguments do not fit its schema.`,
    ...lines,
    "Call it again with arguments that do.",
  ].join("\n");
}

/**
 * On the wire a failure looks like a result to the model: the text has to say that it is one. It is cut last, for half of
 * a secret would not be known as one.
 */
function failed(text: string): DynamicToolCallResponse {
  const contentItems = [
    { type: "inputText", text: redact(text).slice(0, MAX_ERROR_CHARS) } as const,
  ];
  return { contentItems, success: false };
}
