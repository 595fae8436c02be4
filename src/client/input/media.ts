/** Images and audio as `data:` URLs. */
import { InputFetchError } from "../../errors/turn_errors.ts";
import { encodeBase64 } from "../../util/bytes.ts";
import { redact } from "../../util/redact.ts";
import { isArrayBuffer, isUint8Array } from "../../util/realm.ts";

/**
 * Bytes in memory.
 *
 * @example
 * ```ts
 * import type { MediaBytes } from "@codex-app-server/sdk/types";
 *
 * async function download(url: string): Promise<MediaBytes> {
 *   return await (await fetch(url)).arrayBuffer();
 * }
 * ```
 */
export type MediaBytes = Uint8Array | ArrayBuffer;

/** The first bytes of media files; `.` matches any byte. */
const SIGNATURES: readonly (readonly [signature: string, mimeType: string])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF8", "image/gif"],
  ["RIFF....WEBP", "image/webp"],
  ["RIFF....WAVE", "audio/wav"],
  ["ID3", "audio/mpeg"],
  ["OggS", "audio/ogg"],
  ["fLaC", "audio/flac"],
];

/**
 * Converts bytes to a `data:` URL.
 *
 * @throws {TypeError} if these are not bytes, or `mimeType` is missing and cannot be detected
 */
export function mediaDataUrl(
  kind: "image" | "audio",
  source: MediaBytes,
  mimeType: string | undefined,
): string {
  const bytes = asBytes(kind, source);
  if (bytes.length === 0) throw new TypeError(`The ${kind} must not be empty`);
  const type = mimeType || mimeTypeOf(bytes);
  if (type === undefined) {
    throw new TypeError(`Cannot detect the media type of the ${kind}: set "mimeType"`);
  }
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(type)) {
    throw new TypeError(
      `"mimeType" must be like "${kind === "image" ? "image/png" : "audio/wav"}", got ${
        JSON.stringify(mimeType)
      }`,
    );
  }
  return `data:${type};base64,${encodeBase64(bytes)}`;
}

function asBytes(kind: string, source: unknown): Uint8Array {
  if (isUint8Array(source)) return source;
  if (isArrayBuffer(source)) return new Uint8Array(source);
  throw new TypeError(
    `An ${kind} must be a Uint8Array, an ArrayBuffer, a Blob or a data: URL, got ${
      source === null ? "null" : typeof source
    }`,
  );
}

function mimeTypeOf(bytes: Uint8Array): string | undefined {
  const begin = String.fromCharCode(...bytes.subarray(0, 12));
  const matches = (signature: string): boolean =>
    [...signature].every((char, index) => char === "." || char === begin[index]);
  return SIGNATURES.find(([signature]) => matches(signature))?.[1];
}

/** The most bytes that are fetched. */
const MAX_FETCHED_BYTES = 64 * 1_024 * 1_024;

/**
 * Fetches media as a `data:` URL.
 *
 * @throws {InputFetchError} if the URL does not return such media; `signal.reason` if the signal fires
 */
export async function fetchMedia(
  kind: "image" | "audio",
  url: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new TypeError(`the response was HTTP ${response.status}`);
    }
    const bytes = await readAll(response);
    const [mimeType = ""] = (response.headers.get("content-type") ?? "").split(";");
    return mediaDataUrl(kind, bytes, mimeType.startsWith(`${kind}/`) ? mimeType : undefined);
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new InputFetchError(redact(url), cause);
  }
}

async function readAll({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // A throw inside the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_FETCHED_BYTES) {
      throw new RangeError(`it has more than ${MAX_FETCHED_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
