/** Where a request of the server belongs, as far as this client knows it. */
import type { ThreadItem } from "../../generated/types.ts";
import type { AskedRequest } from "../../protocol/asked_request.ts";
import { isRecord } from "../../util/is_record.ts";
import type { Thread } from "../threads/thread.ts";
import type { ItemLookup, ThreadLookup } from "../session/lookups.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { RequestLevel } from "./request_level.ts";

/** Looks up what a request belongs to; each is `undefined` where this client holds nothing of that kind. */
export class RequestPlace {
  /** The level of the request's turn, once it is known which turn that is. */
  turnLevel: RequestLevel | undefined;
  readonly #asked: AskedRequest;
  readonly #threads: Pick<ThreadLookup, "thread">;
  readonly #items: ItemLookup;

  /** Looks for what this request belongs to. */
  constructor(asked: AskedRequest, threads: Pick<ThreadLookup, "thread">, items: ItemLookup) {
    this.#asked = asked;
    this.#threads = threads;
    this.#items = items;
  }

  /** The thread, where it is held. */
  get thread(): Thread | undefined {
    return this.#threads.thread(this.#asked.threadId ?? "");
  }

  /** The turn, where it was started here. */
  get turn(): TurnHandle | undefined {
    return this.turnLevel?.turn;
  }

  /** The item, while it is open. */
  get item(): ThreadItem | undefined {
    const { threadId = "", turnId = "", itemId, params } = this.#asked;
    if (itemId !== undefined) return this.#items.get(threadId, itemId);
    if (!isRecord(params) || typeof params.serverName !== "string") return undefined;
    return this.#items.mcpToolCall(threadId, turnId, params.serverName);
  }
}
