/** The parts of a client: its connection, its state, and the receivers of what the server sends. */
import type { TransportClosedError } from "../errors/transport_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import type { Connect, PeerFiles } from "../transport/transport.ts";
import { ClientConnection } from "./client_connection.ts";
import type { ClientContext } from "./client_context.ts";
import { checkOptions, type ClientOptions } from "./client_options.ts";
import { interruptAll } from "./turn_interrupt.ts";
import { Listeners } from "./events/listeners.ts";
import { RequestBroker } from "./requests/request_broker.ts";
import { OperationRouter } from "./operation_router.ts";
import { Sessions } from "./session/sessions.ts";
import { tracingOf } from "./tracing/client_tracing.ts";
import { cancelLateResult } from "./cancel_late_result.ts";

/** The inside of a client; `Codex` is its public face. */
export class ClientCore {
  readonly #sessions = new Sessions(() => this.context);
  readonly #operations = new OperationRouter();
  /** The callbacks and streams of all notifications. */
  readonly listeners: Listeners;
  readonly #requests: RequestBroker;
  /** The connection, which opens on first use. */
  readonly connection: ClientConnection;
  #closing: Promise<void> | undefined;
  #reportedLinks = false;
  /** What threads, turns and logins need of their client. */
  readonly context: ClientContext;

  /** Creates a client that connects on first use. */
  constructor(connect: Connect, options: ClientOptions = {}) {
    if (typeof connect !== "function") throw new TypeError('"connect" must be a function');
    const { requestHandlers, unhandled, ...checked } = checkOptions(options);
    this.listeners = new Listeners(checked.onDiagnostic);
    const { spans, tracing } = tracingOf(checked, this.#sessions);
    this.#requests = new RequestBroker({
      sessions: this.#sessions,
      onDiagnostic: checked.onDiagnostic,
      unhandled,
      readLink: () => {
        const { files } = this.connection;
        return files && ((path) => this.#readLink(files, path));
      },
      onFailure: (params, error) => spans?.failed(params, error),
    });
    this.#requests.client.configure(requestHandlers);
    this.connection = new ClientConnection({
      ...checked,
      connect,
      onRequest: (request, signal) => this.#requests.answer(request, signal),
      tracing,
      onNotification: (notification) => this.#receive(notification),
      onEnd: (error) => this.#ended(error),
      onStartFailed: (error) => {
        this.listeners.fail(error);
        this.#requests.client.inbox.fail(error);
      },
    });
    this.context = {
      sessions: this.#sessions,
      requests: this.#requests,
      operations: this.#operations,
      tracing: spans,
      connection: this.connection,
      request: (method, params, requestOptions) => this.#request(method, params, requestOptions),
    };
  }

  /** Interrupts running turns, ends the server and waits for its end, within a time limit. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.connection.close((connection) =>
      interruptAll(this.#sessions, connection)
    );
    return this.#closing;
  }

  /** Reports the first failure: under Deno, the permission to read that is missing. */
  async #readLink(files: PeerFiles, path: string): Promise<string | undefined> {
    try {
      return await files.readLink(path);
    } catch (error) {
      if (!this.#reportedLinks) this.connection.onDiagnostic({ kind: "unresolvedPaths", error });
      this.#reportedLinks = true;
      throw error;
    }
  }

  async #request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: RequestOptions<ClientResult<M>> = {},
  ): Promise<ClientResult<M>> {
    const onLateResult = options.onLateResult ?? cancelLateResult(this.context, method, params);
    return await this.connection.request(method, params, { ...options, onLateResult });
  }

  /** Returns `false` if nobody reads the notification with a promise of its own. */
  #receive(notification: ServerNotification): boolean {
    try {
      const receipt = this.#sessions.receive(notification);
      if (receipt === "unknown") this.#operations.route(notification);
      return receipt !== "unawaited" || this.listeners.streams > 0;
    } finally {
      this.listeners.emit(notification); // even a malformed notification is delivered
    }
  }

  #ended(error: TransportClosedError): void {
    this.#sessions.close(error, error.close.local ? undefined : error);
    this.#requests.client.close(error.close.local ? undefined : error);
    this.#operations.close(error);
    this.listeners.close(error.close.local ? undefined : error);
  }
}
