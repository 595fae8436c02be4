/** Lists that the server returns page by page. */
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { isRecord } from "../util/is_record.ts";
import { checkField } from "./check_reply.ts";

/** One page of a list. */
export interface Page<Entry> {
  readonly data: readonly Entry[];
  /** The cursor of the next page; `null` on the last one. */
  readonly nextCursor: string | null;
}

/** Reads the page at a cursor, or the first page for `undefined`. */
export type ReadPage<Entry> = (cursor: string | undefined) => Promise<Page<Entry>>;

/** Where a list begins, and where to report that it never ends. */
export interface PagesOptions {
  /** The method that reads a page. */
  readonly method: string;
  readonly onDiagnostic: OnDiagnostic;
  /** Whether a value can be an entry; any object by default. */
  readonly isEntry?: ((value: unknown) => boolean) | undefined;
  /** The caller's cursor of the first page. */
  readonly cursor?: string | null | undefined;
}

/**
 * Checks that a reply is a page: a list of entries, by default objects, and a cursor or `null`.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` if it is not
 */
export function checkPage(
  method: string,
  reply: unknown,
  isEntry: (value: unknown) => boolean = isRecord,
): void {
  checkField(method, reply, "data", (data) => Array.isArray(data) && data.every(isEntry));
  checkField(method, reply, "nextCursor", (cursor) => cursor == null || typeof cursor === "string");
}

/**
 * Yields the entries of all pages in order, reading each page when its first entry is requested.
 *
 * @throws {InternalRpcError} from the read, with the code `"unreadable_reply"` if the reply is not a page
 */
export async function* entriesOf<Entry>(
  readPage: ReadPage<Entry>,
  { method, onDiagnostic, isEntry, cursor: first }: PagesOptions,
): AsyncGenerator<Entry, void, undefined> {
  const seen = new Set<string>(first == null ? [] : [first]);
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    checkPage(method, page, isEntry);
    yield* page.data;
    cursor = page.nextCursor ?? undefined;
    // A server that repeats a cursor would be asked forever.
    if (cursor !== undefined && seen.has(cursor)) {
      return onDiagnostic({ kind: "repeatedCursor", method, cursor });
    }
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
