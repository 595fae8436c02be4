/** Unpacks archives from unknown sources: every entry is checked, by the same rules for both formats. */
import { BlobReader, TextWriter, ZipReader } from "@zip.js/zip.js";
import { createTarDecoder } from "modern-tar";
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { cp, mkdir, open, readFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** How much an archive may hold. A runtime has about 0.5 GB in 60 files. */
export interface ArchiveLimits {
  /** All files together, in bytes, unpacked. */
  readonly bytes: number;
  readonly entries: number;
}

/** Whether the file has the name of an archive, supported or not. */
export function isArchive(path: string): boolean {
  return /\.(?:tgz|tar|gz|zip|zst|tzst|xz|txz|bz2|7z|dmg)$/i.test(path);
}

/**
 * Unpacks a `.tar.gz`, `.tgz` or `.zip` into an empty folder. Links become copies of their targets.
 *
 * @throws {Error} if the archive is damaged or too large, or an entry does not belong in the folder
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  limits: ArchiveLimits = { bytes: 4 * 1024 ** 3, entries: 10_000 },
): Promise<void> {
  const [format] = /\.(?:tar\.gz|tgz|zip)$/i.exec(archive) ?? [];
  if (format === undefined) {
    throw new Error(
      `"${archive}" is an archive that cannot be read: give a .tar.gz, .tgz or .zip, or unpack it and give its folder`,
    );
  }
  const isZip = format.toLowerCase() === ".zip";
  try {
    await unpack(isZip ? zipEntries(archive) : tarEntries(archive), folder, limits);
  } catch (error) {
    throw new Error(`Cannot unpack "${archive}": ${(error as Error).message}`);
  }
}

interface ArchiveEntry {
  /** The path as it is stored, with `/` between its parts. */
  readonly path: string;
  /** `file`, `directory`, `symlink`, `link`, or anything else that a tar archive can hold. */
  readonly kind: string;
  readonly executable: boolean;
  /** The size that the archive states, in bytes. */
  readonly size: number;
  readonly target: string;
  writeTo(sink: WritableStream<Uint8Array>): Promise<unknown>;
}

async function* tarEntries(archive: string): AsyncGenerator<ArchiveEntry> {
  // Deno's DecompressionStream unpacks ahead of its reader without limit; this one waits for it.
  const file = createReadStream(archive);
  const closed = new Promise<void>((resolve) => file.once("close", resolve));
  const unzipped = pipeline(file, createGunzip(), () => {});
  const bytes = Readable.toWeb(unzipped) as unknown as ReadableStream<Uint8Array>;
  try {
    for await (const { header, body } of bytes.pipeThrough(createTarDecoder({ strict: true }))) {
      const { name: path, type: kind = "file", mode = 0, size, linkname: target = "" } = header;
      const executable = (mode & 0o111) !== 0;
      yield { path, kind, executable, size, target, writeTo: (sink) => body.pipeTo(sink) };
      await body.cancel();
    }
  } finally {
    file.destroy();
    await closed; // a read may still be pending
  }
}

async function* zipEntries(archive: string): AsyncGenerator<ArchiveEntry> {
  const reader = new ZipReader(new BlobReader(new Blob([await readFile(archive)])), {
    checkCrc32: true,
    checkOverlappingEntry: true,
    // Paths are checked for both formats in one place.
    filenameValidation: "tolerant",
    useWebWorkers: false,
  });
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      const { filename: path, directory, executable, symlink, uncompressedSize: size } = entry;
      const kind = directory ? "directory" : symlink ? "symlink" : "file";
      if (symlink && size > 4096) throw new Error(`the link "${path}" is too long`);
      const target = symlink && !directory ? await entry.getData(new TextWriter()) : "";
      const writeTo = async (sink: WritableStream<Uint8Array>): Promise<unknown> =>
        directory ? undefined : await entry.getData(sink);
      yield { path, kind, executable, size, target, writeTo };
    }
  } finally {
    await reader.close();
  }
}

async function unpack(
  entries: AsyncIterable<ArchiveEntry>,
  folder: string,
  limits: ArchiveLimits,
): Promise<void> {
  // In lower case: two names of one file on Windows and macOS are one here.
  const kinds = new Map<string, "file" | "directory">();
  const links = new Map<string, string>();
  let [entryCount, byteCount] = [0, 0];

  function count(bytes: number): void {
    entryCount += 1;
    byteCount += bytes;
    if (entryCount > limits.entries) throw new Error(`it has more than ${limits.entries} entries`);
    if (byteCount > limits.bytes) {
      throw new Error(`it has more than ${limits.bytes} bytes unpacked`);
    }
  }
  function claim(path: string, kind: "file" | "directory"): void {
    const parent = posix.dirname(path);
    if (parent !== ".") claim(parent, "directory");
    const key = path.normalize("NFC").toLowerCase();
    const known = kinds.get(key);
    if (known !== undefined && (known === "file" || kind === "file")) {
      throw new Error(`it has more than one entry for "${path}"`);
    }
    kinds.set(key, kind);
  }

  for await (const { path: stored, kind, size, target, executable, writeTo } of entries) {
    count(kind === "file" ? size : 0);
    const path = inside(stored);
    if (path === undefined || stored.split("/").includes("..")) {
      throw new Error(
        `the path of the entry ${JSON.stringify(stored)} is not a plain relative one`,
      );
    }
    const place = join(folder, path);
    if (kind === "directory") {
      if (path !== "") claim(path, kind);
      await mkdir(place, { recursive: true });
      continue;
    }
    if (path === "") throw new Error(`the entry "${stored}" has no name`);
    claim(path, "file");
    if (kind === "symlink" || kind === "link") {
      links.set(path, linkTarget(path, kind === "symlink" ? posix.dirname(path) : "", target));
      continue;
    }
    if (kind !== "file") throw new Error(`"${path}" is neither a file, a folder nor a link`);
    await mkdir(dirname(place), { recursive: true });
    await using file = await open(place, "wx", executable ? 0o755 : 0o644);
    let left = size;
    await writeTo(
      new WritableStream({
        async write(chunk): Promise<void> {
          left -= chunk.byteLength;
          if (left < 0) throw new Error(`"${path}" has more bytes than it states`);
          await file.writeFile(chunk);
        },
      }),
    );
  }

  const isWithin = (path: string, parent: string): boolean =>
    path === parent || parent === "" || path.startsWith(`${parent}/`);
  // A link is copied once no other link is in the way of its target.
  while (links.size > 0) {
    const waiting = [...links.keys()];
    const ready = [...links].filter(([, target]) =>
      !waiting.some((other) => isWithin(target, other) || isWithin(other, target))
    );
    if (ready.length === 0) throw new Error(`the link "${waiting[0]}" leads back to itself`);
    for (const [link, target] of ready) {
      const from = join(folder, target);
      if (!existsSync(from)) {
        throw new Error(`the link "${link}" points to "${target}", which it does not have`);
      }
      const below = statSync(from).isDirectory() ? readdirSync(from, { recursive: true }) : [];
      for (const path of ["", ...below.map(String)]) {
        const copied = statSync(join(from, path));
        count(copied.isFile() ? copied.size : 0);
      }
      await cp(from, join(folder, link), { recursive: true });
      links.delete(link);
    }
  }
}

/** Returns the path that a link points to, relative to the root of the archive. */
function linkTarget(link: string, base: string, target: string): string {
  const path = posix.isAbsolute(target) ? undefined : inside(posix.join(base, target));
  if (path !== undefined) return path;
  throw new Error(`the link "${link}" leads out of the archive, to ${JSON.stringify(target)}`);
}

/** Returns the normalized path, or `undefined` if it leaves the archive; `\` and `:` have a meaning on Windows. */
function inside(stored: string): string | undefined {
  const path = posix.normalize(stored).replace(/\/$/, "");
  // deno-lint-ignore no-control-regex -- names must not contain control characters
  if (stored === "" || /^(?:\/|\.\.(?:\/|$))|[\\:\x00-\x1f]/.test(path)) return undefined;
  return path === "." ? "" : path;
}
