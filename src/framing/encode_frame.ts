const encoder: TextEncoder = new TextEncoder();

/**
 * Encodes one frame as a line: UTF-8 and a newline.
 *
 * @throws {TypeError} when the frame holds a newline, which would end it too early.
 */
export function encodeFrame(frame: string): Uint8Array {
  if (frame.includes("\n")) throw new TypeError("Cannot send the frame: it holds a newline");
  return encoder.encode(frame + "\n");
}
