/** The events of a thread, as they go over the wire: a bounded log with positions that no other log repeats. */
import { Pulse } from "../client/events/pulse.ts";

/** Number of possible first positions. */
const POSITIONS = 36 ** 6;

/** Limits of a log. */
export interface EventLogLimits {
  /** How many events it keeps. */
  readonly events: number;
  /** How many characters it keeps. */
  readonly chars: number;
}

/** Keeps the last events. Readers hold a position, not a queue, so that a slow one costs nothing. */
export class EventLog {
  readonly #limits: EventLogLimits;
  readonly #frames: string[] = [];
  readonly #change = new Pulse();
  /** The position of the oldest event that is kept. */
  #first: number;
  #chars = 0;

  /** Starts at a random position: one of an earlier log is not taken for one of this. */
  constructor(limits: EventLogLimits) {
    this.#limits = limits;
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    this.#first = POSITIONS + random % (POSITIONS * 34);
  }

  /** The position after the last event: where a new reader starts. */
  get end(): number {
    return this.#first + this.#frames.length;
  }

  /** Fulfils at the next event. */
  get changed(): Promise<void> {
    return this.#change.next;
  }

  /** Wakes the readers without an event. */
  wake(): void {
    this.#change.beat();
  }

  /** Appends an event and forgets the oldest past the limits. */
  push(event: unknown): void {
    const frame = frameOf(this.end + 1, event);
    this.#frames.push(frame);
    this.#chars += frame.length;
    let excess = 0;
    while (
      this.#frames.length - excess > this.#limits.events ||
      (this.#chars > this.#limits.chars && excess < this.#frames.length)
    ) this.#chars -= this.#frames[excess++]?.length ?? 0;
    // Rarely, and many at once: an array moves all its elements.
    if (excess > 0) {
      this.#frames.splice(0, excess);
      this.#first += excess;
    }
    this.#change.beat();
  }

  /** Whether the events after a position are all there. */
  has(position: number): boolean {
    return position >= this.#first && position <= this.end;
  }

  /** Returns the frames after a position, at most about `chars` of them, and the position after those. */
  after(position: number, chars: number): { readonly frames: string; readonly position: number } {
    let frames = "";
    let at = position;
    while (at < this.end && frames.length < chars) frames += this.#frames[at++ - this.#first];
    return { frames, position: at };
  }
}

/** Returns the SSE frame of an event. The id is the position after it. */
export function frameOf(position: number, event: unknown): string {
  return `id:${position.toString(36)}\ndata:${JSON.stringify(event)}\n\n`;
}

/** Returns the position in a `Last-Event-ID`; `undefined` if it is none. */
export function positionIn(id: string | null): number | undefined {
  if (id === null || !/^[0-9a-z]{1,9}$/.test(id)) return undefined;
  return Number.parseInt(id, 36);
}
