/** Replies to requests that a page repeats because it does not know whether the first one arrived. */

/** Number of replies that are remembered. */
const MAX_REPLIES = 1_000;

/** Does what has the same key once. */
export class IdempotentReplies {
  readonly #replies: Map<string, Promise<unknown>> = new Map();

  /** Returns the reply of the first call with this key; a call that fails is forgotten. */
  async once<Reply>(key: string, call: () => Promise<Reply>): Promise<Reply> {
    const known = this.#replies.get(key);
    if (known !== undefined) return await known as Reply;
    const reply = call();
    this.#replies.set(key, reply);
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= MAX_REPLIES) break;
      this.#replies.delete(oldest);
    }
    return await reply.catch((error: unknown) => {
      this.#replies.delete(key);
      throw error;
    });
  }
}
