/** Reads what is needed of a frame without parsing all of it. */
import type { RequestId } from "../rpc/messages.ts";
import { isRecord } from "../util/is_record.ts";

/** A message of the server that was parsed. */
export interface Message {
  readonly id?: RequestId | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** The start of a notification or request, and of a reply, as the server writes them. */
const METHOD = '{"method":"';
const REPLY_ID = /^\{"id":(\d+|"[^"\\]*"),"(?:result|error)":/;
/** The start of a request as this package writes it. */
const REQUEST = /^\{"id":(\d+|"[^"\\]*"),"method":"([^"\\]*)"/;
/** The start of a piece of an agent's message, as the server writes it. */
const AGENT_DELTA =
  /^\{"method":"item\/agentMessage\/delta","params":\{"threadId":"([^"\\]*)","turnId":"([^"\\]*)","itemId":"([^"\\]*)","delta":"/;

/** Returns the method of a frame that begins with it; `undefined` says nothing. */
export function methodOf(frame: string): string | undefined {
  if (!frame.startsWith(METHOD)) return undefined;
  const end = frame.indexOf('"', METHOD.length);
  return end === -1 ? undefined : frame.slice(METHOD.length, end);
}

/** Returns the id of a reply that begins with it; `undefined` says nothing. */
export function replyIdOf(frame: string): RequestId | undefined {
  const id = REPLY_ID.exec(frame)?.[1];
  return id === undefined ? undefined : JSON.parse(id);
}

/** Returns the id and the method of a request of the client that begins with them. */
export function requestOf(frame: string): { id: RequestId; method: string } | undefined {
  const [, id, method] = REQUEST.exec(frame) ?? [];
  return id === undefined || method === undefined ? undefined : { id: JSON.parse(id), method };
}

/** A piece of an agent's message. */
export interface AgentDelta {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  readonly delta: string;
}

/** Reads pieces of messages, mostly many of one message. */
export class AgentDeltas {
  #start = "";
  #place: Omit<AgentDelta, "delta"> | undefined;

  /** Returns the piece in a frame of its method. */
  read(frame: string): AgentDelta | undefined {
    if (this.#place === undefined || !frame.startsWith(this.#start)) this.#find(frame);
    if (this.#place === undefined) return parsed(frame);
    const from = this.#start.length;
    const end = frame.indexOf('"', from);
    const escape = frame.indexOf("\\", from);
    if (end === -1 || escape !== -1) return parsed(frame);
    return { ...this.#place, delta: frame.slice(from, end) };
  }

  #find(frame: string): void {
    const [start, threadId, turnId, itemId] = AGENT_DELTA.exec(frame) ?? [];
    const isFound = threadId !== undefined && turnId !== undefined && itemId !== undefined;
    this.#place = isFound ? { threadId, turnId, itemId } : undefined;
    this.#start = start ?? "";
  }
}

function parsed(frame: string): AgentDelta | undefined {
  const { threadId, turnId, itemId, delta } = fieldsOf(parse(frame)?.params);
  const isWhole = typeof threadId === "string" && typeof turnId === "string" &&
    typeof itemId === "string" && typeof delta === "string";
  return isWhole ? { threadId, turnId, itemId, delta } : undefined;
}

/** Parses a frame; `undefined` if it is not an object. */
export function parse(frame: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(frame);
    return isRecord(message) ? message as Message : undefined;
  } catch {
    return undefined;
  }
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** A value as a string, if it is one. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
