/** Pipes and sockets of Node, Bun and Deno as Web Streams. */
import type { Readable, Writable } from "node:stream";
import { PushStream } from "../src/util/push_stream.ts";

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

/** Wraps a pipe for reading: reads only on demand, unlike `Readable.toWeb()`, or pushes what its events bring. */
export function readableOf(pipe: Readable): PushStream<Uint8Array> {
  let failure: Error | undefined;
  let isRead = false;
  let isCancelled = false;
  let wake = (): void => {};
  const woken = (): void => wake();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  // Until it is known how the pipe is read, this keeps Node from dropping what it holds at the exit of its process.
  pipe.on("readable", woken).on("end", woken).on("close", woken).on("error", (error) => {
    failure = error;
    wake();
  });
  return new PushStream<Uint8Array>({
    start: (given): void => void (controller = given),
    async pull(): Promise<void> {
      isRead = true;
      for (;;) {
        const chunk: Uint8Array | null = pipe.read();
        if (chunk !== null) return controller.enqueue(chunk);
        if (failure !== undefined) throw failure;
        if (pipe.readableEnded || pipe.destroyed) return controller.close();
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    push(sink): boolean {
      if (isRead || failure !== undefined || pipe.readableEnded || pipe.destroyed) return false;
      wake = (): void => {
        if (isCancelled) return;
        if (failure !== undefined) controller.error(failure);
        else if (pipe.readableEnded || pipe.destroyed) controller.close();
        else return;
        wake = (): void => {};
      };
      pipe.off("readable", woken).on("data", sink);
      return true;
    },
    cancel(): void {
      isCancelled = true;
      pipe.destroy();
      wake();
    },
  });
}
