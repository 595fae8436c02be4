/** The content of a step, from the parts of its stream. */
import type { LanguageModelV4Content, LanguageModelV4StreamPart } from "@ai-sdk/provider";

/** Returns the content of a step, in the order in which it began. */
export function contentOf(parts: readonly LanguageModelV4StreamPart[]): LanguageModelV4Content[] {
  const content: LanguageModelV4Content[] = [];
  const blocks = new Map<string, { text: string }>();
  for (const part of parts) {
    switch (part.type) {
      case "text-start":
      case "reasoning-start": {
        const { providerMetadata } = part;
        const block = {
          type: part.type === "text-start" ? "text" : "reasoning",
          text: "",
          ...(providerMetadata === undefined ? {} : { providerMetadata }),
        } as const;
        blocks.set(part.id, block);
        content.push(block);
        break;
      }
      case "text-delta":
      case "reasoning-delta": {
        const block = blocks.get(part.id);
        if (block !== undefined) block.text += part.delta;
        break;
      }
      case "tool-call":
      case "tool-result":
      case "tool-approval-request":
      case "custom":
      case "file":
        content.push(part);
        break;
    }
  }
  return content;
}
