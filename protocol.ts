/**
 * The messages of `codex app-server` as types, generated from the runtime version that this
 * release is pinned to.
 *
 * Three maps from method to types contain everything: {@linkcode ClientRequests},
 * {@linkcode ServerRequests} and {@linkcode ServerNotifications}. {@linkcode ClientParams},
 * {@linkcode ClientResult} and their siblings look up a single method. The tables
 * {@linkcode CLIENT_METHODS}, {@linkcode SERVER_REQUEST_METHODS} and
 * {@linkcode NOTIFICATION_METHODS} list the methods at run time; everything else is erased. Types
 * marked "Experimental" require `experimentalApi: true` in the capabilities of `initialize`.
 *
 * **The types are exact, the wire is open.** A union lists what the pinned runtime knows, so that
 * narrowing works; a newer or older runtime may send other values, other item types, more fields
 * or fewer. The SDK passes such messages on unchanged, and never treats an unknown status as
 * success. So give each `switch` over a value from the server a `default` branch: the compiler may
 * infer `never` there, but the value can still occur. A notification that is not in the tables
 * arrives with its method as a plain string.
 *
 * **`null` and absent are equivalent.** On input they mean the same. On output the runtime itself
 * deviates from its schema in a few places (`skills/list` has `null` in optional fields,
 * `config/read` omits a nullable one): test with `== null`.
 *
 * **Where a type differs from upstream's own files.** 64-bit integers are `number`, as `JSON.parse`
 * returns them: above 2^53 - 1 they lose precision. Two upstream names each referred to two types:
 * the plain names are those of the current API; the others are
 * `ResponseWebSearchAction` (of `ResponseItem`) and
 * `ConversationSessionSource` (of `ConversationSummary`).
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
