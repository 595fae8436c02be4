import { LineSplitter, type LineSplitterOptions } from "./line_splitter.ts";

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

/**
 * Turns a stream of bytes into batches of frames, one batch per chunk that completed at least one line.
 *
 * It reads on demand alone, one chunk at a time. A failed source fails it, a line over the limit fails it with
 * `MessageTooLargeError` after the lines before it, and cancelling it cancels the source.
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
        // Whoever feeds the source learns of the end; a source that has failed by itself says so again, unheard.
        reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    cancel: (reason): Promise<void> => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
