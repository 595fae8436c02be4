/** Searches the names of files on the server's machine. */
import type { FuzzyFileSearchResult } from "../../generated/types.ts";
import { isAbsolutePath } from "../../util/absolute_path.ts";
import { isRecord } from "../../util/is_record.ts";
import { onAbort } from "../../util/on_abort.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { CallOptions } from "../call_options.ts";
import { checkField } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkCallOptions } from "../option_names.ts";

const METHOD = "fuzzyFileSearch";
/** Milliseconds for the reply to the cancellation of a search. */
const CANCEL_MS = 5_000;

/**
 * Options of {@linkcode Search.files}.
 *
 * @example
 * ```ts
 * import type { FileSearchOptions } from "@codex-app-server/sdk/types";
 *
 * const options: FileSearchOptions = { roots: ["/srv/project"], timeoutMs: 10_000 };
 * ```
 */
export interface FileSearchOptions extends CallOptions {
  /** The absolute paths of the folders to search, at least one; one that does not exist has no matches. */
  readonly roots: readonly string[];
}

const FILES: OptionNames<FileSearchOptions> = { roots: true, signal: true, timeoutMs: true };

/** Searches once, when the first match is needed; leaving or aborting ends the search on the server. */
export function searchFiles(
  context: ClientContext,
  query: string,
  options: FileSearchOptions,
): AsyncGenerator<FuzzyFileSearchResult, void, undefined> {
  checkCallOptions("search.files()", options, FILES);
  checkFileSearch(query, options.roots);
  const left = new AbortController();
  const matches = matchesOf(context, query, options, left);
  const finish = matches.return.bind(matches);
  // A pending `next()` would stay pending: ending the request releases it.
  matches.return = (value) => {
    left.abort();
    return finish(value);
  };
  return matches;
}

async function* matchesOf(
  context: ClientContext,
  query: string,
  { roots, signal, timeoutMs }: FileSearchOptions,
  left: AbortController,
): AsyncGenerator<FuzzyFileSearchResult, void, undefined> {
  signal?.throwIfAborted();
  const stopListening = onAbort(signal, () => left.abort(signal?.reason));
  const cancellationToken = crypto.randomUUID();
  const params = { query, roots: [...roots], cancellationToken };
  try {
    const reply = await context.request(METHOD, params, {
      signal: left.signal,
      timeoutMs,
      onAbandoned: () => cancel(context, cancellationToken),
    });
    checkField(METHOD, reply, "files", (files) => Array.isArray(files) && files.every(isRecord));
    yield* reply.files;
  } catch (error) {
    if (!left.signal.aborted || signal?.aborted) throw error;
  } finally {
    stopListening();
  }
}

/** Ends a search: the server drops it for the next one with its token, and an empty one costs nothing. */
function cancel(context: ClientContext, cancellationToken: string): void {
  const params = { query: "", roots: [], cancellationToken };
  context.request(METHOD, params, { timeoutMs: CANCEL_MS }).catch(() => {});
}

/**
 * Rejects a search that would silently find nothing.
 *
 * @throws {TypeError} if the query is not a string or is blank, or there are no roots
 */
function checkFileSearch(query: unknown, roots: unknown): void {
  if (typeof query !== "string" || query.trim() === "") {
    throw new TypeError(
      `The query must be a string that is not blank, got ${JSON.stringify(query)}`,
    );
  }
  if (!Array.isArray(roots) || roots.length === 0) {
    throw new TypeError('"roots" must be an array of at least one absolute path');
  }
  const other: unknown = roots.find((root) => typeof root !== "string" || !isAbsolutePath(root));
  if (other === undefined) return;
  throw new TypeError(`"roots" must be absolute paths, got ${JSON.stringify(other)}`);
}
