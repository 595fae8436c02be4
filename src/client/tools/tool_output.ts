/** Brings what a tool gave into the wire's form. */
import type { DynamicToolCallOutputContentItem as ContentItem } from "../../generated/types.ts";
import { errorText } from "../../util/error_text.ts";
import { isRecord } from "../../util/is_record.ts";
import type { InputItem } from "../input/input.ts";
import { wireInput } from "../input/input_wire.ts";
import { mediaDataUrl } from "../input/media.ts";

/** What the model reads of a tool that gave nothing: an empty output might read as none. */
const NOTHING = "(no output)";

/** The fields of what counts as content: the SDK's own parts, and the wire's. A value with others is data. */
const CONTENT_FIELDS: Readonly<Record<string, readonly [needed: string[], others: string[]]>> = {
  text: [["text"], []],
  image: [["url"], ["detail", "fetch"]],
  audio: [["url"], ["fetch"]],
  inputText: [["text"], []],
  inputImage: [["imageUrl"], []],
  inputAudio: [["audioUrl"], []],
};

/**
 * Makes content of what a tool gave: of text, media and their lists what they are, of all else its JSON.
 *
 * @throws {TypeError} when it is no JSON, or media that cannot be sent
 * @throws {InputFetchError} when media could not be fetched; `signal.reason` when the signal fires
 */
export async function toolOutput(value: unknown, signal: AbortSignal): Promise<ContentItem[]> {
  const parts = Array.isArray(value) && value.some((part) => isContent(part)) ? value : [value];
  return await Promise.all(parts.map((part) => contentItem(part, signal)));
}

function isContent(value: unknown): boolean {
  if (isMedia(value)) return true;
  if (!isRecord(value) || typeof value.type !== "string") return false;
  if (value.type === "image" || value.type === "audio") {
    if (value.blob instanceof Blob) return true;
  }
  const [needed, others] = Object.hasOwn(CONTENT_FIELDS, value.type)
    ? CONTENT_FIELDS[value.type] ?? [[], []]
    : [[], []];
  const known = new Set(["type", ...needed, ...others]);
  return needed.length > 0 && needed.every((field) => typeof value[field] === "string") &&
    Object.keys(value).every((field) => known.has(field));
}

function isMedia(value: unknown): value is Blob | Uint8Array | ArrayBuffer {
  return value instanceof Blob || value instanceof Uint8Array || value instanceof ArrayBuffer;
}

async function contentItem(part: unknown, signal: AbortSignal): Promise<ContentItem> {
  if (typeof part === "string") return textItem(part);
  if (isMedia(part)) return mediaItem(await dataUrl(part));
  if (!isContent(part)) return textItem(jsonText(part));
  const item = part as ContentItem | Extract<InputItem, { type: "text" | "image" | "audio" }>;
  switch (item.type) {
    case "text":
    case "inputText":
      return textItem(item.text);
    case "inputImage":
      return mediaItem(item.imageUrl);
    case "inputAudio":
      return mediaItem(item.audioUrl);
    default: {
      const [wire] = await wireInput(item, signal);
      if (wire !== undefined && "url" in wire) return mediaItem(wire.url);
      throw new TypeError(`A part of type "${item.type}" cannot be sent as the result of a tool`);
    }
  }
}

function textItem(text: string): ContentItem {
  return { type: "inputText", text };
}

/** The server takes no other URL than a `data:` URL. */
function mediaItem(url: string): ContentItem {
  if (/^data:audio\//i.test(url)) return { type: "inputAudio", audioUrl: url };
  if (/^data:/i.test(url)) return { type: "inputImage", imageUrl: url };
  throw new TypeError("An image or a sound must be a data: URL, bytes or a Blob");
}

async function dataUrl(media: Blob | Uint8Array | ArrayBuffer): Promise<string> {
  if (!(media instanceof Blob)) return mediaDataUrl("image", media, undefined);
  if (/^(?:(?:image|audio)\/.*)?$/.test(media.type)) {
    return mediaDataUrl("image", await media.arrayBuffer(), media.type || undefined);
  }
  throw new TypeError(`A Blob must hold an image or a sound, got "${media.type}"`);
}

function jsonText(value: unknown): string {
  if (value === undefined) return NOTHING;
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_key, part: unknown) => {
      if (vanishes(part)) {
        throw new TypeError(`nothing would be left of the "${classOf(part)}" in it`);
      }
      return part;
    });
  } catch (cause) {
    throw new TypeError(`The result is no JSON: ${errorText(cause)}`, { cause });
  }
  if (text === undefined) throw new TypeError(`The result is no JSON: it is a ${typeof value}`);
  return text;
}

function classOf(value: object): string {
  const { constructor } = value as { readonly constructor: unknown };
  return typeof constructor === "function"
    ? constructor.name
    : Object.prototype.toString.call(value).slice("[object ".length, -1); // generators have none
}

/**
 * Whether `{}` is all the JSON of it although it is more: a `Map`, a `Response`, a stream, a promise that nobody waited
 * for. The model would take that for an empty result.
 */
function vanishes(part: unknown): part is object {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return false;
  const prototype: unknown = Object.getPrototypeOf(part);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return !isPlain && Object.keys(part).length === 0;
}
