/** Replies to requests that a page repeats because it does not know whether the first one arrived. */

/** Number of replies that are remembered of a user, so that no user displaces another's. */
const MAX_REPLIES = 100;
/** Number of users whose replies are remembered. */
const MAX_USERS = 1_000;

/** Does what has the same key once. */
export class IdempotentReplies {
  /** By user, the one who asked last at the end. */
  readonly #replies: Map<string, Map<string, Promise<unknown>>> = new Map();

  /** Returns the reply of a user's first call with this key; a call that fails is forgotten. */
  async once<Reply>(userId: string, key: string, call: () => Promise<Reply>): Promise<Reply> {
    const own = this.#replies.get(userId) ?? new Map<string, Promise<unknown>>();
    this.#replies.delete(userId);
    this.#replies.set(userId, own);
    forgetOldest(this.#replies, MAX_USERS);
    const known = own.get(key);
    if (known !== undefined) return await known as Reply;
    const reply = call();
    own.set(key, reply);
    forgetOldest(own, MAX_REPLIES);
    return await reply.catch((error: unknown) => {
      own.delete(key);
      throw error;
    });
  }
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= max) break;
    map.delete(oldest);
  }
}
