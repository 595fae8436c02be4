/** A list of events that tests wait for: every wait is bounded, and its error lists what arrived. */
import { deferred } from "../util/deferred.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";

/**
 * Options of the test kit's waits.
 *
 * @example
 * ```ts
 * import type { ModelServer, WaitOptions } from "@codex-app-server/sdk/testing";
 *
 * async function lastRequest(model: ModelServer, options: WaitOptions = { timeoutMs: 2_000 }) {
 *   return (await model.nextRequest(options)).lastUserText();
 * }
 * ```
 */
export interface WaitOptions {
  /**
   * Milliseconds after which the wait fails.
   * @default {5_000}
   */
  readonly timeoutMs?: number;
}

/** The default time limit of every wait of the test kit, in milliseconds. */
const DEFAULT_WAIT_MS = 5_000;

const WAIT_OPTIONS: OptionNames<WaitOptions> = { timeoutMs: true };

/**
 * Checks the options of a wait and returns its limit in milliseconds.
 *
 * @throws {TypeError} if an option is unknown
 */
export function waitLimit(options: WaitOptions): number {
  checkOptionNames("a wait of the test kit", options, WAIT_OPTIONS);
  return options.timeoutMs ?? DEFAULT_WAIT_MS;
}

/** Describes a wait in its error message. */
export interface WaitSubject<T> {
  /** What is awaited, such as `"a request for turn/start"`. */
  readonly what: string;
  /** Describes an arrival in a word or two, for the list of arrivals. */
  readonly describe: (arrival: T) => string;
}

/**
 * Checks how many arrivals are to be kept, and returns it.
 *
 * @throws {RangeError} if it is not a positive integer
 */
export function checkCount(option: string, count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new RangeError(`"${option}" must be a whole number from 1 up, got ${count}`);
}

/** A list of arrivals with bounded waits. */
export class Arrivals<T> {
  readonly #limit: number;
  #dropped = 0;
  readonly #all: T[] = [];
  readonly #taken: Set<T> = new Set();
  readonly #wakers: Set<() => void> = new Set();
  #closed: string | undefined;

  /** Keeps the last `limit` arrivals. */
  constructor(limit: number = Infinity) {
    this.#limit = limit;
  }

  /** The arrivals, in order, without those that were dropped. */
  get all(): readonly T[] {
    return this.#all;
  }

  /** How many of the oldest arrivals were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an arrival and wakes the waits. */
  add(arrival: T): void {
    this.#all.push(arrival);
    if (this.#all.length > this.#limit) {
      this.#taken.delete(this.#all.shift() as T);
      this.#dropped++;
    }
    this.#wake();
  }

  /** Fails all current and future waits that the existing arrivals do not satisfy. */
  close(reason: string): void {
    this.#closed ??= reason;
    this.#wake();
  }

  /** Waits for the first matching arrival that no earlier call took. */
  take(
    matches: (arrival: T) => boolean,
    subject: WaitSubject<T>,
    options: WaitOptions = {},
  ): Promise<T> {
    return this.until(
      () => {
        const found = this.#all.find((arrival) => !this.#taken.has(arrival) && matches(arrival));
        if (found !== undefined) this.#taken.add(found);
        return found;
      },
      subject,
      options,
    );
  }

  /** Waits until `look`, called again after each arrival, does not return `undefined`. */
  async until<R>(
    look: () => R | undefined,
    subject: WaitSubject<T>,
    options: WaitOptions = {},
  ): Promise<R> {
    const timeoutMs = waitLimit(options);
    const first = look();
    if (first !== undefined) return first;
    const { promise, resolve, reject } = deferred<R>();
    const fail = (why: string): void => reject(new Error(this.#explain(subject, why)));
    const attempt = (): void => {
      const found = look();
      if (found !== undefined) resolve(found);
      else if (this.#closed !== undefined) fail(this.#closed);
    };
    const timer = setTimeout(() => fail(`not within ${timeoutMs} ms`), timeoutMs);
    this.#wakers.add(attempt);
    try {
      if (this.#closed !== undefined) fail(this.#closed);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#wakers.delete(attempt);
    }
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  #explain(subject: WaitSubject<T>, why: string): string {
    const lines = this.#all.map((arrival) =>
      this.#taken.has(arrival) ? `${subject.describe(arrival)} (taken)` : subject.describe(arrival)
    );
    return `Cannot wait for ${subject.what}: ${why}; ${
      lines.length === 0 ? "nothing arrived" : `arrived: ${lines.slice(-20).join(", ")}`
    }`;
  }
}
