/** Brings an input into the wire's form. */
import type { ImageDetail, UserInput } from "../../generated/types.ts";
import { redact } from "../../util/redact.ts";
import type { InputItem, TurnInput } from "./input_items.ts";
import { mediaDataUrl } from "./media_data.ts";
import { fetchMedia } from "./media_fetch.ts";

/** A part that is ready, or how to get it ready. */
type Part = UserInput | (() => Promise<UserInput>);

/**
 * Checks an input and brings it into the wire's form: at once, or after reading the blobs and addresses in it.
 *
 * @throws {TypeError} when it is empty or a part is none of the known kinds
 */
export function wireInput(
  input: TurnInput,
  signal?: AbortSignal,
): UserInput[] | Promise<UserInput[]> {
  const parts = Array.isArray(input)
    ? input as readonly (string | InputItem)[]
    : [input as string | InputItem];
  if (parts.length === 0) {
    throw new TypeError("The input must hold at least one part, got an empty list");
  }
  const items = parts.map((part) => wireItem(part, signal));
  if (items.every((item) => !isUnread(item) && item.type === "text" && item.text.trim() === "")) {
    throw new TypeError("The input must hold some text or another part, got blank text only");
  }
  if (!items.some(isUnread)) return items as UserInput[];
  return Promise.all(items.map((item) => isUnread(item) ? item() : item));
}

function isUnread(part: Part): part is () => Promise<UserInput> {
  return typeof part === "function";
}

function wireItem(part: string | InputItem, signal: AbortSignal | undefined): Part {
  if (typeof part === "string") return { type: "text", text: part, text_elements: [] };
  switch (part?.type) {
    case "text":
      return { type: "text", text: field(part, "text"), text_elements: [] };
    case "image": {
      const { detail } = part;
      return media(part, signal, (url) => ({ type: "image", url, ...detailOf(detail) }));
    }
    case "audio":
      return media(part, signal, (url) => ({ type: "audio", url }));
    case "localImage":
      return { type: "localImage", path: field(part, "path"), ...detailOf(part.detail) };
    case "localAudio":
      return { type: "localAudio", path: field(part, "path") };
    case "skill":
    case "mention":
      return { type: part.type, name: field(part, "name"), path: field(part, "path") };
    default:
      throw new TypeError(
        `A part of the input must be a text or an input object, got ${JSON.stringify(part)}`,
      );
  }
}

function detailOf(detail: ImageDetail | undefined): { readonly detail?: ImageDetail } {
  return detail === undefined ? {} : { detail };
}

function media(
  part: Extract<InputItem, { type: "image" | "audio" }>,
  signal: AbortSignal | undefined,
  wire: (url: string) => UserInput,
): Part {
  const { type } = part;
  if ("blob" in part) {
    const { blob } = part;
    if (!(blob instanceof Blob)) {
      throw new TypeError(`"blob" of the input part "${type}" must be a Blob, got ${typeof blob}`);
    }
    return async () => wire(mediaDataUrl(type, await blob.arrayBuffer(), blob.type || undefined));
  }
  const url = field(part, "url");
  if (!/^\s*https?:/i.test(url)) return wire(url);
  if (part.fetch === true) return async () => wire(await fetchMedia(type, url.trim(), signal));
  throw new TypeError(
    `"url" of the input part "${type}" must be a data: URL, as the server fetches nothing ` +
      `(the option "fetch: true" has the SDK do it), got "${redact(url)}"`,
  );
}

function field(part: InputItem, name: string): string {
  const value = (part as unknown as Record<string, unknown>)[name];
  const mayBeEmpty = name === "text";
  if (typeof value === "string" && (mayBeEmpty || value !== "")) return value;
  const wanted = mayBeEmpty ? "a text" : "a text that is not empty";
  throw new TypeError(
    `"${name}" of the input part "${part.type}" must be ${wanted}, got ${JSON.stringify(value)}`,
  );
}
