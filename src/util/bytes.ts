/** Bytes that the SDK returns, and their base64 form on the wire. */

/**
 * Bytes backed by their own `ArrayBuffer`, as `Blob`, `Response`, `crypto.subtle` and `TextDecoderStream` expect them:
 * `Uint8Array<ArrayBuffer>`, which TypeScript before 5.7 cannot express.
 *
 * @example
 * ```ts
 * import type { Bytes } from "@codex-app-server/sdk/types";
 *
 * const hash = (bytes: Bytes): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", bytes);
 * ```
 */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** Bytes per call of `btoa`: a multiple of three, and few enough to pass as arguments. */
const CHUNK = 3 * 8_192;

/** The native decoder of Deno, Bun and Node 25. */
interface NativeDecoder {
  readonly fromBase64?: (text: string) => Bytes;
}

/** Encodes bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  const native = (bytes as { readonly toBase64?: () => string }).toBase64;
  if (native !== undefined) return native.call(bytes);
  let encoded = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const chunk = bytes.subarray(start, start + CHUNK);
    // Spreading the bytes takes three times as long on Node 20.
    encoded += btoa(String.fromCharCode.apply(null, chunk as unknown as number[]));
  }
  return encoded;
}

/**
 * Decodes base64 into a new array.
 *
 * @throws {Error} if the text is not valid base64
 */
export function decodeBase64(text: string): Bytes {
  const native = (Uint8Array as NativeDecoder).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
