/** Reports the events of a goal's many turns under one turn id. */
import type { Turn } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { TurnEventLog } from "../turns/turn_event_log.ts";

/** Returns the event with another turn id. */
export function withTurnId(event: ServerNotification, id: string): ServerNotification {
  const params = event.params as { readonly turnId?: unknown; readonly turn?: unknown };
  return {
    ...event,
    params: {
      ...params,
      ...(typeof params.turnId === "string" ? { turnId: id } : {}),
      ...(isRecord(params.turn) ? { turn: { ...params.turn, id, rootTurnId: id } } : {}),
    },
  } as ServerNotification;
}

/** The end of a turn as an event. */
export function turnCompleted(threadId: string, turn: Turn): ServerNotification {
  return { method: "turn/completed", params: { threadId, turn } } as ServerNotification;
}

/** Forwards a turn's events and keeps none unless it has its own readers. */
export class ForwardingLog extends TurnEventLog {
  readonly #forward: (event: ServerNotification) => void;

  /** Forwards events to this function. */
  constructor(forward: (event: ServerNotification) => void) {
    super();
    this.#forward = forward;
  }

  /** Forwards an event. */
  override push(event: ServerNotification): boolean {
    this.#forward(event);
    return this.readers > 0 && super.push(event);
  }
}
