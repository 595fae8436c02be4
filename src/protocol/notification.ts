/** The server's notifications: the wire's own objects, discriminated by `method`. */
import type { KnownServerNotification } from "../generated/notifications.ts";
import type { ThreadItem } from "../generated/types.ts";

/**
 * Any method that this version of the SDK has no type for. At run time it is the server's plain string, without a
 * prefix: the pattern only separates it from the known methods, so that narrowing by those is exact.
 *
 * @example
 * ```ts
 * import type { UnknownMethod } from "@codex-app-server/sdk/types";
 *
 * const isNew = (method: UnknownMethod): boolean => method.startsWith("preview/");
 * ```
 */
export type UnknownMethod = `(unknown) ${string}`;

/**
 * A notification that this version of the SDK has no type for, as sent.
 *
 * @example
 * ```ts
 * import type { UnknownNotification } from "@codex-app-server/sdk/types";
 *
 * function logUnknown({ method, params }: UnknownNotification): void {
 *   console.debug("the SDK has no type for", method, params);
 * }
 * ```
 */
export interface UnknownNotification {
  /** The server's method. */
  readonly method: UnknownMethod;
  /** The payload, as sent. */
  readonly params?: unknown;
}

/**
 * An event of the SDK in the streams of a turn, not sent by the server: reports an item that was still open when the
 * turn ended. It precedes `turn/completed`; no `item/completed` follows.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 *
 * async function openItems(turn: TurnHandle): Promise<Set<string>> {
 *   const open = new Set<string>();
 *   for await (const { method, params } of turn.stream()) {
 *     if (method === "item/started") open.add(params.item.id);
 *     if (method === "item/completed") open.delete(params.item.id);
 *     if (method === "sdk/item/interrupted") open.delete(params.itemId);
 *   }
 *   return open; // always empty
 * }
 * ```
 */
export interface ItemInterruptedEvent {
  /** The method; no method of the server begins with `sdk/`. */
  readonly method: "sdk/item/interrupted";
  /** The item, its turn and its thread. */
  readonly params: {
    /** The id of the thread. */
    readonly threadId: string;
    /** The id of the turn. */
    readonly turnId: string;
    /** The id of the item. */
    readonly itemId: string;
    /** `"background"` for a command that runs on although the turn has completed. */
    readonly state: "interrupted" | "background";
    /** The item so far. */
    readonly item: ThreadItem;
  };
}

/**
 * An event of the SDK in the streams of a turn, not sent by the server: a tool of this program called `progress()`.
 *
 * @example
 * ```ts
 * import { printable, type TurnHandle } from "@codex-app-server/sdk";
 *
 * async function show(turn: TurnHandle): Promise<void> {
 *   for await (const { method, params } of turn.stream()) {
 *     if (method === "sdk/item/progress") console.log(printable(params.message));
 *   }
 * }
 * ```
 */
export interface ItemProgressEvent {
  /** The method; no method of the server begins with `sdk/`. */
  readonly method: "sdk/item/progress";
  /** The message, and the item of the call. */
  readonly params: {
    /** The id of the thread. */
    readonly threadId: string;
    /** The id of the turn. */
    readonly turnId: string;
    /** The id of the item. */
    readonly itemId: string;
    /** What the tool reported. */
    readonly message: string;
  };
}

/**
 * An event of the SDK in the streams of a turn, not sent by the server: the connection was lost while the turn ran, and
 * replaced (see `resilient()`). What was missed follows: each item once, and the rest of a message as one delta.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 *
 * async function gapsMs(turn: TurnHandle): Promise<number> {
 *   let ms = 0;
 *   for await (const { method, params } of turn.stream()) if (method === "sdk/gap") ms += params.ms;
 *   return ms;
 * }
 * ```
 */
export interface GapEvent {
  /** The method; no method of the server begins with `sdk/`. */
  readonly method: "sdk/gap";
  /** What the loss meant for the turn. */
  readonly params: {
    /** The id of the thread. */
    readonly threadId: string;
    /** The id of the turn. */
    readonly turnId: string;
    /** Milliseconds without a connection. */
    readonly ms: number;
    /** How many times a connection was tried. */
    readonly attempts: number;
    /** How many items of the turn were missed and follow. */
    readonly items: number;
    /** Whether the server had unloaded the thread. */
    readonly isReloaded: boolean;
    /** Whether the server was restarted, which interrupts the turn. */
    readonly isRestarted: boolean;
  };
}

/**
 * Any notification of the server; narrow it by `method`.
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
export type ServerNotification =
  | KnownServerNotification
  | UnknownNotification
  | ItemInterruptedEvent
  | ItemProgressEvent
  | GapEvent;
