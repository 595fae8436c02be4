/** Reads an output of a process to its end, which may not come: a grandchild can hold the pipe open after the exit. */
import { startTimer } from "../util/timer.ts";

/** Options of {@linkcode drainPipe}. */
export interface DrainPipeOptions {
  /** Fulfils when the process has exited. */
  readonly exited: Promise<unknown>;
  /** Takes each chunk, in order. */
  readonly onChunk: (chunk: Uint8Array) => void;
  /** Waits for the consumer before a read; after the exit nobody is waited for. */
  readonly room?: () => Promise<void> | undefined;
}

// The silence is counted in short ticks: when the event loop was blocked, a single long timer would fire before the
// chunks that came meanwhile are seen; of ticks, a block uses up one.
const TICK_MS = 50;
const SILENT_TICKS = 5;
// A grandchild that goes on writing cannot keep the end away for ever.
const TICKS_AFTER_EXIT = 60;

/**
 * Reads a pipe to its end; after the exit, until nothing has come for 250 ms, and for a few seconds at most.
 *
 * Before the exit it reads no faster than its consumer. After it, what is left is read at once: no more than the pipe
 * held, and the consumer may take its time.
 */
export async function drainPipe(
  pipe: ReadableStream<Uint8Array>,
  options: DrainPipeOptions,
): Promise<void> {
  const reader = pipe.getReader();
  let silentTicks = 0;
  let stopTimer: (() => void) | undefined;
  let ended = false;

  function tick(ticksLeft: number): void {
    if (ended) return;
    if (silentTicks >= SILENT_TICKS || ticksLeft === 0) {
      reader.cancel().catch(() => {}); // The pending read gives `done`.
      return;
    }
    silentTicks++;
    stopTimer = startTimer(TICK_MS, () => tick(ticksLeft - 1));
  }

  options.exited.then(() => tick(TICKS_AFTER_EXIT));
  try {
    for (;;) {
      await options.room?.();
      const { done, value } = await reader.read();
      if (done) return;
      silentTicks = 0;
      options.onChunk(value);
    }
  } catch {
    // A pipe that fails has ended; why the process ended is told by its exit.
  } finally {
    ended = true;
    stopTimer?.();
  }
}
