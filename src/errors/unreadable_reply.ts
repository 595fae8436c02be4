/** The error for a reply that the client cannot use. */
import { InternalRpcError } from "./json_rpc_errors.ts";

/** JSON-RPC `Internal error`: an unreadable reply counts as a server failure. */
const INTERNAL_ERROR = -32603;

/** Returns the error for a reply that is not an object, or has no usable value at a path. */
export function unreadableReply(method: string, reply: unknown, path?: string): InternalRpcError {
  const why = path === undefined ? "it is not an object" : `it has no "${path}"`;
  return new InternalRpcError(`Cannot read the reply to "${method}": ${why}`, {
    method,
    rpcCode: INTERNAL_ERROR,
    data: reply,
    code: "unreadable_reply",
  });
}
