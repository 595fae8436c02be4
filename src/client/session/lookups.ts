/** Finds what a request of the server belongs to, by ids. */
import type { ThreadItem } from "../../generated/types.ts";
import type { Thread } from "../threads/thread.ts";
import type { ThreadState } from "../threads/thread_state.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { TurnOwner } from "../turns/turn_owner.ts";
import type { Sessions } from "./sessions.ts";

/** Finds threads that are held. */
export interface ThreadLookup {
  state(threadId: string): ThreadState | undefined;
  thread(threadId: string): Thread | undefined;
  opened(threadId: string): Promise<void> | undefined;
}

/** Finds turns. */
export interface TurnLookup {
  readonly owners: readonly TurnOwner[];
  turn(threadId: string, turnId: string): ActiveTurn | undefined;
  running(threadId: string): ActiveTurn | undefined;
  mayBecomeOurs(threadId: string, turnId: string): boolean;
  changed(threadId: string): Promise<void>;
}

/** Finds open items. */
export interface ItemLookup {
  get(threadId: string, itemId: string): ThreadItem | undefined;
  mcpToolCall(threadId: string, turnId: string, server: string): ThreadItem | undefined;
}

/** Looks all of that up in the sessions of a client. */
export function lookups(sessions: Sessions): {
  readonly threads: ThreadLookup;
  readonly router: TurnLookup;
  readonly items: ItemLookup;
} {
  return {
    threads: {
      state: (threadId) => sessions.get(threadId)?.state,
      thread: (threadId) => sessions.get(threadId)?.thread,
      opened: (threadId) => sessions.get(threadId)?.opened,
    },
    router: {
      get owners(): readonly TurnOwner[] {
        return sessions.owners;
      },
      turn: (threadId, turnId) => sessions.get(threadId)?.turn(turnId),
      running: (threadId) => sessions.get(threadId)?.running,
      mayBecomeOurs: (threadId, turnId) => sessions.get(threadId)?.mayBecomeOurs(turnId) ?? false,
      changed: (threadId) => sessions.of(threadId).changed,
    },
    items: {
      get: (threadId, itemId) => sessions.get(threadId)?.items.get(itemId),
      mcpToolCall: (threadId, turnId, server) =>
        sessions.get(threadId)?.items.mcpToolCall(turnId, server),
    },
  };
}
