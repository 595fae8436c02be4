/** Lists, archives and deletes stored threads. */
import { ThreadNotFoundError, ThreadNotMaterializedError } from "../../errors/thread_errors.ts";
import type {
  SortDirection,
  Thread as StoredThread,
  ThreadListParams,
  ThreadListResponse,
  ThreadSortKey,
  ThreadSourceKind,
} from "../../generated/types.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { type CallOptions, checkId } from "../call_options.ts";
import { checkCallOptions, type ExtraParams, withExtraParams } from "../option_names.ts";
import { checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkPage, entriesOf } from "../pages.ts";

/**
 * Options of {@linkcode Codex.threadList} and {@linkcode Codex.threads}, with the names of the fields of `thread/list`.
 *
 * @example
 * ```ts
 * import type { ThreadListOptions } from "@codex-app-server/sdk";
 *
 * const options: ThreadListOptions = { limit: 50, archived: false, searchTerm: "release" };
 * ```
 */
export interface ThreadListOptions extends CallOptions {
  /** `nextCursor` or `backwardsCursor` of an earlier page. Defaults to the start of the list. */
  readonly cursor?: string | null | undefined;
  /** The number of threads on a page. Defaults to the server's page size. */
  readonly limit?: number | null | undefined;
  /**
   * What the list is sorted by.
   *
   * @default {"created_at"}
   */
  readonly sortKey?: ThreadSortKey | null | undefined;
  /**
   * Ascending or descending order.
   *
   * @default {"desc"}
   */
  readonly sortDirection?: SortDirection | null | undefined;
  /**
   * Whether to list the archived threads instead of the others.
   *
   * @default {false}
   */
  readonly archived?: boolean | null | undefined;
  /** Only threads whose title contains this text. */
  readonly searchTerm?: string | null | undefined;
  /** Only threads with exactly this working directory, or one of these. */
  readonly cwd?: string | readonly string[] | null | undefined;
  /** Only threads of these model providers; an empty array is no restriction. */
  readonly modelProviders?: readonly string[] | null | undefined;
  /** Only threads from these kinds of sources. Defaults to the interactive ones. */
  readonly sourceKinds?: readonly ThreadSourceKind[] | null | undefined;
  /** Only the threads of this section; `null` lists those without one. */
  readonly sectionId?: string | null | undefined;
  /** Only these threads, at most 100; an empty array lists nothing. */
  readonly includedThreadIds?: readonly string[] | null | undefined;
  /** Not these threads, at most 100. */
  readonly excludedThreadIds?: readonly string[] | null | undefined;
  /**
   * Whether to list only the threads that the current ChatGPT account may see.
   *
   * @default {false}
   */
  readonly currentAccountOnly?: boolean | undefined;
  /**
   * Whether to trust the server's index, instead of repairing it from the stored threads first.
   *
   * @default {false}
   */
  readonly useStateDbOnly?: boolean | undefined;
  /** Fields of `thread/list` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<ThreadListParams, Exclude<keyof ThreadListOptions, "extraParams">>
    | undefined;
}

const LIST_OPTIONS: OptionNames<ThreadListOptions> = {
  currentAccountOnly: true,
  cursor: true,
  limit: true,
  includedThreadIds: true,
  excludedThreadIds: true,
  sortKey: true,
  sortDirection: true,
  modelProviders: true,
  sourceKinds: true,
  archived: true,
  sectionId: true,
  cwd: true,
  useStateDbOnly: true,
  searchTerm: true,
  extraParams: true,
  signal: true,
  timeoutMs: true,
};

/** Reads one page of the stored threads. */
export async function listThreads(
  context: ClientContext,
  options: ThreadListOptions,
): Promise<ThreadListResponse> {
  return await readPage(context, withExtraParams("threadList()", options, LIST_OPTIONS));
}

async function readPage(
  context: ClientContext,
  { signal, timeoutMs, ...params }: Omit<ThreadListOptions, "extraParams">,
): Promise<ThreadListResponse> {
  const limits = { signal, timeoutMs };
  const reply = await context.request("thread/list", params as ThreadListParams, limits);
  checkPage("thread/list", reply);
  return reply;
}

/** Reads the stored threads page by page, on demand. */
export function allThreads(
  context: ClientContext,
  options: ThreadListOptions,
): AsyncGenerator<StoredThread, void, undefined> {
  const given = withExtraParams("threads()", options, LIST_OPTIONS);
  const { onDiagnostic } = context.connection;
  return entriesOf(
    (cursor) => readPage(context, cursor === undefined ? given : { ...given, cursor }),
    { method: "thread/list", onDiagnostic, cursor: options.cursor },
  );
}

/** Reads all pages of `thread/loaded/list`. */
export async function loadedThreads(
  context: ClientContext,
  options: CallOptions,
): Promise<string[]> {
  checkCallOptions("loadedThreads()", options);
  const method = "thread/loaded/list";
  const ids = entriesOf<string>(
    (cursor) => context.request(method, cursor === undefined ? {} : { cursor }, options),
    {
      method,
      onDiagnostic: context.connection.onDiagnostic,
      isEntry: (id) => typeof id === "string",
    },
  );
  const all: string[] = [];
  for await (const id of ids) all.push(id);
  return all;
}

/** Archives a thread. */
export async function archiveThread(
  context: ClientContext,
  threadId: string,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("threadArchive()", options);
  checkId("thread", threadId);
  const archiving = context.request("thread/archive", { threadId }, options);
  checkObject("thread/archive", await ofStored(context, threadId, archiving));
}

/** Deletes a thread and ends its handle. */
export async function deleteThread(
  context: ClientContext,
  threadId: string,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("threadDelete()", options);
  checkId("thread", threadId);
  checkObject("thread/delete", await context.request("thread/delete", { threadId }, options));
  const state = context.sessions.get(threadId)?.state;
  if (state === undefined) return;
  state.end("it was deleted");
  context.sessions.get(threadId)?.detach(state);
}

/** Distinguishes "unknown thread" from "not persisted yet"; the server reports both with the same message. */
export async function ofStored<Result>(
  context: ClientContext,
  threadId: string,
  request: Promise<Result>,
): Promise<Result> {
  try {
    return await request;
  } catch (error) {
    const state = context.sessions.get(threadId)?.state;
    if (!(error instanceof ThreadNotFoundError) || state?.unloaded !== false) throw error;
    const { message, method, rpcCode, data } = error;
    throw new ThreadNotMaterializedError(message, { method, rpcCode, data });
  }
}
