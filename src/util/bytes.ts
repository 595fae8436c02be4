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
