/** Options of {@linkcode FramePipe}. */
export interface FramePipeOptions {
  /** How many frames wait unread before a write waits for the reader. */
  readonly highWaterMark: number;
  /** Called when the writer has closed or aborted its side. */
  readonly onEnd: () => void;
}

/** One direction of a connection in memory: frames in, batches of all that waited for the reader out. */
export class FramePipe {
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  #input!: ReadableStreamDefaultController<readonly string[]>;
  #output!: WritableStreamDefaultController;
  #waiting: string[] = [];
  /** Whether a reader waits for the next frame. */
  #wanted = false;
  /** Nothing more can be given to the reader. */
  #ended = false;
  /** Lets the write go on that waits for the reader. */
  #release: (() => void) | undefined;

  constructor({ highWaterMark, onEnd }: FramePipeOptions) {
    this.readable = new ReadableStream<readonly string[]>({
      start: (controller): void => {
        this.#input = controller;
      },
      pull: (): void => {
        this.#wanted = true;
        this.#flush();
      },
      cancel: (): void => this.#discard(),
    }, { highWaterMark: 0 });
    const endByWriter = (): void => {
      this.end();
      onEnd();
    };
    this.writable = new WritableStream<string>({
      start: (controller): void => {
        this.#output = controller;
      },
      write: (frame): Promise<void> | undefined => this.#write(frame, highWaterMark),
      close: endByWriter,
      abort: endByWriter,
    });
  }

  /** Ends reading after the frames that wait; with an error, later writes reject with it. */
  end(writeError?: unknown): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#flush();
      this.#input.close();
    }
    if (writeError !== undefined) this.#output.error(writeError);
  }

  #write(frame: string, highWaterMark: number): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#waiting.push(frame);
    if (this.#wanted) this.#flush();
    if (this.#waiting.length < highWaterMark) return undefined;
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  #flush(): void {
    if (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#wanted = false;
      this.#input.enqueue(batch);
    }
    this.#release?.();
    this.#release = undefined;
  }

  /** After a cancel frames go nowhere, and a write no longer waits. */
  #discard(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#release?.();
    this.#release = undefined;
  }
}
