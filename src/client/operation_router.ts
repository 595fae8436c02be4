/** Routes notifications that belong to no thread to the command, watch, search or login they report on. */
import type { TransportClosedError } from "../errors/transport_errors.ts";
import type { RequestId } from "../generated/types.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { isRecord } from "../util/is_record.ts";
import { LoginRouter } from "./login_router.ts";

/** Accepts the notifications of one operation. */
export interface OperationSink {
  /** Accepts the params of a notification with the operation's id; the rest of them is unchecked. */
  accept(params: Readonly<Record<string, unknown>>): void;
  /** The connection has ended; `error` is `undefined` after `close()`. */
  onClose?(error: TransportClosedError | undefined): void;
}

/** The param that holds the operation's id, by method. */
const ID_PARAMS: ReadonlyMap<string, string> = new Map([
  ["command/exec/outputDelta", "processId"],
  ["fs/changed", "watchId"],
  ["thread/search/partial", "requestId"],
]);

/** The notifications that a login has ended. */
const LOGIN_ENDS: ReadonlySet<string> = new Set([
  "account/login/completed",
  "mcpServer/oauthLogin/completed",
]);

/** The running commands, watches, searches and logins of one connection. */
export class OperationRouter {
  readonly logins: LoginRouter = new LoginRouter();
  readonly #sinks = new Map<RequestId, OperationSink>();
  #lastId = 0;

  /** How many operations are running. */
  get size(): number {
    return this.#sinks.size;
  }

  /** Returns an id that no other operation of this connection has, such as `"sdk-exec-1"`. */
  newId(kind: string): string {
    return `sdk-${kind}-${++this.#lastId}`;
  }

  /** Registers an operation; returns a function that removes it. */
  add(id: RequestId, sink: OperationSink): () => void {
    this.#sinks.set(id, sink);
    return () => void this.#sinks.delete(id);
  }

  /** Routes a notification; ids that are not registered belong to other listeners. */
  route({ method, params }: ServerNotification): void {
    if (LOGIN_ENDS.has(method)) return this.logins.route(params);
    const name = ID_PARAMS.get(method);
    if (name === undefined || !isRecord(params)) return;
    this.#sinks.get(params[name] as RequestId)?.accept(params);
  }

  /** Notifies every operation that the connection has ended. */
  close(error: TransportClosedError): void {
    this.logins.close(error);
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) sink.onClose?.(error.close.local ? undefined : error);
  }
}
