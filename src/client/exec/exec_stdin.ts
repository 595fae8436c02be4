/** Standard input of a command: a writable stream, sent in few messages. */
import { InvalidStateError } from "../../errors/codex_error.ts";
import { encodeBase64 } from "../../util/bytes.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { startTimer } from "../../util/timer.ts";
import { isUint8Array } from "../../util/realm.ts";

/** Unsent bytes above which writes wait. */
const BUFFER_BYTES = 1_024 * 1_024;
/** Most bytes in one message. */
const MESSAGE_BYTES = 4 * 1_024 * 1_024;
/** Messages sent in a row while the command writes nothing; after that, one per {@linkcode PAUSE_MS}. */
const BURST = 96;
const PAUSE_MS = 1_000;

/** One message to the command. */
export interface StdinMessage {
  readonly deltaBase64?: string;
  readonly closeStdin?: true;
}

/**
 * Sends the written bytes, one message at a time, joining those that wait.
 *
 * The server queues 128 messages that a command has not read. One more blocks it for that command, including the kill and
 * the time limit, and it cannot shut down: so messages are few, and slow down while the command shows no activity.
 */
export class ExecStdin {
  /** The caller's side. */
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

  /** Sends nothing before something is written. */
  constructor(send: (message: StdinMessage) => Promise<unknown>) {
    this.#send = send;
    let controller!: WritableStreamDefaultController;
    this.writable = new WritableStream<Uint8Array>({
      start: (own) => void (controller = own),
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: () => void this.#abort(),
    });
    this.#controller = controller;
  }

  /** Sends these bytes and the end of input; fulfils when all were accepted. */
  feed(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) this.#add(bytes);
    return this.#close();
  }

  /** Records that the command wrote something: it is alive, and most likely reading. */
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
    this.#room?.reject(error); // the stream errors only after its pending write has settled
    if (isLost) this.#closed?.reject(error);
    else this.#closed?.resolve();
    this.#controller.error(error);
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    if (!isUint8Array(chunk)) {
      throw new TypeError("Only bytes can be written to stdin: encode the text first");
    }
    if (chunk.length === 0) return undefined;
    this.#add(chunk.slice()); // the caller may reuse the array
    if (this.#waitingBytes <= BUFFER_BYTES) return undefined;
    this.#room ??= deferred<void>();
    return this.#room.promise;
  }

  #close(): Promise<void> {
    const closed = this.#closed ??= deferred<void>();
    closed.promise.catch(() => {}); // nobody may be waiting
    this.#wake();
    return closed.promise;
  }

  #abort(): void {
    this.#forget();
    this.#close();
  }

  #add(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
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
      await Promise.resolve(); // synchronous writes become one message
      while (!this.#ended && (this.#waitingBytes > 0 || this.#closed !== undefined)) {
        if (this.#budget > 0) this.#budget--;
        else await this.#pauseOnce();
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
      this.#pumping = false; // in the same microtask as the last check of the queue
    }
  }

  #finish(): void {
    this.#ended = true;
    this.#closed?.resolve();
  }

  async #pauseOnce(): Promise<void> {
    const pause = deferred<void>();
    this.#pause = pause;
    const stop = startTimer(PAUSE_MS, () => pause.resolve());
    await pause.promise;
    stop();
    this.#pause = undefined;
  }

  /** Dequeues the waiting bytes, up to the size of a message. */
  #take(): Uint8Array {
    const size = Math.min(this.#waitingBytes, MESSAGE_BYTES);
    const taken = new Uint8Array(size);
    let at = 0;
    let used = 0;
    while (at < size) {
      const chunk = this.#waiting[used] as Uint8Array;
      const part = chunk.subarray(0, size - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === chunk.length) used++;
      else this.#waiting[used] = chunk.subarray(part.length);
    }
    this.#waiting.splice(0, used);
    this.#waitingBytes -= size;
    if (this.#waitingBytes <= BUFFER_BYTES) {
      this.#room?.resolve();
      this.#room = undefined;
    }
    return taken;
  }
}
