/** Earlier messages of a conversation as items of a thread's history. */
import type { LanguageModelV4Message, LanguageModelV4ToolResultOutput } from "@ai-sdk/provider";
import type { JsonValue } from "../generated/types.ts";

type Part = Exclude<LanguageModelV4Message, { role: "system" }>["content"][number];

/**
 * Returns messages as items for `thread/inject_items`: what was said, and each tool call that has a result. Reasoning is
 * left out, as the model accepts only its own.
 */
export function historyItems(messages: readonly LanguageModelV4Message[]): JsonValue[] {
  const parts = messages.flatMap((message) =>
    message.role === "system"
      ? []
      : (message.content as readonly Part[]).map((part) => ({ role: message.role, part }))
  );
  const answered = new Set(
    parts.flatMap(({ part }) => part.type === "tool-result" ? [part.toolCallId] : []),
  );
  const called = new Set<string>(); // a call may be repeated, in the step that has its result
  const resolved = new Set<string>();
  return parts.flatMap(({ role, part }): JsonValue[] => {
    switch (part.type) {
      case "text": {
        const type = role === "assistant" ? "output_text" : "input_text";
        return [{ type: "message", role, content: [{ type, text: part.text }] }];
      }
      case "file": {
        const image_url = imageUrl(part);
        if (image_url === undefined || role !== "user") return [];
        return [{ type: "message", role, content: [{ type: "input_image", image_url }] }];
      }
      case "tool-call": {
        const { toolCallId: call_id, toolName: name, input } = part;
        if (!answered.has(call_id) || called.has(call_id)) return [];
        called.add(call_id);
        return [{ type: "function_call", call_id, name, arguments: JSON.stringify(input ?? {}) }];
      }
      case "tool-result": {
        const { toolCallId: call_id } = part;
        if (!called.has(call_id) || resolved.has(call_id)) return [];
        resolved.add(call_id);
        return [{ type: "function_call_output", call_id, output: outputText(part.output) }];
      }
      default:
        return [];
    }
  });
}

function imageUrl({ data, mediaType }: Extract<Part, { type: "file" }>): string | undefined {
  if (!mediaType.startsWith("image")) return undefined;
  if (data.type === "url") return data.url.href;
  if (data.type !== "data") return undefined;
  if (typeof data.data === "string") {
    return data.data.startsWith("data:") ? data.data : `data:${mediaType};base64,${data.data}`;
  }
  const binary = Array.from(data.data, (byte) => String.fromCharCode(byte)).join("");
  return `data:${mediaType};base64,${btoa(binary)}`;
}

/** Returns the result of a tool as text. */
export function outputText(output: LanguageModelV4ToolResultOutput): string {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "execution-denied":
      return `The call was denied${output.reason ? `: ${output.reason}` : ""}`;
    case "content":
      return output.value.map((part) => part.type === "text" ? part.text : `[${part.type}]`)
        .join("\n");
    default:
      return JSON.stringify(output.value);
  }
}
