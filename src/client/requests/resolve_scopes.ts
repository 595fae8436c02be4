/** Finds the scopes that may answer a request: those of its turn, its thread and the client. */
import { Deadline } from "../../util/deadline.ts";
import { sleep } from "../../util/timer.ts";
import type { Sessions } from "../session/sessions.ts";
import type { HandlerScope } from "./handler_scope.ts";
import type { ServerRequest } from "./server_request.ts";

/** Milliseconds to wait for a reply: a server may hold it back until the request is answered. */
const REPLY_MS = 10_000;

/** Maximum number of ancestor threads that are asked. */
const MAX_GENERATIONS = 16;

/** The scopes of a request. */
export interface ResolvedScopes {
  /** The scope of its turn, if this client started the turn. */
  readonly turn: HandlerScope | undefined;
  /** The scopes to ask, nearest first. */
  readonly scopes: readonly HandlerScope[];
}

/**
 * Returns the scopes of a request. If a start or an opening is in flight that may turn out to be about its turn or thread,
 * waits for the reply first: the request may overtake it. A turn whose start was abandoned has no scopes.
 */
export async function resolveScopes(
  sessions: Pick<Sessions, "get" | "agents">,
  request: ServerRequest,
  { client, limitMs = REPLY_MS }: { readonly client: HandlerScope; readonly limitMs?: number },
): Promise<ResolvedScopes> {
  if (awaitedReply(sessions, request) !== undefined) {
    await untilAssigned(sessions, request, limitMs);
    // Yield once, so that code awaiting the same reply can attach its readers first.
    await sleep(0, request.signal);
  }
  return scopesOf(sessions, request, client);
}

/** Waits until no reply may assign the request any more, or the time is up. */
async function untilAssigned(
  sessions: Pick<Sessions, "get">,
  request: ServerRequest,
  timeoutMs: number,
): Promise<void> {
  const { signal } = request;
  const timeoutError = (): Error => new Error("No reply assigned the request"); // never leaves this function
  const deadline = new Deadline({ signal, timeoutMs, timeoutError });
  try {
    let reply = awaitedReply(sessions, request);
    while (reply !== undefined) {
      await deadline.race(reply);
      reply = awaitedReply(sessions, request);
    }
  } catch (error) {
    if (!deadline.isExpired) throw error;
  } finally {
    deadline.end();
  }
}

/** The reply that may assign the request to a thread or a turn, if one is in flight. */
function awaitedReply(
  sessions: Pick<Sessions, "get">,
  { threadId, turnId }: ServerRequest,
): Promise<void> | undefined {
  const session = threadId === undefined ? undefined : sessions.get(threadId);
  const opened = session?.state === undefined ? session?.opened : undefined;
  if (session === undefined || opened !== undefined || turnId === undefined) return opened;
  if (session.mayBecomeOurs(turnId)) return session.changed;
  const { running, starts: { abandoned } } = session;
  if (abandoned === undefined || running !== undefined) return undefined;
  // The late reply to an abandoned start may name this turn.
  return Promise.race([abandoned, session.changed]);
}

function scopesOf(
  sessions: Pick<Sessions, "get" | "agents">,
  { threadId, turnId }: ServerRequest,
  client: HandlerScope,
): ResolvedScopes {
  if (threadId === undefined) return { turn: undefined, scopes: [client] };
  const session = sessions.get(threadId);
  const active = turnId === undefined ? session?.running : session?.turn(turnId);
  const id = active?.id ?? turnId; // a review runs under a different id than its turn
  if (id !== undefined && session?.isAbandoned(id) === true) return { turn: undefined, scopes: [] };
  // A goal owns the turns that the server starts for it, even before the next one has started.
  const turn = active?.handlers ?? session?.owner?.handlers;
  const state = session?.state;
  const scopes: (HandlerScope | undefined)[] = [
    turn,
    state?.tools?.handlers, // a tool wins over a raw handler; an unknown name is passed on to it
    state?.handlers,
  ];
  // A sub-agent asks on behalf of the thread that started it.
  let parent = sessions.agents.parentOf(threadId);
  for (let up = 0; parent !== undefined && up < MAX_GENERATIONS; up++) {
    const above = sessions.get(parent);
    scopes.push(above?.running?.handlers, above?.state?.handlers);
    parent = sessions.agents.parentOf(parent);
  }
  return { turn, scopes: [...scopes.filter((scope) => scope !== undefined), client] };
}
