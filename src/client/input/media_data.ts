/** Images and sound as `data:` URLs. */
import { encodeBase64 } from "../../util/bytes.ts";

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

/** What media files begin with; `.` stands for any byte. */
const SIGNATURES: readonly (readonly [begin: string, mimeType: string])[] = [
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
 * Writes bytes as a `data:` URL.
 *
 * @throws {TypeError} when these are no bytes, or their type is neither given nor known
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
    throw new TypeError(`The type of the ${kind} is not known from its bytes: give "mimeType"`);
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
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
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
