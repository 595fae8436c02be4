/** The server requests that are not answered yet. */
import { isRecord } from "../../util/is_record.ts";
import type { Sessions } from "../session/sessions.ts";
import type { UserRequest } from "./request_kinds.ts";
import type { ServerRequest } from "./server_request.ts";

/** Ends the questions of an MCP tool whose call has ended: the server keeps them when the MCP server takes them back. */
export function endQuestions(requests: Iterable<ServerRequest>, item: unknown): void {
  if (!isRecord(item) || item.type !== "mcpToolCall") return;
  for (const request of requests) if (request.item?.id === item.id) request.takeBack();
}

/** Keeps each request from its arrival until it is settled. */
export class OpenRequests {
  readonly #open = new Set<ServerRequest>();
  readonly #sessions: Pick<Sessions, "of" | "agents"> | undefined;

  /** Keeps the requests about a thread in its session too. */
  constructor(sessions?: Pick<Sessions, "of" | "agents">) {
    this.#sessions = sessions;
  }

  /** Number of open requests. */
  get size(): number {
    return this.#open.size;
  }

  /** Returns the requests for people that are pending, for some threads or for all, oldest first. */
  list(threadIds?: readonly string[]): UserRequest[] {
    const wanted = threadIds && new Set<string | undefined>(threadIds);
    return [...this.#open]
      .filter(({ state, threadId }) => state === "open" && (wanted?.has(threadId) ?? true))
      .map(({ user }) => user)
      .filter((user) => user !== undefined);
  }

  /** Returns the pending questions that an MCP server asks on a thread, outside of turns. */
  questionsOf(threadId: string, server: string): ServerRequest[] {
    return [...this.#open].filter(({ state, threadId: asked, turnId, user }) =>
      state === "open" && asked === threadId && turnId === undefined &&
      user?.kind === "elicitation" && user.serverName === server
    );
  }

  /** Keeps a request until it is settled. */
  add(request: ServerRequest): void {
    this.#open.add(request);
    if (request.threadId !== undefined) this.#sessions?.of(request.threadId).track(request);
    this.#changed(request);
    void request.outcome.then(() => {
      this.#open.delete(request);
      this.#changed(request);
    });
  }

  #changed({ threadId }: ServerRequest): void {
    if (threadId !== undefined) this.#sessions?.agents.requested(threadId);
  }
}
