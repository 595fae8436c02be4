/** The type of bytes that are given out. */

/**
 * Bytes of an array of their own, as `Blob`, `Response`, `crypto.subtle` and `TextDecoderStream` take them:
 * `Uint8Array<ArrayBuffer>`, which TypeScript before 5.7 cannot write.
 *
 * @example
 * ```ts
 * import type { Bytes } from "@codex-app-server/sdk";
 *
 * const hash = (bytes: Bytes): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", bytes);
 * ```
 */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** Bytes for one call of `btoa`: a multiple of three, and not too many arguments. */
const CHUNK = 3 * 8_192;

/** Node has the static method from 25 on; Deno and Bun have it. */
interface NativeDecoder {
  readonly fromBase64?: (text: string) => Bytes;
}

/** Writes bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  const native = (bytes as { readonly toBase64?: () => string }).toBase64;
  if (native !== undefined) return native.call(bytes);
  let encoded = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const chunk = bytes.subarray(start, start + CHUNK);
    // A spread of the same bytes took three times as long on Node 20.
    encoded += btoa(String.fromCharCode.apply(null, chunk as unknown as number[]));
  }
  return encoded;
}

/**
 * Reads base64 into a fresh array.
 *
 * @throws {Error} when the text is no base64
 */
export function decodeBase64(text: string): Bytes {
  const native = (Uint8Array as NativeDecoder).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
