/** The requests of the client that the server has not answered. */
import { outcomeUnknown } from "../errors/outcome_errors.ts";
import type { RequestId } from "../rpc/messages.ts";
import { type CallKind, callKind } from "./call_kinds.ts";
import type { Goal } from "./goal_calls.ts";
import { fieldsOf, parse, stringOf } from "./peek.ts";

/** A request on its way. */
export class PendingCall {
  readonly id: RequestId;
  readonly method: string;
  readonly frame: string;
  /** The goal that the thread had when a change of it was sent; `undefined` if that is unknown. */
  goalBefore: Goal | undefined;
  #params: Readonly<Record<string, unknown>> | undefined;

  /** Keeps the frame to send it again. */
  constructor(id: RequestId, method: string, frame: string) {
    this.id = id;
    this.method = method;
    this.frame = frame;
  }

  /** What to do if the connection is lost. */
  get kind(): CallKind {
    return callKind(this.method);
  }

  /** Whether the request can be sent again, once the history has not shown it. */
  get isRepeatable(): boolean {
    if (this.kind !== "lookUp") return this.kind === "again";
    // A steer shows only when the model reads it, and an external message without the id of a message of the user.
    return this.method === "turn/start" && this.params.toolOutput == null;
  }

  /** The params, parsed when they are needed. */
  get params(): Readonly<Record<string, unknown>> {
    return this.#params ??= fieldsOf(parse(this.frame)?.params);
  }

  /** The thread that the request is about. */
  get threadId(): string | undefined {
    return stringOf(this.params.threadId);
  }

  /** The id by which the history shows whether the request was done. */
  get messageId(): string | undefined {
    return stringOf(this.params.clientUserMessageId);
  }

  /** The frame of a reply. */
  reply(result: unknown): string {
    return JSON.stringify({ id: this.id, result });
  }

  /** The frame that rejects the request with `OutcomeUnknownError`. */
  get unknown(): string {
    return JSON.stringify({ id: this.id, error: outcomeUnknown(this.method) });
  }
}

/** Requests by id, oldest first. */
export class PendingCalls {
  readonly #calls = new Map<RequestId, PendingCall>();

  /** All requests, oldest first. */
  get all(): readonly PendingCall[] {
    return [...this.#calls.values()];
  }

  /**
   * Keeps a request until its reply. Returns it with the frame to send: a start of a turn without an id gets one, by which it
   * is found again.
   */
  add(id: RequestId, method: string, frame: string): PendingCall {
    const call = new PendingCall(id, method, callKind(method) === "lookUp" ? named(frame) : frame);
    this.#calls.set(id, call);
    return call;
  }

  /** Removes and returns a request. */
  take(id: RequestId): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}

/** Returns the frame with an id of the user's message. */
function named(frame: string): string {
  const message = parse(frame);
  const params = fieldsOf(message?.params);
  if (message === undefined || params.clientUserMessageId != null) return frame;
  const clientUserMessageId = crypto.randomUUID();
  return JSON.stringify({ ...message, params: { ...params, clientUserMessageId } });
}
