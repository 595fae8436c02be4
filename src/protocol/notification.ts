/** The server's notifications as the SDK hands them out: the wire's own objects, told apart by `method`. */
import type { KnownServerNotification } from "../generated/notifications.ts";

/**
 * Stands for any method that this version of the SDK has no type for. At run time it is the server's plain text, without
 * a prefix: the pattern only keeps it apart from the known methods, so that narrowing by those is exact.
 */
export type UnknownMethod = `(unknown) ${string}`;

/** A notification that this version of the SDK has no type for, as sent. */
export interface UnknownNotification {
  /** The server's method. */
  readonly method: UnknownMethod;
  /** The payload, as sent. */
  readonly params?: unknown;
}

/**
 * Any notification of the server: narrow it by `method`.
 *
 * @example
 * ```ts
 * import type { ServerNotification } from "@codex-app-server/sdk";
 *
 * function textOf(event: ServerNotification): string {
 *   return event.method === "item/agentMessage/delta" ? event.params.delta : "";
 * }
 * ```
 */
export type ServerNotification = KnownServerNotification | UnknownNotification;
