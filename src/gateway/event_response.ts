/** The response that streams a thread's events: one position in the log per reader, and no queue. */
import { startTimer } from "../util/timer.ts";
import { frameOf, positionIn } from "./event_log.ts";
import type { ThreadFeed } from "./feed.ts";

/** Characters of one chunk. */
const CHUNK_CHARS = 65_536;
/** Milliseconds after which a page connects again. */
const RETRY_MS = 1_000;
/** How many heartbeats a reader may leave unread before it is cut. */
const MAX_UNREAD_BEATS = 4;

/** Options of a stream of events. */
export interface EventResponseOptions {
  readonly lastEventId: string | null;
  readonly heartbeatMs: number;
  /** Milliseconds between two checks of the reader; 0 checks never again. */
  readonly checkMs: number;
  /** Whether the reader may still read. */
  readonly check: () => Promise<boolean>;
  /** Called once, when the reader has left or was cut. */
  readonly onLeave: () => void;
}

/** Returns the response that begins with what the reader missed, or with a snapshot if that is no longer known. */
export function eventResponse(feed: ThreadFeed, options: EventResponseOptions): Response {
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  };
  const source = new EventSource(feed, options);
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), { headers });
}

/** Gives a reader the next frames whenever it asks for more. */
class EventSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #feed: ThreadFeed;
  readonly #options: EventResponseOptions;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #position: number | undefined;
  #isGreeted = false;
  #isOver = false;
  #unreadBeats = 0;
  #stopTimer: () => void = () => {};
  #stopCheck: () => void = () => {};
  /** Ends the wait of a reader that has seen everything. */
  #beat: (() => void) | undefined;

  constructor(feed: ThreadFeed, options: EventResponseOptions) {
    this.#feed = feed;
    this.#options = options;
    this.#position = positionIn(options.lastEventId);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    this.#startTimer();
    this.#startCheck();
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { log } = this.#feed;
    this.#unreadBeats = 0;
    let text = "";
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      text = `retry:${RETRY_MS}\n\n`;
    }
    if (this.#position === undefined || !log.has(this.#position)) {
      // A new page, one that comes back too late, or one that reads too slowly: a fresh snapshot.
      const snapshot = this.#feed.snapshot();
      this.#position = log.end;
      text += frameOf(this.#position, snapshot);
    }
    text += this.#next();
    if (text === "" && this.#feed.ended === undefined) {
      const beat = new Promise<string>((resolve) => this.#beat = () => resolve(":\n\n"));
      text = await Promise.race([beat, log.changed.then(() => "")]);
      this.#beat = undefined;
      if (this.#isOver) return;
      if (text === "") {
        // It may have read too slowly for the log while it waited for its turn.
        if (!log.has(this.#position)) return await this.pull(controller);
        text = this.#next();
      }
    }
    if (text !== "") controller.enqueue(this.#encoder.encode(text));
    const isRead = this.#feed.ended !== undefined && this.#position === log.end;
    if (!isRead) return text === "" ? await this.pull(controller) : undefined;
    controller.close();
    this.#leave();
  }

  cancel(): void {
    this.#leave();
  }

  #next(): string {
    const { frames, position } = this.#feed.log.after(this.#position ?? 0, CHUNK_CHARS);
    this.#position = position;
    return frames;
  }

  #startTimer(): void {
    this.#stopTimer = startTimer(this.#options.heartbeatMs, () => {
      if (this.#beat !== undefined) this.#beat();
      else if (++this.#unreadBeats >= MAX_UNREAD_BEATS) {
        return this.#cut(new DOMException("The reader is too slow", "AbortError"));
      }
      this.#startTimer();
    });
  }

  #startCheck(): void {
    this.#stopCheck = startTimer(this.#options.checkMs, () => {
      void this.#options.check().then((isAllowed) => {
        if (this.#feed.ended !== undefined) this.#cut(new DOMException("Over", "AbortError"));
        else if (!isAllowed) this.#cut(new DOMException("The session has ended", "AbortError"));
        else if (!this.#isOver) this.#startCheck();
      });
    });
  }

  #cut(reason: unknown): void {
    if (this.#isOver) return;
    this.#controller?.error(reason);
    this.#leave();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    this.#stopCheck();
    this.#beat?.();
    this.#options.onLeave();
  }
}
