import { copyFile, mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { type ArchiveEntry, tarEntries, zipEntries } from "./archive_entries.ts";
import { entryPath, linkTarget } from "./archive_path.ts";
import { StageError } from "./stage_error.ts";

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
