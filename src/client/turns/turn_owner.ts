/** Who takes the turns that the server starts by itself on a thread. */
import type { HandlerScope } from "../requests/handler_scope.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";

/** Holds a thread: while it does, no other turn of this client is started there. */
export interface TurnOwner {
  readonly threadId: string;
  /** Answer what the server asks about the turns of the owner. */
  readonly handlers: HandlerScope;
  /** Fulfils when nothing of what the owner holds runs any more; never rejects. */
  readonly ended: Promise<unknown>;
  /** Makes the turn that the server has started; `undefined` when it is none of the owner's. */
  begin(turnId: string): ActiveTurn | undefined;
  /** Takes a notification of the thread that is for no running turn. */
  observe(event: ServerNotification): void;
  /** Keeps the server from starting more turns; never rejects. */
  halt(context: Pick<ClientContext, "request">): Promise<void>;
  /** The connection is gone. */
  close(error: unknown): void;
}
