/** Checks the fields of a reply that the client depends on. */
import { InternalRpcError } from "../errors/json_rpc_errors.ts";
import { valueAt } from "../util/value_at.ts";

/** JSON-RPC `Internal error`: an unreadable reply counts as a server failure. */
const INTERNAL_ERROR = -32603;

/**
 * Checks that a reply has a string at each of these paths, such as `"turn.id"`.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` if it does not; its `data` is the reply
 */
export function checkReply(method: string, reply: unknown, ...paths: readonly string[]): void {
  for (const path of paths) {
    if (typeof valueAt(reply, path) !== "string") throw unreadableReply(method, reply, path);
  }
}

/** Returns the error for a reply that has no usable value at a path. */
export function unreadableReply(method: string, reply: unknown, path: string): InternalRpcError {
  return new InternalRpcError(`Cannot read the reply to "${method}": it has no "${path}"`, {
    method,
    rpcCode: INTERNAL_ERROR,
    data: reply,
    code: "unreadable_reply",
  });
}
