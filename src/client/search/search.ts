/** The searches of the server, as one face. */
import type { FuzzyFileSearchResult, ThreadSearchResult } from "../../generated/types.ts";
import type { ClientContext } from "../client_context.ts";
import { type FileSearchOptions, searchFiles } from "./file_search.ts";
import { searchThreads, type ThreadSearchOptions } from "../threads/thread_search.ts";

/**
 * The searches of the server, as `Codex.search`. Leaving a loop or aborting ends the search on the server too.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function best(codex: Codex, folder: string): Promise<string | undefined> {
 *   for await (const { path } of codex.search.files("readme", { roots: [folder] })) return path;
 *   return undefined;
 * }
 * ```
 */
export class Search {
  readonly #context: ClientContext;

  /** Operates over the connection of a client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Searches the stored threads for a text (`thread/search/stream`). Yields each thread once, with a snippet: early
   * matches first, then the others in the order of `sortKey`, page by page. Falls back to `thread/search` on servers
   * without early matches.
   *
   * @throws {TypeError} if the term is not a string or is blank, or the options are not an object or have an unknown name
   * @throws {RangeError} if the term is longer than 65,536 bytes
   * @throws {JsonRpcError} from the read, if the server refuses the request; `signal.reason` after an abort
   *
   * @example
   * ```ts
   * import { type Codex, printable } from "@codex-app-server/sdk";
   *
   * async function show(codex: Codex, term: string, signal: AbortSignal): Promise<void> {
   *   for await (const { thread, snippet } of codex.search.threads(term, { signal })) {
   *     console.log(thread.id, printable(snippet));
   *   }
   * }
   * ```
   */
  threads(
    term: string,
    options: ThreadSearchOptions = {},
  ): AsyncGenerator<ThreadSearchResult, void, undefined> {
    return searchThreads(this.#context, term, options);
  }

  /**
   * Searches folders for files and folders whose path contains the letters of the query in order (`fuzzyFileSearch`). Yields
   * up to 50 matches, the best first, each with the positions of the letters. Files that git ignores are not searched.
   *
   * @throws {TypeError} if the query is blank, a root is not an absolute path, or the options have an unknown name
   * @throws {JsonRpcError} from the read, if the server refuses the request; `signal.reason` after an abort
   *
   * @example
   * ```ts
   * import { type Codex, printable } from "@codex-app-server/sdk";
   *
   * async function complete(codex: Codex, typed: string, signal: AbortSignal): Promise<void> {
   *   for await (const match of codex.search.files(typed, { roots: ["/srv/project"], signal })) {
   *     console.log(match.match_type, printable(match.path, { oneLine: true }));
   *   }
   * }
   * ```
   */
  files(
    query: string,
    options: FileSearchOptions,
  ): AsyncGenerator<FuzzyFileSearchResult, void, undefined> {
    return searchFiles(this.#context, query, options);
  }
}
