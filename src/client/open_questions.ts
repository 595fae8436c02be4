/** The requests of the server that wait for an answer, by thread. */
import { isRecord } from "../util/is_record.ts";

/** Counts what is being asked about each thread. */
export class OpenQuestions {
  readonly #open = new Map<string, number>();
  readonly #onChange: (threadId: string) => void;

  /** Tells of each question and of each answer. */
  constructor(onChange: (threadId: string) => void) {
    this.#onChange = onChange;
  }

  /** Whether something is being asked about the thread. */
  has(threadId: string): boolean {
    return this.#open.has(threadId);
  }

  /** A question is put; the function that is returned ends it. */
  open(params: unknown): () => void {
    // The two legacy approvals call the thread a conversation.
    const id = isRecord(params) ? params.threadId ?? params.conversationId : undefined;
    if (typeof id !== "string") return () => {};
    this.#count(id, 1);
    let open = true;
    return () => {
      if (open) this.#count(id, -1);
      open = false;
    };
  }

  #count(threadId: string, change: number): void {
    const count = (this.#open.get(threadId) ?? 0) + change;
    if (count > 0) this.#open.set(threadId, count);
    else this.#open.delete(threadId);
    this.#onChange(threadId);
  }
}
