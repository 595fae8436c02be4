/** Notifications of simulated turns, and readers of queues. */
import type { EventQueue } from "../../../src/client/events/event_queue.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";

/** The ids of a notification; by default `"thread"`, `"turn"` and `"item"`. */
export interface Place {
  readonly threadId?: string;
  readonly turnId?: string;
  readonly itemId?: string;
}

/** A delta of an agent message. */
export function delta(text: string, place: Place = {}): ServerNotification {
  const { threadId = "thread", turnId = "turn", itemId = "item" } = place;
  return { method: "item/agentMessage/delta", params: { threadId, turnId, itemId, delta: text } };
}

/** Any other notification of a turn. */
export function marker(name: string, place: Place = {}): ServerNotification {
  const { threadId = "thread", turnId = "turn" } = place;
  return { method: `test/${name}`, params: { threadId, turnId } } as unknown as ServerNotification;
}

/** The end of a turn. */
export function completed(place: Place = {}): ServerNotification {
  const { threadId = "thread", turnId: id = "turn" } = place;
  const turn = { id, status: "completed", items: [], error: null };
  return { method: "turn/completed", params: { threadId, turn } } as unknown as ServerNotification;
}

/** Returns the text of a delta, or else the method. */
export function textOf(event: ServerNotification): string {
  return event.method === "item/agentMessage/delta" ? event.params.delta : event.method;
}

/** Reads a queue to its end. */
export async function readAll(queue: EventQueue): Promise<ServerNotification[]> {
  const events: ServerNotification[] = [];
  for (;;) {
    const { value, done } = await queue.next();
    if (done) return events;
    events.push(value);
  }
}

/** Reads the events that are waiting. */
export async function readPending(queue: EventQueue): Promise<ServerNotification[]> {
  const events: ServerNotification[] = [];
  while (queue.pending > 0) {
    const { value } = await queue.next();
    if (value !== undefined) events.push(value);
  }
  return events;
}
