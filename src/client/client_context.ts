/** What threads and turns need of their client. */
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import type { ServerMetadata } from "../protocol/metadata.ts";
import type { RequestHandlers } from "../protocol/request_handlers.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import type { GivenUpStarts } from "./turns/given_up_starts.ts";
import type { LoginRouter } from "./account/login_router.ts";
import type { AgentRegistry } from "./agents/agent_registry.ts";
import type { ExecRouter } from "./exec/exec_router.ts";
import type { WatchRouter } from "./fs/watch_router.ts";
import type { SearchRouter } from "./threads/search_router.ts";
import type { ThreadRegistry } from "./threads/thread_registry.ts";
import type { ClientTracing } from "./tracing/client_tracing.ts";
import type { OpenRequests } from "./requests/open_requests.ts";
import type { RequestLevel } from "./requests/request_level.ts";
import type { TurnQueue } from "./turns/turn_queue.ts";
import type { TurnRouter } from "./turns/turn_router.ts";

/** The client as its threads and turns see it. */
export interface ClientContext {
  readonly router: TurnRouter;
  readonly givenUp: GivenUpStarts;
  readonly turnQueue: TurnQueue;
  /** What the server asks and nobody has answered yet. */
  readonly requests: OpenRequests;
  readonly threads: ThreadRegistry;
  readonly agents: AgentRegistry;
  readonly logins: LoginRouter;
  readonly execs: ExecRouter;
  readonly watches: WatchRouter;
  readonly searches: SearchRouter;
  /** The spans of the client; `undefined` where the caller does not trace. */
  readonly tracing: ClientTracing | undefined;
  readonly handlers: RequestHandlers<RequestLevel>;
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
