/** Values by a callback instead of promises, for a stream that only this library reads. */

/** Accepts a value; returns how many microtasks its readers need before the next one, if the source never waits. */
export type Sink<T> = (value: T) => number | void;

/** The source of a {@linkcode PushStream}. */
export interface PushSource<T> extends UnderlyingDefaultSource<T> {
  /** Passes all values to the sink from now on; returns `false` if some were pulled or wait to be read. */
  push(sink: Sink<T>): boolean;
}

/**
 * A stream that its reader may have pushed: each value then costs a call, not two promises. For others it is an ordinary
 * stream, which reads on demand.
 */
export class PushStream<T> extends ReadableStream<T> {
  readonly #source: PushSource<T>;

  /** Calls `start`, `pull` and `cancel` of the source as any stream does. */
  constructor(source: PushSource<T>, strategy: QueuingStrategy<T> = { highWaterMark: 0 }) {
    super(source, strategy);
    this.#source = source;
  }

  /**
   * Starts to push, for the holder of the stream's reader, whose `closed` tells the end. Returns `false` if the stream has
   * been read, and must be read on.
   */
  push(sink: Sink<T>): boolean {
    return this.#source.push(sink);
  }
}

const READY = Promise.resolve(); // a new one per microtask costs 3 % on Deno

/** Lets readers that need this many microtasks catch up with a source that never waits. */
export async function letRead(microtasks: number): Promise<void> {
  while (microtasks-- > 0) await READY;
}
