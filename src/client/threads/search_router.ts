/** Routes the early matches of searches to whoever searches, by the JSON-RPC id of the request. */
import type { RequestId, ThreadSearchResult } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";

/** Whether a row of a search names a thread. */
export function isMatch(row: unknown): row is ThreadSearchResult {
  return isRecord(row) && isRecord(row.thread) && typeof row.thread.id === "string";
}

/** Accepts the matches of one search. */
export type SearchSink = (matches: readonly ThreadSearchResult[]) => void;

/** The running searches of one connection. */
export class SearchRouter {
  readonly #sinks = new Map<RequestId, SearchSink>();

  /** How many searches run. */
  get size(): number {
    return this.#sinks.size;
  }

  /** Adds a search; returns a function that removes it. */
  add(id: RequestId, sink: SearchSink): () => void {
    this.#sinks.set(id, sink);
    return () => void this.#sinks.delete(id);
  }

  /** Routes the params of a `thread/search/partial`; rows without a thread are dropped, as the reply follows. */
  route(params: unknown): void {
    if (!isRecord(params) || !Array.isArray(params.data)) return;
    const sink = this.#sinks.get(params.requestId as RequestId);
    sink?.(params.data.filter(isMatch));
  }
}
