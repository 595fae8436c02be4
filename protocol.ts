/**
 * The messages of `codex app-server` as types, generated from the runtime that this version is
 * pinned to.
 *
 * Three maps from method to shape hold everything: {@linkcode ClientRequests},
 * {@linkcode ServerRequests} and {@linkcode ServerNotifications}. {@linkcode ClientParams},
 * {@linkcode ClientResult} and their siblings look one method up. The tables
 * {@linkcode CLIENT_METHODS}, {@linkcode SERVER_REQUEST_METHODS} and
 * {@linkcode NOTIFICATION_METHODS} hold the same methods at run time; all else here is erased. What
 * carries the word "Experimental" needs `experimentalApi: true` among the capabilities of
 * `initialize`.
 *
 * **The types are exact, the wire is open.** A union lists what the pinned runtime knows, so that
 * narrowing works; a newer or older one may send other values, other item types, more fields or
 * fewer. The SDK hands such messages on unchanged, and never takes an unknown status for success.
 * So give each `switch` over a value of the server a `default` branch: the compiler may call the
 * value `never` there, and yet it comes. A notification that no table knows arrives with its method
 * as a plain string.
 *
 * **`null` and absent are alike.** On input they say the same. On output the runtime itself strays
 * from its schema in a few places (`skills/list` has `null` in optional fields, `config/read` leaves
 * out a nullable one): test with `== null`.
 *
 * **Where a shape differs from upstream's own files.** 64-bit integers are `number`, as `JSON.parse`
 * gives them: above 2^53 - 1 they lose their last digits. Two upstream names stood for two shapes
 * each: the plain names are those of the current API, and the others are
 * {@linkcode ResponseWebSearchAction} (of `ResponseItem`) and {@linkcode ConversationSessionSource}
 * (of `ConversationSummary`).
 *
 * @example
 * ```ts
 * import type { ClientParams, ClientResult, KnownServerNotification } from "@codex-app-server/sdk/protocol";
 *
 * const params: ClientParams<"thread/start"> = { cwd: "/srv/app", sandbox: "read-only" };
 *
 * function threadId(result: ClientResult<"thread/start">): string {
 *   return result.thread.id;
 * }
 *
 * function describe(notification: KnownServerNotification): string {
 *   switch (notification.method) {
 *     case "item/agentMessage/delta":
 *       return notification.params.delta;
 *     case "turn/completed":
 *       return notification.params.turn.status;
 *     default:
 *       return notification.method;
 *   }
 * }
 * ```
 *
 * @module
 */
export type * from "./src/generated/client_requests.ts";
export type * from "./src/generated/notifications.ts";
export type * from "./src/generated/server_requests.ts";
export type * from "./src/generated/types.ts";
export type { Stability } from "./src/generated/methods.ts";
export {
  CLIENT_METHODS,
  NOTIFICATION_METHODS,
  SERVER_REQUEST_METHODS,
} from "./src/generated/methods.ts";
export { PROTOCOL_VERSION } from "./src/generated/version.ts";
