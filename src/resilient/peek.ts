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
const AGENT_METHOD = "item/agentMessage/delta";
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

/** The message that a piece belongs to. */
export interface PiecePlace {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
}

/** Reads pieces of agents' messages, mostly many of one message: the start of the frame is then the same. */
export class AgentPieces {
  /** The text of the piece that was read last. */
  text = "";
  #start = "";
  #place: PiecePlace | undefined;

  /** Returns the place of the piece in a frame; `undefined` if the frame is none. */
  read(frame: string): PiecePlace | undefined {
    // V8 compares a slice with one memory comparison, and `startsWith` letter by letter.
    if (this.#place === undefined || frame.slice(0, this.#start.length) !== this.#start) {
      const [start = "", threadId, turnId, itemId] = AGENT_DELTA.exec(frame) ?? [];
      if (threadId === undefined || turnId === undefined || itemId === undefined) {
        return this.#parse(frame);
      }
      this.#place = { threadId, turnId, itemId };
      this.#start = start;
    }
    const from = this.#start.length;
    this.text = frame.slice(from, frame.indexOf('"', from));
    return this.text.includes("\\") ? this.#parse(frame) : this.#place;
  }

  #parse(frame: string): PiecePlace | undefined {
    if (!frame.includes(AGENT_METHOD)) return undefined;
    const { method, params } = parse(frame) ?? {};
    const { threadId, turnId, itemId, delta } = fieldsOf(params);
    if (method !== AGENT_METHOD || typeof delta !== "string" || typeof itemId !== "string") {
      return undefined;
    }
    this.text = delta;
    return { threadId: String(threadId), turnId: String(turnId), itemId };
  }
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
