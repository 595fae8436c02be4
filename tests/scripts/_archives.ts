/** Creates archives for tests, with arbitrary paths and links. */
import { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { packTar, type TarEntry } from "modern-tar";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";

/** An entry for an archive. */
export interface Packed {
  readonly path: string;
  /** The content of a file; the path that a link points to. */
  readonly content?: string | Uint8Array;
  readonly kind?: "file" | "directory" | "symlink" | "link" | "fifo";
  readonly mode?: number;
}

/** Writes an archive in the format that its name ends with; returns its path. */
export async function writeArchive(archive: string, entries: readonly Packed[]): Promise<string> {
  const bytes = archive.endsWith(".zip") ? await zipOf(entries) : await tarOf(entries);
  await mkdir(dirname(archive), { recursive: true });
  await writeFile(archive, bytes);
  return archive;
}

async function tarOf(entries: readonly Packed[]): Promise<Uint8Array> {
  const packed = entries.map(({ path, content = "", kind = "file", mode }): TarEntry => {
    const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const shared = { name: path, type: kind, ...(mode === undefined ? {} : { mode }) };
    return kind === "file"
      ? { header: { ...shared, size: body.byteLength }, body }
      : { header: { ...shared, size: 0, linkname: new TextDecoder().decode(body) } };
  });
  return gzipSync(await packTar(packed), { level: 1 });
}

async function zipOf(entries: readonly Packed[]): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const { path, content = "", kind = "file", mode = 0o644 } of entries) {
    const reader = typeof content === "string"
      ? new TextReader(content)
      : new Uint8ArrayReader(content);
    await writer.add(path, kind === "directory" ? undefined : reader, {
      directory: kind === "directory",
      unixMode: kind === "symlink" ? 0o120777 : mode,
    });
  }
  return await writer.close();
}
