/** What a command reads: a stream of the caller's, sent in few messages. */
import { InvalidStateError } from "../../errors/codex_error.ts";
import { encodeBase64 } from "../../util/bytes.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { startTimer } from "../../util/timer.ts";

/** Bytes that wait here before the writer has to. */
const BUFFER_BYTES = 1_024 * 1_024;
/** Bytes of one message, at most. */
const MESSAGE_BYTES = 4 * 1_024 * 1_024;
/** Messages in a row while the command writes nothing; then only one each {@linkcode PAUSE_MS}. */
const BURST = 96;
const PAUSE_MS = 1_000;

/** One message to the command. */
export interface StdinMessage {
  readonly deltaBase64?: string;
  readonly closeStdin?: true;
}

/**
 * Sends what is written, one message at a time, joining what waits.
 *
 * The server keeps 128 messages that a command has not read. With one more it hears nothing of that command any longer,
 * its kill and its time limit included, and cannot end itself: so messages are few, and slow down when the command gives
 * no sign of life.
 */
export class ExecStdin {
  /** What the caller writes to. */
  readonly writable: WritableStream<Uint8Array>;
  readonly #send: (message: StdinMessage) => Promise<unknown>;
  readonly #controller: WritableStreamDefaultController;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #budget = BURST;
  #pause: Deferred<void> | undefined;
  #room: Deferred<void> | undefined;
  #closed: Deferred<void> | undefined;
  #pumping = false;
  #ended = false;

  /** Makes the input of a command; nothing is sent before something is written. */
  constructor(send: (message: StdinMessage) => Promise<unknown>) {
    this.#send = send;
    let controller!: WritableStreamDefaultController;
    this.writable = new WritableStream<Uint8Array>({
      start: (own) => void (controller = own),
      write: (piece) => this.#write(piece),
      close: () => this.#close(),
      abort: () => void this.#abandon(),
    });
    this.#controller = controller;
  }

  /** Gives the command these bytes and no more; fulfils when all were taken. */
  feed(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) this.#add(bytes);
    return this.#close();
  }

  /** Takes note that the command wrote something: it lives, and most likely reads. */
  onOutput(): void {
    this.#budget = BURST;
    this.#pause?.resolve();
  }

  /** Ends the stream: the command has ended. */
  end(reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const error = reason ?? new InvalidStateError("Cannot write to stdin: the command has ended");
    const isLost = reason !== undefined || this.#waitingBytes > 0;
    this.#forget();
    this.#pause?.resolve();
    this.#room?.reject(error); // the stream ends only when what it waits for has
    if (isLost) this.#closed?.reject(error);
    else this.#closed?.resolve();
    this.#controller.error(error);
  }

  #write(piece: Uint8Array): Promise<void> | undefined {
    if (!(piece instanceof Uint8Array)) {
      throw new TypeError("Only bytes can be written to stdin: encode the text first");
    }
    if (piece.length === 0) return undefined;
    this.#add(piece.slice()); // the caller may use the array again
    if (this.#waitingBytes <= BUFFER_BYTES) return undefined;
    this.#room ??= deferred<void>();
    return this.#room.promise;
  }

  #close(): Promise<void> {
    const closed = this.#closed ??= deferred<void>();
    closed.promise.catch(() => {}); // not everybody waits for it
    this.#wake();
    return closed.promise;
  }

  #abandon(): void {
    this.#forget();
    this.#close();
  }

  #add(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#wake();
  }

  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #wake(): void {
    if (this.#pumping || this.#ended) return;
    this.#pumping = true;
    this.#pump().catch((error: unknown) => this.end(error));
  }

  async #pump(): Promise<void> {
    try {
      await Promise.resolve(); // what is written in one go becomes one message
      while (!this.#ended && (this.#waitingBytes > 0 || this.#closed !== undefined)) {
        if (this.#budget > 0) this.#budget--;
        else await this.#takePause();
        if (this.#ended) return;
        const bytes = this.#take();
        const isLast = this.#closed !== undefined && this.#waitingBytes === 0;
        await this.#send({
          ...(bytes.length > 0 ? { deltaBase64: encodeBase64(bytes) } : {}),
          ...(isLast ? { closeStdin: true } : {}),
        });
        if (isLast) return this.#finish();
      }
    } finally {
      this.#pumping = false; // in the same turn as the last look at what waits
    }
  }

  #finish(): void {
    this.#ended = true;
    this.#closed?.resolve();
  }

  async #takePause(): Promise<void> {
    const pause = deferred<void>();
    this.#pause = pause;
    const stop = startTimer(PAUSE_MS, () => pause.resolve());
    await pause.promise;
    stop();
    this.#pause = undefined;
  }

  /** Takes what waits, up to the size of a message. */
  #take(): Uint8Array {
    const size = Math.min(this.#waitingBytes, MESSAGE_BYTES);
    const taken = new Uint8Array(size);
    let at = 0;
    let whole = 0;
    while (at < size) {
      const piece = this.#waiting[whole] as Uint8Array;
      const part = piece.subarray(0, size - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === piece.length) whole++;
      else this.#waiting[whole] = piece.subarray(part.length);
    }
    this.#waiting.splice(0, whole);
    this.#waitingBytes -= size;
    if (this.#waitingBytes <= BUFFER_BYTES) {
      this.#room?.resolve();
      this.#room = undefined;
    }
    return taken;
  }
}
