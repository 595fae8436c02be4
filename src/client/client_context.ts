/** What threads and turns need of their client. */
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import type { ServerMetadata } from "../protocol/metadata.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import type { LoginRouter } from "./account/login_router.ts";
import type { OperationRouter } from "./operation_router.ts";
import type { ClientTracing } from "./tracing/client_tracing.ts";
import type { RequestBroker } from "./requests/request_broker.ts";
import type { Sessions } from "./session/sessions.ts";

/** The client as its threads and turns see it. */
export interface ClientContext {
  /** What the client knows of threads. */
  readonly sessions: Sessions;
  /** Answers the server's requests. */
  readonly requests: RequestBroker;
  readonly logins: LoginRouter;
  /** The running commands, watches and searches. */
  readonly operations: OperationRouter;
  /** The spans of the client; `undefined` where the caller does not trace. */
  readonly tracing: ClientTracing | undefined;
  /** Whether methods and fields marked experimental may be used. */
  readonly experimentalApi: boolean;
  /** Told what the client noticed and survived; never throws. */
  readonly onDiagnostic: OnDiagnostic;
  /** What the server told of itself, for a request with these limits; connects first where that has not happened. */
  metadata(
    method: ClientMethod,
    limits: Pick<RequestOptions, "signal" | "timeoutMs">,
  ): Promise<ServerMetadata>;
  /** Throws the `TransportClosedError` of a client that was or is being closed. */
  readonly assertOpen: () => void;
  /** Sends a request, connecting first where that has not happened. */
  request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options?: RequestOptions<ClientResult<M>>,
  ): Promise<ClientResult<M>>;
}
