/** What threads and turns need of their client. */
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import type { RequestHandlers } from "../protocol/request_handlers.ts";
import type { GivenUpStarts } from "./turns/given_up_starts.ts";
import type { LoginRouter } from "./account/login_router.ts";
import type { ThreadRegistry } from "./threads/thread_registry.ts";
import type { OpenQuestions } from "./open_questions.ts";
import type { TurnQueue } from "./turns/turn_queue.ts";
import type { TurnRouter } from "./turns/turn_router.ts";

/** The client as its threads and turns see it. */
export interface ClientContext {
  readonly router: TurnRouter;
  readonly givenUp: GivenUpStarts;
  readonly turnQueue: TurnQueue;
  readonly questions: OpenQuestions;
  readonly threads: ThreadRegistry;
  readonly logins: LoginRouter;
  readonly handlers: RequestHandlers;
  /** Throws the `TransportClosedError` of a client that was or is being closed. */
  readonly assertOpen: () => void;
  /** Sends a request, connecting first where that has not happened. */
  request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options?: RequestOptions<ClientResult<M>>,
  ): Promise<ClientResult<M>>;
}
