/** What distinguishes one server request from another, whatever their ids: the server may deliver one of them again. */
import { isRecord } from "../util/is_record.ts";
import type { RpcRequest } from "./messages.ts";

/** The identity of a request, without its id. */
export interface RequestIdentity {
  /** The method and the params as JSON, without the time. */
  readonly content: string;
  /** The time that the params name, if any: it distinguishes an approval from the next one of the same item. */
  readonly startedAtMs: unknown;
  /** The thread of the request: no request without one is delivered again. */
  readonly threadId: string | undefined;
  /** The item of the request: an equal request about it is the same one, under whatever id. */
  readonly itemId: string | undefined;
}

/** Returns the identity of a request. */
export function identityOf({ method, params }: RpcRequest): RequestIdentity {
  const { startedAtMs, ...rest } = isRecord(params) ? params : {};
  // The two legacy approvals call the thread a conversation, and the item a call.
  const threadId = textOf(rest.threadId ?? rest.conversationId);
  return {
    content: `${method} ${JSON.stringify(isRecord(params) ? rest : params)}`,
    startedAtMs,
    threadId,
    itemId: threadId === undefined ? undefined : textOf(rest.itemId ?? rest.callId),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
