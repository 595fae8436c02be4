/** Checks that a reply holds what the client cannot do without. */
import { InternalRpcError } from "../errors/json_rpc_errors.ts";
import { isRecord } from "../util/is_record.ts";

/** JSON-RPC `Internal error`: an unreadable reply counts as a server failure. */
const INTERNAL_ERROR = -32603;

/**
 * Checks that a reply holds a text at each of these places, such as `"turn.id"`.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` when it does not; its `data` is the reply
 */
export function checkReply(method: string, reply: unknown, ...places: readonly string[]): void {
  for (const place of places) {
    if (typeof valueAt(reply, place) !== "string") throw unreadableReply(method, reply, place);
  }
}

/** Returns the error of a reply that has no usable value at a place. */
export function unreadableReply(method: string, reply: unknown, place: string): InternalRpcError {
  return new InternalRpcError(`Cannot read the reply to "${method}": it has no "${place}"`, {
    method,
    rpcCode: INTERNAL_ERROR,
    data: reply,
    code: "unreadable_reply",
  });
}

function valueAt(reply: unknown, place: string): unknown {
  return place.split(".").reduce(
    (value: unknown, name) => isRecord(value) ? value[name] : undefined,
    reply,
  );
}
