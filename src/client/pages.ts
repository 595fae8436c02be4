/** Lists that the server returns page by page. */

/** One page of a list. */
export interface Page<Entry> {
  readonly data: readonly Entry[];
  /** The cursor of the next page; `null` on the last one. */
  readonly nextCursor: string | null;
}

/** Reads the page at a cursor, or the first page for `undefined`. */
export type ReadPage<Entry> = (cursor: string | undefined) => Promise<Page<Entry>>;

/** Yields the entries of all pages in order, reading each page when its first entry is requested. */
export async function* entriesOf<Entry>(
  readPage: ReadPage<Entry>,
): AsyncGenerator<Entry, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    yield* page?.data ?? [];
    cursor = page?.nextCursor ?? undefined;
    // A server that repeats a cursor would be asked forever.
    if (cursor !== undefined && seen.has(cursor)) return;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
