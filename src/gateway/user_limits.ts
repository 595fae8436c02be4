/** What each user has open, and how often each has asked. */
import { now } from "../util/clock.ts";
import { GatewayFault } from "./faults.ts";

/** Number of users that are remembered; past it, those who have nothing open are forgotten. */
const MAX_USERS = 10_000;

/** Limits per user. */
export interface UserLimitValues {
  readonly requestsPerMinute: number;
  readonly connections: number;
  readonly bodyBytes: number;
}

/** How many bodies of the greatest size may arrive at once. */
const BODIES = 4;

/** What one user has used. */
class UserUse {
  connections = 0;
  /** Bytes of the bodies that are arriving. */
  bytes = 0;
  #tokens: number;
  #filledAt = now();

  constructor(tokens: number) {
    this.#tokens = tokens;
  }

  /** Whether the user has nothing open and has not asked for long enough to have all tokens back. */
  isIdle(perMinute: number): boolean {
    return this.connections === 0 && this.bytes === 0 && this.#filled(perMinute) >= perMinute;
  }

  /** Takes one of the tokens, which come back evenly; returns the seconds to wait if there is none. */
  take(perMinute: number): number {
    this.#tokens = this.#filled(perMinute);
    this.#filledAt = now();
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) * 60 / perMinute);
    this.#tokens--;
    return 0;
  }

  #filled(perMinute: number): number {
    return Math.min(perMinute, this.#tokens + (now() - this.#filledAt) / 60_000 * perMinute);
  }
}

/** Counts by user. */
export class UserLimits {
  readonly #limits: UserLimitValues;
  readonly #users: Map<string, UserUse> = new Map();

  /** Starts without any user. */
  constructor(limits: UserLimitValues) {
    this.#limits = limits;
  }

  /**
   * Counts a request.
   *
   * @throws {GatewayFault} if there were too many
   */
  request(userId: string): void {
    const wait = this.#of(userId).take(this.#limits.requestsPerMinute);
    if (wait > 0) throw new GatewayFault(429, "too_many_requests", "Too many requests", wait);
  }

  /**
   * Counts a stream of events. Returns a function that counts its end.
   *
   * @throws {GatewayFault} if there are too many
   */
  connect(userId: string): () => void {
    const use = this.#of(userId);
    if (use.connections >= this.#limits.connections) {
      throw new GatewayFault(429, "too_many_connections", "Too many open streams of events", 5);
    }
    use.connections++;
    let isOpen = true;
    return () => {
      if (isOpen) use.connections--;
      isOpen = false;
    };
  }

  /** Counts the bytes of a body while it arrives: `add` throws a {@linkcode GatewayFault} if there are too many at once. */
  body(userId: string): { add(bytes: number): void; end(): void } {
    const use = this.#of(userId);
    const most = this.#limits.bodyBytes * BODIES;
    let own = 0;
    return {
      add: (bytes) => {
        own += bytes;
        use.bytes += bytes;
        if (use.bytes <= most) return;
        throw new GatewayFault(429, "too_many_requests", "Too many bodies arrive at once", 1);
      },
      end: () => {
        use.bytes -= own;
        own = 0;
      },
    };
  }

  #of(userId: string): UserUse {
    let use = this.#users.get(userId);
    if (use === undefined) {
      if (this.#users.size >= MAX_USERS) this.#forget();
      this.#users.set(userId, use = new UserUse(this.#limits.requestsPerMinute));
    }
    return use;
  }

  #forget(): void {
    for (const [id, use] of this.#users) {
      if (use.isIdle(this.#limits.requestsPerMinute)) this.#users.delete(id);
    }
  }
}
