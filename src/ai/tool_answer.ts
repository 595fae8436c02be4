/** The results of the AI SDK's tools, as what a tool of a thread returns. */
import type { LanguageModelV4ToolResultOutput } from "@ai-sdk/provider";
import { type InputItem, text } from "../client/input/input.ts";
import { outputText } from "./history.ts";
import { fileInput } from "./prompt.ts";

/**
 * Returns a tool result for the model.
 *
 * @throws {Error} with the message for the model if the tool failed or was denied
 */
export function toolAnswer(output: LanguageModelV4ToolResultOutput): unknown {
  switch (output.type) {
    case "text":
    case "json":
      return output.value;
    case "content":
      return output.value.map((part): InputItem | string => {
        if (part.type === "text") return text(part.text);
        return part.type === "file" ? fileInput(part) : "[content of another provider]";
      });
    default:
      throw new Error(outputText(output));
  }
}
