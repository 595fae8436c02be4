/** Reads a process's output to its end, which may never come: a grandchild can keep the pipe open after the exit. */
import { PushStream } from "../util/push_stream.ts";
import { startTimer } from "../util/timer.ts";

/** Options of {@linkcode drainPipe}. */
export interface DrainPipeOptions {
  /** Fulfils when the process has exited. */
  readonly exited: Promise<unknown>;
  /** Called with each chunk, in order. Its memory is used again after the call. */
  readonly onChunk: (chunk: Uint8Array) => void;
  /** Waits for the consumer before a read; not called after the exit. */
  readonly room?: () => Promise<void> | undefined;
  /**
   * Whether a pipe that has events may push the rest: each chunk as it arrives, in a turn of the event loop of its own.
   * Asked before the first read.
   */
  readonly isPushed?: () => boolean;
}

const CHUNK_BYTES = 64 * 1024;

// Silence is counted in short ticks: after a blocked event loop, a single long timer would fire before the chunks that
// arrived meanwhile are read, but a blocked loop uses up only one tick.
const TICK_MS = 50;
const SILENT_TICKS = 5;
// Bounds the wait for a grandchild that keeps writing.
const TICKS_AFTER_EXIT = 60;

/**
 * Reads a pipe to its end; after the exit, until it is silent for 250 ms, but only for a few seconds.
 *
 * Before the exit it reads no faster than its consumer. After the exit it reads everything that the pipe buffered
 * immediately, and the consumer may take its time.
 */
export async function drainPipe(
  pipe: ReadableStream<Uint8Array>,
  options: DrainPipeOptions,
): Promise<void> {
  const { room, onChunk, isPushed } = options;
  const reader = chunkReader(pipe);
  let silentTicks = 0;
  let stopTimer: (() => void) | undefined;
  let ended = false;

  function tick(ticksLeft: number): void {
    if (ended) return;
    if (silentTicks >= SILENT_TICKS || ticksLeft === 0) {
      reader.cancel().catch(() => {}); // the pending read returns `done`
      return;
    }
    silentTicks++;
    stopTimer = startTimer(TICK_MS, () => tick(ticksLeft - 1));
  }

  options.exited.then(() => tick(TICKS_AFTER_EXIT));
  const take = (chunk: Uint8Array): void => {
    silentTicks = 0;
    onChunk(chunk);
  };
  try {
    for (;;) {
      const wait = room?.();
      if (wait !== undefined) await wait;
      if (isPushed?.() && pipe instanceof PushStream && pipe.push(take)) {
        await reader.closed;
        return;
      }
      const { done, value } = await reader.read();
      if (done || value === undefined) return;
      take(value);
    }
  } catch {
    // A failing pipe has ended; the exit of the process says why.
  } finally {
    ended = true;
    stopTimer?.();
  }
}

interface ChunkReader {
  readonly closed: Promise<unknown>;
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/**
 * Reads into one buffer, if the pipe can: Deno otherwise takes a new one of 64 KiB for each chunk, and most chunks of a
 * model's answer are a few hundred bytes.
 */
function chunkReader(pipe: ReadableStream<Uint8Array>): ChunkReader {
  const reader = byobReader(pipe);
  if (reader === undefined) return pipe.getReader();
  let buffer = new Uint8Array(CHUNK_BYTES);
  return {
    closed: reader.closed,
    async read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> {
      const result = await reader.read(buffer);
      if (result.value !== undefined) buffer = new Uint8Array(result.value.buffer);
      return result;
    },
    cancel: () => reader.cancel(),
  };
}

function byobReader(pipe: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return pipe.getReader({ mode: "byob" });
  } catch {
    return undefined; // not a stream of bytes
  }
}
