/** Divides the prompt of a call: instructions, history, answers to what the last call asked, and the new input. */
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolApprovalResponsePart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import { UnsupportedFunctionalityError } from "@ai-sdk/provider";
import { audio, image, type InputItem, text } from "../client/input/input.ts";

/** A prompt, divided. */
export interface DividedPrompt {
  /** The system messages. */
  readonly instructions: string | undefined;
  /** The messages up to the last one of the assistant. */
  readonly history: readonly LanguageModelV4Message[];
  /** The results of tools after the history. */
  readonly results: readonly LanguageModelV4ToolResultPart[];
  /** The answers to approval requests after the history. */
  readonly approvals: readonly LanguageModelV4ToolApprovalResponsePart[];
  /** What the user says after the history. */
  readonly input: readonly InputItem[];
}

/**
 * Divides a prompt.
 *
 * @throws {UnsupportedFunctionalityError} if the new input has a file that the protocol cannot carry
 */
export function dividePrompt(prompt: LanguageModelV4Prompt): DividedPrompt {
  const system = prompt.filter(({ role }) => role === "system").map(({ content }) => content);
  const talk = prompt.filter(({ role }) => role !== "system");
  const end = talk.findLastIndex(({ role }) => role === "assistant") + 1;
  const latest = talk.slice(end);
  const answers = latest.flatMap((message) => message.role === "tool" ? message.content : []);
  return {
    instructions: system.length === 0 ? undefined : system.join("\n\n"),
    history: talk.slice(0, end),
    results: answers.filter((part) => part.type === "tool-result"),
    approvals: answers.filter((part) => part.type === "tool-approval-response"),
    input: latest.flatMap((message) => message.role === "user" ? message.content : []).map(inputOf),
  };
}

function inputOf(part: LanguageModelV4TextPart | LanguageModelV4FilePart): InputItem {
  return part.type === "text" ? text(part.text) : fileInput(part);
}

/**
 * Returns a file as input of a turn.
 *
 * @throws {UnsupportedFunctionalityError} if it is neither an image nor audio nor text
 */
export function fileInput({ data, mediaType, filename }: FileContent): InputItem {
  const [kind] = mediaType.split("/");
  if (data.type === "text") return text(named(filename, data.text));
  if (data.type === "url" && (kind === "image" || kind === "audio")) {
    // The AI SDK has downloaded what is not supported: only data URLs get here.
    return kind === "image" ? image(data.url.href) : audio(data.url.href);
  }
  if (data.type === "data") {
    if (kind === "image") return image(dataSource(data.data, mediaType), mimeOf(data, mediaType));
    if (kind === "audio") return audio(dataSource(data.data, mediaType), mimeOf(data, mediaType));
    if (kind === "text" || mediaType === "application/json") {
      return text(named(filename, textOf(data.data)));
    }
  }
  throw new UnsupportedFunctionalityError({
    functionality: `file input of the type ${mediaType} (${data.type})`,
    message: `Codex takes images, audio and text, not a file of the type "${mediaType}"` +
      " with this kind of data: put it into the agent's directory and name its path",
  });
}

/** What fileInput() needs of a file. */
export type FileContent = Pick<LanguageModelV4FilePart, "data" | "mediaType" | "filename">;

function dataSource(data: Uint8Array | string, mediaType: string): string | Uint8Array {
  if (typeof data !== "string") return data;
  return data.startsWith("data:")
    ? data
    : isWhole(mediaType)
    ? `data:${mediaType};base64,${data}`
    : bytesOf(data);
}

/** Says the media type of bytes; `image` or `image/*` leave it to the bytes themselves. */
function mimeOf({ data }: { readonly data: unknown }, mediaType: string): { mimeType?: string } {
  return typeof data !== "string" && isWhole(mediaType) ? { mimeType: mediaType } : {};
}

function isWhole(mediaType: string): boolean {
  return /^[^/*]+\/[^/*]+$/.test(mediaType);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

function textOf(data: Uint8Array | string): string {
  return new TextDecoder().decode(typeof data === "string" ? bytesOf(data) : data);
}

function named(filename: string | undefined, content: string): string {
  return filename === undefined ? content : `${filename}:\n${content}`;
}
