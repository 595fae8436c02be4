/** What threads and turns need of their client. */
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { OperationRouter } from "./operation_router.ts";
import type { RequestBroker } from "./requests/request_broker.ts";
import type { Sessions } from "./session/sessions.ts";
import type { ClientTracing } from "./tracing/client_tracing.ts";

/** The client as its threads and turns see it. */
export interface ClientContext {
  /** The threads that the client knows. */
  readonly sessions: Sessions;
  /** Answers the server's requests. */
  readonly requests: RequestBroker;
  /** What runs apart from threads: commands, watches, searches and logins. */
  readonly operations: OperationRouter;
  /** The spans of the client; `undefined` if the caller does not trace. */
  readonly tracing: ClientTracing | undefined;
  /** The connection: what the server is, and whether it is still there. */
  readonly connection: Pick<
    ClientConnection,
    "assertOpen" | "experimentalApi" | "onDiagnostic" | "readyFor"
  >;
  /** Sends a request, connecting first if needed. */
  request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options?: RequestOptions<ClientResult<M>>,
  ): Promise<ClientResult<M>>;
}
