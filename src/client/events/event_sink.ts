/** What takes a turn's events in as they come. */
import type { ServerNotification } from "../../protocol/notification.ts";

/** One reader of a log of events, told of each at once. */
export interface EventSink {
  /** Whether nothing more is wanted: the source ended, or the reader left or fell too far behind. */
  readonly ended: boolean;
  /** Takes an event; ignored after the end. */
  push(event: ServerNotification): void;
  /** Takes note of the end of the source; with an error, the reader is told of it. */
  end(error?: unknown): void;
  /** Ends the reader and forgets what is unread. */
  clear(): void;
}
