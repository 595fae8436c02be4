/** Converts the input of a turn to the wire's form. */
import type { ImageDetail, TurnToolOutput, UserInput } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { redact } from "../../util/redact.ts";
import type { ExternalMessage, InputItem, RunInput, TurnInput } from "./input.ts";
import { fetchMedia, mediaDataUrl } from "./media.ts";
import { isBlob } from "../../util/realm.ts";

/** A converted part, or a function that reads and converts it. */
type Part = UserInput | (() => Promise<UserInput>);

/**
 * Checks an input and converts it to the wire's form; returns a promise only if it contains blobs or URLs to read.
 *
 * @throws {TypeError} if it is empty or a part is of an unknown kind
 */
export function wireInput(
  input: TurnInput,
  signal?: AbortSignal,
): UserInput[] | Promise<UserInput[]> {
  const parts = Array.isArray(input)
    ? input as readonly (string | InputItem)[]
    : [input as string | InputItem];
  if (parts.length === 0) {
    throw new TypeError("The input must have at least one part, got an empty array");
  }
  const items = parts.map((part) => wireItem(part, signal));
  if (items.every((item) => !isUnread(item) && item.type === "text" && item.text.trim() === "")) {
    throw new TypeError("The input must have non-blank text or another part, got only blank text");
  }
  if (!items.some(isUnread)) return items as UserInput[];
  return Promise.all(items.map((item) => isUnread(item) ? item() : item));
}

const MESSAGE: OptionNames<ExternalMessage> = {
  type: true,
  name: true,
  namespace: true,
  output: true,
};

/**
 * Returns the `toolOutput` of a turn whose whole input is an external message; `undefined` for any other input.
 *
 * @throws {TypeError} if a field has the wrong type
 */
export function wireToolOutput(input: RunInput): TurnToolOutput | undefined {
  if (!isRecord(input) || input.type !== "externalMessage") return undefined;
  checkOptionNames("externalMessage()", input, MESSAGE);
  const { name, namespace = null, output } = input as unknown as Record<string, unknown>;
  if (typeof name !== "string" || name.trim() === "") {
    throw new TypeError(
      `"name" of an external message must be a non-blank string, got ${JSON.stringify(name)}`,
    );
  }
  if (namespace !== null && (typeof namespace !== "string" || namespace === "")) {
    throw new TypeError(
      `"namespace" of an external message must be a non-empty string, got ${
        JSON.stringify(namespace)
      }`,
    );
  }
  if (typeof output === "string" ? output.trim() === "" : !isContent(output)) {
    throw new TypeError(
      `"output" of an external message must be non-blank text or content, got ${
        JSON.stringify(output)
      }`,
    );
  }
  return { name, namespace, output: output as TurnToolOutput["output"] };
}

function isContent(output: unknown): boolean {
  return Array.isArray(output) && output.length > 0 && output.every(isRecord);
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
      if ((part as { readonly type?: unknown } | null | undefined)?.type === "externalMessage") {
        throw new TypeError(
          "An external message must be the whole input of run() or turn(); it cannot be steered, nor be a goal or a result",
        );
      }
      throw new TypeError(
        `A part of the input must be a string or an input object, got ${JSON.stringify(part)}`,
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
    if (!isBlob(blob)) {
      throw new TypeError(`"blob" of the input part "${type}" must be a Blob, got ${typeof blob}`);
    }
    return async () => wire(mediaDataUrl(type, await blob.arrayBuffer(), blob.type || undefined));
  }
  const url = field(part, "url");
  if (!/^\s*https?:/i.test(url)) return wire(url);
  if (part.fetch === true) return async () => wire(await fetchMedia(type, url.trim(), signal));
  throw new TypeError(
    `"url" of the input part "${type}" must be a data: URL, because the server does not fetch URLs ` +
      `(with "fetch: true" the SDK does), got "${redact(url)}"`,
  );
}

function field(part: InputItem, name: string): string {
  const value = (part as unknown as Record<string, unknown>)[name];
  const mayBeEmpty = name === "text";
  if (typeof value === "string" && (mayBeEmpty || value !== "")) return value;
  const expected = mayBeEmpty ? "a string" : "a non-empty string";
  throw new TypeError(
    `"${name}" of the input part "${part.type}" must be ${expected}, got ${JSON.stringify(value)}`,
  );
}
