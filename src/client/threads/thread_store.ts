/** Lists, archives and deletes stored threads. */
import { ThreadNotFoundError, ThreadNotMaterializedError } from "../../errors/thread_errors.ts";
import type {
  Thread as StoredThread,
  ThreadListParams,
  ThreadListResponse,
} from "../../generated/types.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { type CallOptions, checkId, type WireOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkPage, entriesOf } from "../pages.ts";

/**
 * Options of {@linkcode Codex.threadList} and {@linkcode Codex.threads}, named as in the protocol; `limit` is
 * the page size.
 *
 * @example
 * ```ts
 * import type { ThreadListOptions } from "@codex-app-server/sdk";
 *
 * const options: ThreadListOptions = { limit: 50, archived: false, searchTerm: "release" };
 * ```
 */
export type ThreadListOptions = WireOptions<ThreadListParams> & CallOptions;

const LIST_OPTIONS: OptionNames<ThreadListOptions> = {
  includeAttachedThreads: true,
  currentAccountOnly: true,
  cursor: true,
  limit: true,
  includedThreadIds: true,
  excludedThreadIds: true,
  sortKey: true,
  sortDirection: true,
  modelProviders: true,
  sourceKinds: true,
  originators: true,
  archived: true,
  sectionId: true,
  projectId: true,
  cwd: true,
  useStateDbOnly: true,
  searchTerm: true,
  parentThreadId: true,
  ancestorThreadId: true,
  attachedToThreadId: true,
  signal: true,
  timeoutMs: true,
};

/** Reads one page of the stored threads. */
export async function listThreads(
  context: ClientContext,
  options: ThreadListOptions,
): Promise<ThreadListResponse> {
  checkCallOptions("threadList()", options, LIST_OPTIONS);
  const { signal, timeoutMs, ...params } = options;
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
  checkCallOptions("threads()", options, LIST_OPTIONS);
  const { onDiagnostic } = context.connection;
  return entriesOf(
    (cursor) => listThreads(context, cursor === undefined ? options : { ...options, cursor }),
    { method: "thread/list", onDiagnostic, cursor: options.cursor },
  );
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
  context.sessions.get(threadId)?.letGo(state);
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
