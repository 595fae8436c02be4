/** JSON-RPC messages as a fake app-server receives and sends them. */

/**
 * The id of a request; `1` and `"1"` are different.
 *
 * @example
 * ```ts
 * import type { FakeRequestId } from "@codex-app-server/sdk/testing";
 *
 * const ids: readonly FakeRequestId[] = [1, "1"];
 * ```
 */
export type FakeRequestId = string | number;

/**
 * A message as plain data.
 *
 * @example
 * ```ts
 * import type { FakeMessage } from "@codex-app-server/sdk/testing";
 *
 * const warning: FakeMessage = { method: "warning", params: { message: "low on disk" } };
 * ```
 */
export type FakeMessage = Readonly<Record<string, unknown>>;

/**
 * The error of a reply; handlers of the fake server throw it.
 *
 * @example
 * ```ts
 * import { FakeAppServer, type FakeError } from "@codex-app-server/sdk/testing";
 *
 * const busy: FakeError = { code: -32001, message: "Server overloaded; retry later." };
 *
 * const server = new FakeAppServer().on("thread/start", () => {
 *   throw busy;
 * });
 * ```
 */
export interface FakeError {
  /** A JSON-RPC error code, such as -32001. */
  readonly code: number;
  /** The error message. */
  readonly message: string;
  /** Additional data. */
  readonly data?: unknown;
}

/**
 * The client's reply to a request of the fake server.
 *
 * @example
 * ```ts
 * import type { FakeReply } from "@codex-app-server/sdk/testing";
 *
 * const accepted = (reply: FakeReply): boolean => reply.error === undefined;
 * ```
 */
export interface FakeReply {
  /** The id of the request. */
  readonly id: FakeRequestId;
  /** The result, if the request succeeded. */
  readonly result?: unknown;
  /** The error, if the request failed. */
  readonly error?: FakeError;
}

/**
 * A request of the client that can be answered manually; only the first answer counts.
 *
 * @example
 * ```ts
 * import {
 *   type FakeAppServer,
 *   type FakeRequest,
 *   fakeThreadStart,
 * } from "@codex-app-server/sdk/testing";
 *
 * async function answer(server: FakeAppServer): Promise<void> {
 *   const request: FakeRequest = await server.nextRequest("thread/start");
 *   request.reply(fakeThreadStart("thread-1"));
 * }
 * ```
 */
export class FakeRequest {
  /** The id chosen by the client. */
  readonly id: FakeRequestId;
  /** The method of the request. */
  readonly method: string;
  /** The params; an empty object if the client sent none. */
  readonly params: FakeMessage;
  readonly #send: (reply: FakeMessage) => void;
  #answered = false;

  /** Creates a request from a message. */
  constructor(message: FakeMessage, send: (reply: FakeMessage) => void) {
    this.id = message.id as FakeRequestId;
    this.method = String(message.method);
    this.params = (message.params ?? {}) as FakeMessage;
    this.#send = send;
  }

  /** Replies with a result; `undefined` becomes `{}`, like the real server. */
  reply(result?: unknown): void {
    this.#answer({ id: this.id, result: result === undefined ? {} : result });
  }

  /** Replies with an error. */
  fail(error: FakeError): void {
    this.#answer({ error, id: this.id });
  }

  #answer(reply: FakeMessage): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#send(reply);
  }
}

/**
 * Creates a notification as the real server sends it.
 *
 * @example
 * ```ts
 * import { FakeAppServer, fakeTurn, notification } from "@codex-app-server/sdk/testing";
 *
 * const server = new FakeAppServer();
 * server.sendBatch([notification("turn/started", { threadId: "t", turn: fakeTurn("turn-1") })]);
 * ```
 */
export function notification(method: string, params: unknown): FakeMessage {
  return { method, params, emittedAtMs: 0 };
}

/** Returns whether a message is a request: it has a method and an id. */
export function isRequest(message: FakeMessage): boolean {
  return "method" in message && "id" in message;
}

/** Describes a message briefly for errors. */
export function describeMessage(message: FakeMessage): string {
  if (isRequest(message)) return `${message.method} (id ${JSON.stringify(message.id)})`;
  if ("method" in message) return String(message.method);
  return `${"error" in message ? "error" : "result"} for id ${JSON.stringify(message.id)}`;
}

/** Converts a thrown value to the error of a reply. */
export function asFakeError(thrown: unknown): FakeError {
  const { code, message, data } = (thrown ?? {}) as { [field: string]: unknown };
  if (typeof code === "number" && typeof message === "string") {
    return data === undefined ? { code, message } : { code, message, data };
  }
  return { code: -32603, message: `the fake handler threw: ${String(thrown)}` };
}
