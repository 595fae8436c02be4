/** Checks the fields of a reply that the client depends on. */
import { unreadableReply } from "../errors/unreadable_reply.ts";
import { isRecord } from "../util/is_record.ts";
import { valueAt } from "../util/value_at.ts";

/**
 * Checks that a reply has a string at each of these paths, such as `"turn.id"`.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` if it does not; its `data` is the reply
 */
export function checkReply(method: string, reply: unknown, ...paths: readonly string[]): void {
  for (const path of paths) checkField(method, reply, path, (value) => typeof value === "string");
}

/**
 * Checks the value at one path of a reply.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` if it is not as expected
 */
export function checkField(
  method: string,
  reply: unknown,
  path: string,
  isReadable: (value: unknown) => boolean,
): void {
  if (!isReadable(valueAt(reply, path))) throw unreadableReply(method, reply, path);
}

/**
 * Checks that a reply without fields to read is an object.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` if it is not
 */
export function checkObject(method: string, reply: unknown): void {
  if (!isRecord(reply)) throw unreadableReply(method, reply);
}
