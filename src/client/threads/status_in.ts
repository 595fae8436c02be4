import type { ServerNotification } from "../../protocol/notification.ts";

/** The type of the thread's status, if the notification reports one; a closed or deleted thread counts as not loaded. */
export function statusIn(event: ServerNotification): string | undefined {
  switch (event.method) {
    case "thread/status/changed":
      return event.params.status?.type;
    case "thread/closed":
    case "thread/deleted":
      return "notLoaded";
    default:
      return undefined;
  }
}
