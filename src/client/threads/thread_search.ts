/** Searches the stored threads and yields matches as the server finds them. */
import type {
  RequestId,
  SortDirection,
  ThreadSearchParams,
  ThreadSearchResponse,
  ThreadSearchResult,
  ThreadSearchSortKey,
  ThreadSourceKind,
} from "../../generated/types.ts";
import { MethodNotSupportedError } from "../../errors/json_rpc_errors.ts";
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import { Deadline } from "../../util/deadline.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { CallOptions } from "../call_options.ts";
import { type ExtraParams, type SdkField, withExtraParams } from "../option_names.ts";
import { unreadableReply } from "../../errors/unreadable_reply.ts";
import type { ClientContext } from "../client_context.ts";

/** The server's limit on a search term, in UTF-8 bytes. */
const MAX_TERM_BYTES = 65_536;
/** Milliseconds for the reply to the cancellation of a search. */
const CANCEL_MS = 5_000;
/** How many unread early matches are kept. */
const MAX_EARLY = 1_000;

/**
 * Options of `codex.search.threads()`, with the names of the fields of `thread/search/stream`.
 *
 * @example
 * ```ts
 * import type { ThreadSearchOptions } from "@codex-app-server/sdk";
 *
 * const options: ThreadSearchOptions = { archived: true, signal: AbortSignal.timeout(10_000) };
 * ```
 */
export interface ThreadSearchOptions extends CallOptions {
  /** The number of matches that one request asks for. Defaults to the server's page size. */
  readonly limit?: number | null | undefined;
  /**
   * What the matches of a page are sorted by.
   *
   * @default {"updated_at"}
   */
  readonly sortKey?: ThreadSearchSortKey | null | undefined;
  /**
   * Ascending or descending order.
   *
   * @default {"desc"}
   */
  readonly sortDirection?: SortDirection | null | undefined;
  /**
   * Whether to search the archived threads instead of the others.
   *
   * @default {false}
   */
  readonly archived?: boolean | null | undefined;
  /** Only threads from these kinds of sources. Defaults to the interactive ones. */
  readonly sourceKinds?: readonly ThreadSourceKind[] | null | undefined;
  /**
   * Whether to search only the threads that the current ChatGPT account may see.
   *
   * @default {false}
   */
  readonly currentAccountOnly?: boolean | undefined;
  /** Fields of `thread/search/stream` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<ThreadSearchParams, SdkField | Exclude<keyof ThreadSearchOptions, "extraParams">>
    | undefined;
}

const SEARCH_OPTIONS: OptionNames<ThreadSearchOptions> = {
  currentAccountOnly: true,
  limit: true,
  sortKey: true,
  sortDirection: true,
  sourceKinds: true,
  archived: true,
  extraParams: true,
  signal: true,
  timeoutMs: true,
};

/** Searches page by page; each thread is yielded once, as soon as it is known. */
export function searchThreads(
  context: ClientContext,
  term: string,
  options: ThreadSearchOptions,
): AsyncGenerator<ThreadSearchResult, void, undefined> {
  const given = withExtraParams("search.threads()", options, SEARCH_OPTIONS);
  checkTerm(term);
  checkLimitMs("timeoutMs", options.timeoutMs);
  // By "created_at", the server's own default, pages lose threads that were created in the same second (0.171.0).
  const { signal, timeoutMs, sortKey = "updated_at", ...params } = given;
  const search: Search = {
    context,
    params: { ...params, sortKey, searchTerm: term } as ThreadSearchParams,
    limits: { signal, timeoutMs },
    page: undefined,
    isStreamed: true,
  };
  const matches = pages(search);
  const finish = matches.return.bind(matches);
  // A pending `next()` would stay pending: ending the page releases it.
  matches.return = (value) => {
    search.page?.leave();
    return finish(value);
  };
  return matches;
}

/** One search, across all of its pages. */
interface Search {
  readonly context: ClientContext;
  readonly params: ThreadSearchParams;
  readonly limits: CallOptions;
  /** The page being read. */
  page: SearchPage | undefined;
  /** Whether the server may report matches early. */
  isStreamed: boolean;
}

async function* pages(
  search: Search,
): AsyncGenerator<ThreadSearchResult, void, undefined> {
  const seen = new Set<string>();
  const cursors = new Set<string | undefined>();
  let cursor: string | undefined;
  do {
    cursors.add(cursor);
    const page: SearchPage = search.page = new SearchPage(search, cursor);
    try {
      for await (const match of page.read()) {
        search.limits.signal?.throwIfAborted();
        if (seen.has(match.thread.id)) continue;
        seen.add(match.thread.id);
        yield match;
      }
    } finally {
      page.cancel();
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined && !cursors.has(cursor));
}

/** One page of a search: a request whose first matches may arrive before its reply. */
class SearchPage {
  /** The cursor of the next page; `undefined` on the last one. */
  nextCursor: string | undefined;
  readonly #search: Search;
  readonly #params: ThreadSearchParams;
  #early: ThreadSearchResult[] = [];
  #wake = deferred<void>();
  #left = false;
  /** The JSON-RPC id of the request while the server works on it; it identifies the search. */
  #requestId: RequestId | undefined;
  #release: () => void = () => {};

  constructor(search: Search, cursor: string | undefined) {
    this.#search = search;
    this.#params = cursor === undefined ? search.params : { ...search.params, cursor };
  }

  /** Yields the matches that the server reports early, then those of the reply. */
  async *read(): AsyncGenerator<ThreadSearchResult, void, undefined> {
    let reply: ThreadSearchResponse | undefined;
    let failure: { readonly error: unknown } | undefined;
    const replied = this.#request().then(
      (value) => void (reply = value),
      (error: unknown) => void (failure = { error }),
    ).then(() => this.#wake.resolve());
    void replied;
    while (reply === undefined && failure === undefined && !this.#left) {
      await this.#wake.promise;
      this.#wake = deferred();
      yield* this.#early.splice(0);
    }
    if (this.#left) return;
    if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
    this.nextCursor = reply?.nextCursor ?? undefined;
    yield* reply?.data ?? [];
  }

  /** Ends the reading, including a pending read, and cancels the search on the server. */
  leave(): void {
    this.#left = true;
    this.cancel();
    this.#wake.resolve();
  }

  /** Cancels the search on the server; does nothing once the server has replied. */
  cancel(): void {
    const requestId = this.#requestId;
    if (requestId === undefined) return;
    this.#requestId = undefined;
    this.#search.context.request("thread/search/stream/cancel", { requestId }, {
      timeoutMs: CANCEL_MS,
    }).catch(() => {}); // the search may have ended in the meantime
  }

  async #request(): Promise<ThreadSearchResponse> {
    const deadline = new Deadline({
      ...this.#search.limits,
      timeoutError: (ms) => new RequestTimeoutError("thread/search", ms),
    });
    try {
      return await this.#requestWithin(deadline);
    } finally {
      deadline.end();
    }
  }

  async #requestWithin({ limits }: Deadline): Promise<ThreadSearchResponse> {
    const reply = await this.#streamed(limits) ??
      // Up to 0.169, the server replies only when the search is done.
      await this.#search.context.request("thread/search", this.#params, limits);
    const matches: unknown = reply?.data;
    if (Array.isArray(matches) && matches.every(isMatch)) return reply;
    throw unreadableReply("thread/search", reply, "data");
  }

  /** Returns `undefined` if the server does not support such searches. */
  async #streamed(limits: Deadline["limits"]): Promise<ThreadSearchResponse | undefined> {
    const { context, isStreamed } = this.#search;
    if (!isStreamed) return undefined;
    try {
      const reply = await context.request("thread/search/stream", this.#params, {
        ...limits,
        onSent: (id) => {
          this.#requestId = id;
          this.#release = context.operations.add(id, { accept: ({ data }) => this.#add(data) });
          if (this.#left) this.cancel(); // it was still waiting to be sent
        },
        onAbandoned: () => this.cancel(),
      });
      return reply ?? {} as ThreadSearchResponse;
    } catch (error) {
      if (!(error instanceof MethodNotSupportedError)) throw error;
      this.#search.isStreamed = false;
      return undefined;
    } finally {
      this.#requestId = undefined;
      this.#release();
    }
  }

  /** Adds early matches; unreadable ones and those past the limit arrive with the reply. */
  #add(matches: unknown): void {
    if (!Array.isArray(matches)) return;
    this.#early.push(...matches.filter(isMatch).slice(0, MAX_EARLY - this.#early.length));
    this.#wake.resolve();
  }
}

/** Whether a search result names a thread. */
function isMatch(row: unknown): row is ThreadSearchResult {
  return isRecord(row) && isRecord(row.thread) && typeof row.thread.id === "string";
}

/**
 * Rejects a term that the server would refuse.
 *
 * @throws {TypeError} if it is not a string or blank
 * @throws {RangeError} if it is longer than the server accepts
 */
function checkTerm(term: unknown): void {
  if (typeof term !== "string" || term.trim() === "") {
    throw new TypeError(`The search term must be a non-empty string, got ${JSON.stringify(term)}`);
  }
  const bytes = new TextEncoder().encode(term.trim()).length;
  if (bytes <= MAX_TERM_BYTES) return;
  throw new RangeError(`The search term must have at most ${MAX_TERM_BYTES} bytes, got ${bytes}`);
}
