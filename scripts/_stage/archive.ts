/** Unpacks archives that nobody has checked: one entry after another, with the same rules for both formats. */
import { BlobReader, type Entry, TextWriter, ZipReader } from "@zip.js/zip.js";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { StageError } from "./common.ts";

/** How much an archive may hold. A runtime has about 0.5 GB in 60 files. */
export interface ArchiveLimits {
  /** All files together, in bytes, unpacked. */
  readonly bytes: number;
  readonly entries: number;
}

const LIMITS: ArchiveLimits = { bytes: 4 * 1024 ** 3, entries: 10_000 };

/** Whether the file has the name of an archive, one that can be unpacked or another. */
export function isArchive(path: string): boolean {
  return /\.(?:tgz|tar|gz|zip|zst|tzst|xz|txz|bz2|7z|dmg)$/i.test(path);
}

/**
 * Unpacks a `.tar.gz`, `.tgz` or `.zip` into an empty folder. Links become copies of what they point to, so that no link
 * is ever written.
 *
 * @throws {StageError} if the archive is damaged, too large, or has an entry that does not belong into the folder
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  limits: ArchiveLimits = LIMITS,
): Promise<void> {
  const read = /\.(?:tar\.gz|tgz)$/i.test(archive)
    ? tarEntries
    : /\.zip$/i.test(archive)
    ? zipEntries
    : undefined;
  if (read === undefined) {
    throw new StageError(
      `"${archive}" is an archive that cannot be read: give a .tar.gz, .tgz or .zip, or unpack it and give its folder`,
    );
  }
  try {
    await new Unpacking(folder, limits).run(read(archive));
  } catch (error) {
    throw new StageError(`Cannot unpack "${archive}": ${(error as Error).message}`);
  }
}

/** One archive on its way into a folder. */
class Unpacking {
  readonly #folder: string;
  readonly #limits: ArchiveLimits;
  /** What is at each path, in lower case: two names of one file on Windows and macOS are one here. */
  readonly #kinds = new Map<string, "file" | "folder">();
  readonly #links = new Map<string, string>();
  #bytes = 0;
  #entries = 0;

  constructor(folder: string, limits: ArchiveLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  async run(entries: AsyncIterable<ArchiveEntry>): Promise<void> {
    for await (const entry of entries) {
      this.#countEntry();
      await this.#unpack(entry, entryPath(entry.path));
    }
    await this.#copyLinks();
  }

  async #unpack(entry: ArchiveEntry, path: string): Promise<void> {
    const { kind, target = "", executable } = entry;
    if (kind === "other") throw new Error(`"${path}" is neither a file, a folder nor a link`);
    if (path === "" && kind !== "folder") throw new Error(`the entry "${entry.path}" has no name`);
    if (path !== "") this.#claim(path, kind === "folder" ? "folder" : "file");
    const place = join(this.#folder, path);
    await mkdir(kind === "folder" ? place : dirname(place), { recursive: true });
    if (kind === "symlink") {
      this.#links.set(path, linkTarget(path, posix.dirname(path), target));
    } else if (kind === "hardlink") {
      this.#links.set(path, linkTarget(path, "", target));
    } else if (kind === "file") {
      this.#checkBytes(entry.size);
      await this.#write(entry, place, executable ? 0o755 : 0o644);
    }
  }

  async #write(entry: ArchiveEntry, place: string, mode: number): Promise<void> {
    const file = await open(place, "wx", mode);
    try {
      const write = async (chunk: Uint8Array): Promise<void> => {
        // The stated size may be a lie.
        this.#addBytes(chunk.byteLength);
        await file.writeFile(chunk);
      };
      await entry.writeTo(new WritableStream({ write }));
    } finally {
      await file.close();
    }
  }

  #claim(path: string, kind: "file" | "folder"): void {
    const parent = posix.dirname(path);
    if (parent !== ".") this.#claim(parent, "folder");
    const key = path.normalize("NFC").toLowerCase();
    const known = this.#kinds.get(key);
    if (known !== undefined && (known === "file" || kind === "file")) {
      throw new Error(`it has more than one entry for "${path}"`);
    }
    this.#kinds.set(key, kind);
  }

  #countEntry(): void {
    this.#entries += 1;
    if (this.#entries <= this.#limits.entries) return;
    throw new Error(`it has more than ${this.#limits.entries} entries`);
  }

  #addBytes(count: number): void {
    this.#checkBytes(count);
    this.#bytes += count;
  }

  #checkBytes(count: number): void {
    if (this.#bytes + count <= this.#limits.bytes) return;
    throw new Error(`it has more than ${this.#limits.bytes} bytes unpacked`);
  }

  /** A link is copied as soon as no other link is in the way of its target. */
  async #copyLinks(): Promise<void> {
    while (this.#links.size > 0) {
      const waiting = [...this.#links.keys()];
      const ready = [...this.#links].filter(([, target]) =>
        !waiting.some((other) => isWithin(target, other) || isWithin(other, target))
      );
      if (ready.length === 0) throw new Error(`the link "${waiting[0]}" leads back to itself`);
      for (const [link, target] of ready) {
        await this.#copy(link, target);
        this.#links.delete(link);
      }
    }
  }

  async #copy(link: string, target: string): Promise<void> {
    this.#countEntry();
    const from = join(this.#folder, target);
    const found = await stat(from).catch(() => undefined);
    if (found === undefined) {
      throw new Error(`the link "${link}" points to "${target}", which it does not have`);
    }
    if (!found.isDirectory()) {
      this.#addBytes(found.size);
      return await copyFile(from, join(this.#folder, link));
    }
    await mkdir(join(this.#folder, link));
    for (const name of await readdir(from)) {
      await this.#copy(posix.join(link, name), posix.join(target, name));
    }
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === "" || path.startsWith(`${folder}/`);
}

/** One entry of an archive. */
interface ArchiveEntry {
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
async function* tarEntries(archive: string): AsyncGenerator<ArchiveEntry> {
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
async function* zipEntries(archive: string): AsyncGenerator<ArchiveEntry> {
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

/** Characters that a name must not have: `\` and `:` have a meaning on Windows. */
// deno-lint-ignore no-control-regex -- a name with such characters is what it looks for
const NOT_IN_A_NAME = /[\\:\x00-\x1f]/;

/**
 * Returns the path of an entry in its shortest form; empty for the root of the archive.
 *
 * @throws {Error} if the path leaves the archive, or means different things on different systems
 */
function entryPath(stored: string): string {
  const path = inside(stored);
  if (path === undefined || stored.split("/").includes("..")) {
    throw new Error(`the path of the entry ${JSON.stringify(stored)} is not a plain relative one`);
  }
  return path;
}

/**
 * Returns the path that a link points to, relative to the root of the archive.
 *
 * @param base the folder that the target is relative to
 * @throws {Error} if the target lies outside
 */
function linkTarget(link: string, base: string, target: string): string {
  const path = posix.isAbsolute(target) ? undefined : inside(posix.join(base, target));
  if (path === undefined) {
    throw new Error(`the link "${link}" leads out of the archive, to ${JSON.stringify(target)}`);
  }
  return path;
}

function inside(stored: string): string | undefined {
  const path = posix.normalize(stored).replace(/\/$/, "");
  const leaves = posix.isAbsolute(path) || path === ".." || path.startsWith("../");
  if (stored === "" || leaves || NOT_IN_A_NAME.test(path)) return undefined;
  return path === "." ? "" : path;
}
