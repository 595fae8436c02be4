/** Pipes and sockets of Node, Bun and Deno as Web Streams. */
import type { Readable, Writable } from "node:stream";

/**
 * Wraps a pipe for writing: each write settles when the system accepted it, even if the pipe is destroyed meanwhile.
 */
export function writableOf(pipe: Writable): WritableStream<Uint8Array> {
  pipe.on("error", () => {}); // reported by the failing write
  return new WritableStream<Uint8Array>({
    start(controller): void {
      controller.signal.addEventListener("abort", () => pipe.destroy(), { once: true });
    },
    write: (chunk): Promise<void> =>
      new Promise((resolve, reject) => {
        pipe.write(chunk, (error) => error ? reject(error) : resolve());
      }),
    close: (): Promise<void> =>
      new Promise((resolve) => {
        if (pipe.closed) return resolve(); // the process is already gone
        pipe.once("close", resolve);
        pipe.end();
      }),
    abort: (): void => void pipe.destroy(),
  });
}

/** Wraps a pipe for reading: reads only on demand, unlike `Readable.toWeb()`. */
export function readableOf(pipe: Readable): ReadableStream<Uint8Array> {
  let failure: Error | undefined;
  let wake = (): void => {};
  const woken = (): void => wake();
  pipe.on("readable", woken).on("end", woken).on("close", woken).on("error", (error) => {
    failure = error;
    wake();
  });
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      for (;;) {
        const chunk: Uint8Array | null = pipe.read();
        if (chunk !== null) return controller.enqueue(chunk);
        if (failure !== undefined) throw failure;
        if (pipe.readableEnded || pipe.destroyed) return controller.close();
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    cancel(): void {
      pipe.destroy();
      wake();
    },
  }, { highWaterMark: 0 });
}
