/** The answers that were sent to requests about threads, for the case that the server delivers one of those again. */
import { isRecord } from "../util/is_record.ts";
import type { RequestId } from "./messages.ts";
import type { RequestIdentity } from "./request_identity.ts";

/** How many answers are kept. */
const MAX_ANSWERS = 100;
/** How many characters of JSON they may have together, the last one aside. */
const MAX_CHARS = 16 * 1_024 * 1_024;

interface SentAnswer {
  readonly id: RequestId;
  readonly identity: RequestIdentity;
  /** As it was sent: the caller may change the object. */
  readonly frame: string;
}

/** Keeps the last answers. */
export class SentAnswers {
  /** Oldest first. */
  readonly #answers = new Map<string, SentAnswer>();
  #chars = 0;

  /** Returns the answer that this request was given before, with the id that it has now. */
  find(id: RequestId, identity: RequestIdentity): object | undefined {
    const sent = this.#answers.get(keyOf(id, identity));
    if (sent === undefined || sent.identity.startedAtMs !== identity.startedAtMs) return undefined;
    const answer: unknown = JSON.parse(sent.frame);
    return isRecord(answer) ? { ...answer, id } : undefined;
  }

  /** Keeps an answer, if its request is about a thread, and forgets the oldest past the limit. */
  keep(answer: SentAnswer): void {
    const { id, identity } = answer;
    if (identity.threadId === undefined) return;
    const key = keyOf(id, identity);
    this.#drop(key);
    this.#answers.set(key, answer);
    this.#chars += size(answer);
    for (const oldest of this.#answers.keys()) {
      if (oldest === key) return;
      if (this.#answers.size <= MAX_ANSWERS && this.#chars <= MAX_CHARS) return;
      this.#drop(oldest);
    }
  }

  /** Forgets the answers to the requests about a thread, or about one of its items. */
  forget(threadId: unknown, itemId?: unknown): void {
    for (const [key, { identity }] of this.#answers) {
      if (identity.threadId !== threadId) continue;
      if (itemId === undefined || identity.itemId === itemId) this.#drop(key);
    }
  }

  #drop(key: string): void {
    const sent = this.#answers.get(key);
    if (sent === undefined) return;
    this.#answers.delete(key);
    this.#chars -= size(sent);
  }
}

/** Only an item identifies a request under any id. */
function keyOf(id: RequestId, { content, itemId }: RequestIdentity): string {
  return itemId === undefined ? `${JSON.stringify(id)} ${content}` : content;
}

function size({ identity, frame }: SentAnswer): number {
  return identity.content.length + frame.length;
}
