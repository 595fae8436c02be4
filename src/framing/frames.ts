import { LineSplitter, type LineSplitterOptions } from "./line_splitter.ts";

/**
 * Encodes one frame as a line: UTF-8 and a newline.
 *
 * @throws {TypeError} if the frame contains a newline, which would end it too early
 */
export function encodeFrame(frame: string): Uint8Array {
  if (frame.includes("\n")) throw new TypeError("Cannot send the frame: it contains a newline");
  return new TextEncoder().encode(frame + "\n");
}

/**
 * Converts a byte stream to batches of frames: one batch per chunk that completed at least one line.
 *
 * Reads one chunk at a time, on demand. If the source fails, so does the returned stream; a line over the limit fails
 * it with `MessageTooLargeError` after the preceding lines. Cancelling the stream cancels the source.
 */
export function frameStream(
  source: ReadableStream<Uint8Array>,
  options: LineSplitterOptions = {},
): ReadableStream<readonly string[]> {
  const splitter = new LineSplitter(options);
  const reader = source.getReader();

  async function pull(
    controller: ReadableStreamDefaultController<readonly string[]>,
  ): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = done ? splitter.end() : splitter.push(value);
      if (lines.length > 0) controller.enqueue(lines);
      if (splitter.failure !== undefined) throw splitter.failure;
      if (done) return controller.close();
      if (lines.length > 0) return;
    }
  }

  return new ReadableStream<readonly string[]>({
    async pull(controller): Promise<void> {
      try {
        await pull(controller);
      } catch (error) {
        // Notify the source. If it failed by itself, `cancel()` rejects with the same error, which is already handled.
        reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    cancel: (reason): Promise<void> => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
