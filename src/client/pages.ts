/** Lists that the server gives page by page. */

/** One page: its entries, and where the next one begins. */
export interface Page<Entry> {
  readonly data: readonly Entry[];
  /** Where the next page begins; `null` on the last page. */
  readonly nextCursor: string | null;
}

/** Reads the page that begins at a cursor; the first one without. */
export type ReadPage<Entry> = (cursor: string | undefined) => Promise<Page<Entry>>;

/** Gives the entries of all pages in order, each page read when its first entry is asked for. */
export async function* entriesOf<Entry>(
  readPage: ReadPage<Entry>,
): AsyncGenerator<Entry, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    yield* page?.data ?? [];
    cursor = page?.nextCursor ?? undefined;
    // A server that gives a cursor again would be asked for ever.
    if (cursor !== undefined && seen.has(cursor)) return;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
