/** The turns that run on a thread without having been started here. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";

/** How many ids of each kind are kept: past this, the oldest is forgotten. */
const MAX_KEPT = 1_000;

/**
 * Knows the turns that a new one must not be taken for: those of others, as their notifications tell, and those of ours
 * that were left before their end was told. Also which turns have ended that were nobody's then: the reply that makes
 * one of them ours may come late.
 */
export class OtherTurns {
  readonly #running = new Map<string, string>();
  readonly #left = new Set<string>();
  readonly #ended = new Set<string>();

  /** The turn of others that runs on the thread, as far as was told. */
  on(threadId: string): string | undefined {
    return this.#running.get(threadId);
  }

  /** Whether this is a turn of ours that was left. */
  wasLeft(turnId: string): boolean {
    return this.#left.has(turnId);
  }

  /** Whether this is a turn that ended while nobody stood for it. */
  hasEnded(turnId: string): boolean {
    return this.#ended.has(turnId);
  }

  /** Takes note of a notification that is for none of our turns; tells whether a thread may have become free. */
  observe(threadId: string, event: ServerNotification): boolean {
    switch (event.method) {
      case "turn/started": {
        const turn: unknown = event.params.turn;
        const id = isRecord(turn) ? turn.rootTurnId ?? turn.id : undefined;
        if (typeof id === "string") this.#running.set(threadId, id);
        return false;
      }
      case "thread/status/changed":
        return event.params.status?.type !== "active" && this.#running.delete(threadId);
      case "turn/completed": {
        const turn: unknown = event.params.turn;
        if (isRecord(turn) && typeof turn.id === "string") this.end(turn.id);
        return this.#running.delete(threadId);
      }
      case "thread/closed":
        return this.#running.delete(threadId);
      default:
        return false;
    }
  }

  /** No turn of others runs on the thread. */
  forget(threadId: string): void {
    this.#running.delete(threadId);
  }

  /** Nobody stands for a turn of ours any more, though the server may still run it. */
  leave(turnId: string): void {
    keep(this.#left, turnId);
  }

  /** A turn has ended for which nobody stands. */
  end(turnId: string): void {
    keep(this.#ended, turnId);
  }
}

function keep(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size <= MAX_KEPT) return;
  const [oldest] = ids;
  ids.delete(oldest as string);
}
