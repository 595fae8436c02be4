/** The history of a thread, read from the server on demand. */
import { MethodNotFoundError } from "../../errors/json_rpc_errors.ts";
import { ThreadNotMaterializedError } from "../../errors/thread_errors.ts";
import type {
  SortDirection,
  ThreadItemEntry,
  ThreadItemOutputDeferral,
  ThreadItemsListCursor,
  ThreadItemsListParams,
  ThreadReadResponse,
  ThreadTurnsListParams,
  Turn,
  TurnItemsView,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkField } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { entriesOf, type Page, type PagesOptions } from "../pages.ts";

/**
 * Options of `Thread.read()`.
 *
 * @example
 * ```ts
 * import type { ThreadReadOptions } from "@codex-app-server/sdk/types";
 *
 * const withHistory: ThreadReadOptions = { includeTurns: true };
 * ```
 */
export interface ThreadReadOptions extends CallOptions {
  /**
   * Includes the whole history, in one reply; `turns()` and `items()` read it page by page.
   *
   * @default {false}
   */
  readonly includeTurns?: boolean | undefined;
}

/**
 * Options of `Thread.turns()`, with the names of the fields of `thread/turns/list`.
 *
 * @example
 * ```ts
 * import type { ThreadTurnsOptions } from "@codex-app-server/sdk/types";
 *
 * const newestFirst: ThreadTurnsOptions = { sortDirection: "desc", limit: 20 };
 * ```
 */
export interface ThreadTurnsOptions extends CallOptions {
  /** A cursor of the server, to start there. Defaults to the newest turn. */
  readonly cursor?: string | null | undefined;
  /** The number of turns that one request asks for. Defaults to the server's page size. */
  readonly limit?: number | null | undefined;
  /**
   * Ascending is oldest first, descending newest first.
   *
   * @default {"desc"}
   */
  readonly sortDirection?: SortDirection | null | undefined;
  /**
   * How much of its items each turn contains.
   *
   * @default {"summary"}
   */
  readonly itemsView?: TurnItemsView | null | undefined;
}

/**
 * Options of `Thread.items()`, with the names of the fields of `thread/items/list`.
 *
 * @example
 * ```ts
 * import type { ThreadItemsOptions } from "@codex-app-server/sdk/types";
 *
 * const ofOneTurn: ThreadItemsOptions = { turnId: "turn-1", limit: 100 };
 * ```
 */
export interface ThreadItemsOptions extends CallOptions {
  /** Only the items of this turn. Defaults to all turns. */
  readonly turnId?: string | null | undefined;
  /**
   * A cursor of the server, to start there; with `turnId` also an item, which is not included. Defaults to the first item.
   */
  readonly cursor?: ThreadItemsListCursor | null | undefined;
  /** The number of items that one request asks for. Defaults to the server's page size. */
  readonly limit?: number | null | undefined;
  /**
   * Ascending is oldest first, descending newest first.
   *
   * @default {"asc"}
   */
  readonly sortDirection?: SortDirection | null | undefined;
  /** Which outputs to leave out, for `thread/items/read` to fetch by item id; needs `turnId`. Defaults to none. */
  readonly deferOutput?: ThreadItemOutputDeferral | null | undefined;
}

const READ: OptionNames<ThreadReadOptions> = { signal: true, timeoutMs: true, includeTurns: true };
const TURNS: OptionNames<ThreadTurnsOptions> = {
  cursor: true,
  limit: true,
  sortDirection: true,
  itemsView: true,
  signal: true,
  timeoutMs: true,
};
const ITEMS: OptionNames<ThreadItemsOptions> = {
  turnId: true,
  cursor: true,
  limit: true,
  sortDirection: true,
  deferOutput: true,
  signal: true,
  timeoutMs: true,
};

/** Reads what is stored about a thread. */
export async function readThread(
  context: ClientContext,
  threadId: string,
  options: ThreadReadOptions,
): Promise<ThreadReadResponse> {
  checkCallOptions("read()", options, READ);
  const { includeTurns = false, ...limits } = options;
  if (typeof includeTurns !== "boolean") {
    throw new TypeError(
      `"includeTurns" must be true or false, got ${JSON.stringify(includeTurns)}`,
    );
  }
  const read = async (whole: boolean): Promise<ThreadReadResponse> => {
    const reply = await context.request("thread/read", { threadId, includeTurns: whole }, limits);
    checkField("thread/read", reply, "thread", isRecord);
    return reply;
  };
  if (!includeTurns) return await read(false);
  return await read(true).catch(async (error: unknown) => {
    if (!(error instanceof ThreadNotMaterializedError)) throw error;
    const reply = await read(false);
    return { ...reply, thread: { ...reply.thread, turns: [] } };
  });
}

const NOTHING = { data: [], nextCursor: null };

/**
 * Returns a page of the history; an empty one if the thread has had no turn yet, which the server reports as an error.
 *
 * @throws the server's error otherwise
 */
async function pageOf<Entry>(
  context: ClientContext,
  threadId: string,
  limits: Pick<CallOptions, "signal" | "timeoutMs">,
  page: Promise<Page<Entry>>,
): Promise<Page<Entry>> {
  try {
    return await page;
  } catch (error) {
    if (error instanceof ThreadNotMaterializedError) return NOTHING;
    // An unknown method may have the same cause.
    if (!(error instanceof MethodNotFoundError)) throw error;
    const params = { threadId, limit: 1 } as const;
    try {
      await context.request("thread/turns/list", params, limits);
    } catch (reason) {
      if (reason instanceof ThreadNotMaterializedError) return NOTHING;
      throw reason;
    }
    throw error;
  }
}

function pagesOptions(
  { connection }: ClientContext,
  method: string,
  cursor: unknown,
): PagesOptions {
  const { onDiagnostic } = connection;
  // The first page may begin at an anchor, which no reply repeats.
  return { method, onDiagnostic, ...(typeof cursor === "string" ? { cursor } : {}) };
}

/** Reads the turns of a thread page by page, on demand. */
export function turnsOf(
  context: ClientContext,
  threadId: string,
  options: ThreadTurnsOptions,
): AsyncGenerator<Turn, void, undefined> {
  checkCallOptions("turns()", options, TURNS);
  const { signal, timeoutMs, ...fields } = options;
  return entriesOf((cursor = fields.cursor ?? undefined) => {
    const params = { ...fields, threadId, cursor } as ThreadTurnsListParams;
    const page = context.request("thread/turns/list", params, { signal, timeoutMs });
    return pageOf(context, threadId, { signal, timeoutMs }, page);
  }, pagesOptions(context, "thread/turns/list", fields.cursor));
}

/** Reads the items of a thread page by page, on demand. */
export function itemsOf(
  context: ClientContext,
  threadId: string,
  options: ThreadItemsOptions,
): AsyncGenerator<ThreadItemEntry, void, undefined> {
  checkCallOptions("items()", options, ITEMS);
  const { signal, timeoutMs, ...fields } = options;
  return entriesOf((next) => {
    const params = { ...fields, threadId, cursor: next ?? fields.cursor } as ThreadItemsListParams;
    const page = context.request("thread/items/list", params, { signal, timeoutMs });
    return pageOf(context, threadId, { signal, timeoutMs }, page);
  }, pagesOptions(context, "thread/items/list", fields.cursor));
}
