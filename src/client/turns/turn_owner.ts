/** The owner of the turns that the server starts by itself on a thread. */
import type { HandlerScope } from "../requests/handler_scope.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";

/** Owns a thread: meanwhile, this client starts no other turn on it. */
export interface TurnOwner {
  readonly threadId: string;
  /** The request handlers for the owner's turns. */
  readonly handlers: HandlerScope;
  /** Fulfils when none of the owner's turns runs any more; never rejects. */
  readonly ended: Promise<unknown>;
  /** Creates the turn that the server has started; `undefined` if it is not the owner's. */
  begin(turnId: string): ActiveTurn | undefined;
  /** Handles a notification of the thread that belongs to no running turn. */
  observe(event: ServerNotification): void;
  /** Keeps the server from starting more turns; never rejects. */
  halt(context: Pick<ClientContext, "request">): Promise<void>;
  /** Ends the ownership because the connection is gone. */
  close(error: unknown): void;
}
