/** Reads archives: one entry after another, as it is stored. Whether an entry may be unpacked is decided elsewhere. */
import { BlobReader, type Entry, TextWriter, ZipReader } from "@zip.js/zip.js";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** One entry of an archive. */
export interface ArchiveEntry {
  /** The path as it is stored, with `/` between its parts. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink" | "hardlink" | "other";
  readonly executable: boolean;
  /** The size that the archive states; the content may have another one. */
  readonly size: number;
  /** The path that a link points to. */
  readonly target?: string;
  /** Writes the content of a file. */
  writeTo(sink: WritableStream<Uint8Array>): Promise<unknown>;
}

/** The longest path that a link may point to. */
const LONGEST_TARGET = 4096;

/**
 * Reads a `.tar.gz`. The entries have to be taken in order; one whose content is not written is skipped.
 *
 * @throws {Error} if the archive is damaged
 */
export async function* tarEntries(archive: string): AsyncGenerator<ArchiveEntry> {
  // Deno's DecompressionStream unpacks ahead of its reader without limit; this one waits for it.
  const unzipped = pipeline(createReadStream(archive), createGunzip(), () => {});
  const bytes = Readable.toWeb(unzipped) as unknown as ReadableStream<Uint8Array>;
  for await (const entry of bytes.pipeThrough(createTarDecoder({ strict: true }))) {
    let taken = false;
    yield tarEntry(entry, () => taken = true);
    if (!taken) await entry.body.cancel();
  }
}

function tarEntry({ header, body }: ParsedTarEntry, take: () => void): ArchiveEntry {
  const { name, type = "file", mode = 0, size, linkname } = header;
  const kinds = {
    file: "file",
    directory: "folder",
    symlink: "symlink",
    link: "hardlink",
  } as const;
  return {
    path: name,
    kind: type in kinds ? kinds[type as keyof typeof kinds] : "other",
    executable: (mode & 0o111) !== 0,
    size,
    ...(linkname === undefined ? {} : { target: linkname }),
    writeTo(sink): Promise<void> {
      take();
      return body.pipeTo(sink);
    },
  };
}

/**
 * Reads a `.zip`.
 *
 * @throws {Error} if the archive is damaged
 */
export async function* zipEntries(archive: string): AsyncGenerator<ArchiveEntry> {
  const reader = new ZipReader(new BlobReader(new Blob([await readFile(archive)])), {
    checkCrc32: true,
    checkOverlappingEntry: true,
    // Paths are checked for both formats in one place.
    filenameValidation: "tolerant",
    useWebWorkers: false,
  });
  try {
    for await (const entry of reader.getEntriesGenerator()) yield await zipEntry(entry);
  } finally {
    await reader.close();
  }
}

async function zipEntry(entry: Entry): Promise<ArchiveEntry> {
  const { filename: path, executable, uncompressedSize: size } = entry;
  if (entry.directory) {
    return { path, kind: "folder", executable, size: 0, writeTo: () => Promise.resolve() };
  }
  const writeTo = (sink: WritableStream<Uint8Array>): Promise<unknown> => entry.getData(sink);
  if (!entry.symlink) return { path, kind: "file", executable, size, writeTo };
  if (size > LONGEST_TARGET) throw new Error(`the link "${path}" is too long`);
  const target = await entry.getData(new TextWriter());
  return { path, kind: "symlink", executable, size: 0, target, writeTo };
}
