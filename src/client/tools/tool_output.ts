/** Converts the result of a tool to the wire's form. */
import type { DynamicToolCallOutputContentItem as ContentItem } from "../../generated/types.ts";
import { errorText } from "../../util/error_text.ts";
import { isRecord } from "../../util/is_record.ts";
import type { InputItem } from "../input/input.ts";
import { wireInput } from "../input/input_wire.ts";
import { mediaDataUrl } from "../input/media.ts";
import { isArrayBuffer, isBlob, isUint8Array } from "../../util/realm.ts";

/** The output of a tool that returned `undefined`; the model could take an empty one for a missing one. */
const NOTHING = "(no output)";

/** The fields of content parts, the SDK's and the wire's; an object with other fields is data. */
const CONTENT_FIELDS: Readonly<Record<string, readonly [needed: string[], others: string[]]>> = {
  text: [["text"], []],
  image: [["url"], ["detail", "fetch"]],
  audio: [["url"], ["fetch"]],
  inputText: [["text"], []],
  inputImage: [["imageUrl"], []],
  inputAudio: [["audioUrl"], []],
};

/**
 * Converts a result to content: text, media and arrays of these as they are, anything else as JSON.
 *
 * @throws {TypeError} if it cannot be JSON, or is media that cannot be sent
 * @throws {InputFetchError} if media cannot be fetched; `signal.reason` if the signal fires
 */
export async function toolOutput(value: unknown, signal: AbortSignal): Promise<ContentItem[]> {
  const parts = Array.isArray(value) && value.some((part) => isContent(part)) ? value : [value];
  return await Promise.all(parts.map((part) => contentItem(part, signal)));
}

function isContent(value: unknown): boolean {
  if (isMedia(value)) return true;
  if (!isRecord(value) || typeof value.type !== "string") return false;
  if (value.type === "image" || value.type === "audio") {
    if (isBlob(value.blob)) return true;
  }
  const [needed, others] = Object.hasOwn(CONTENT_FIELDS, value.type)
    ? CONTENT_FIELDS[value.type] ?? [[], []]
    : [[], []];
  const known = new Set(["type", ...needed, ...others]);
  return needed.length > 0 && needed.every((field) => typeof value[field] === "string") &&
    Object.keys(value).every((field) => known.has(field));
}

function isMedia(value: unknown): value is Blob | Uint8Array | ArrayBuffer {
  return isBlob(value) || isUint8Array(value) || isArrayBuffer(value);
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

/** The server accepts only `data:` URLs. */
function mediaItem(url: string): ContentItem {
  if (/^data:audio\//i.test(url)) return { type: "inputAudio", audioUrl: url };
  if (/^data:/i.test(url)) return { type: "inputImage", imageUrl: url };
  throw new TypeError("An image or audio must be a data: URL, bytes or a Blob");
}

async function dataUrl(media: Blob | Uint8Array | ArrayBuffer): Promise<string> {
  if (!isBlob(media)) return mediaDataUrl("image", media, undefined);
  if (/^(?:(?:image|audio)\/.*)?$/.test(media.type)) {
    return mediaDataUrl("image", await media.arrayBuffer(), media.type || undefined);
  }
  throw new TypeError(`A Blob must be an image or audio, got "${media.type}"`);
}

function jsonText(value: unknown): string {
  if (value === undefined) return NOTHING;
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_key, part: unknown) => {
      if (vanishes(part)) {
        throw new TypeError(`it contains a "${classOf(part)}", which has no JSON`);
      }
      return part;
    });
  } catch (cause) {
    throw new TypeError(`The result cannot be converted to JSON: ${errorText(cause)}`, { cause });
  }
  if (text === undefined) {
    throw new TypeError(`The result cannot be converted to JSON: it is a ${typeof value}`);
  }
  return text;
}

function classOf(value: object): string {
  const { constructor } = value as { readonly constructor: unknown };
  return typeof constructor === "function"
    ? constructor.name
    : Object.prototype.toString.call(value).slice("[object ".length, -1); // generators have none
}

/**
 * Whether the JSON of a class instance would be `{}`, as for a `Map`, a `Response`, a stream or a promise that was not
 * awaited. The model would take that for an empty result.
 */
function vanishes(part: unknown): part is object {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return false;
  const prototype: unknown = Object.getPrototypeOf(part);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return !isPlain && Object.keys(part).length === 0;
}
