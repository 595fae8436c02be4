import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** The SHA-256 of a file, in hexadecimal digits. */
export function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** The lines that `sha256sum --check` reads, in the order of the names. */
export function checksumLines(paths: readonly string[]): string {
  return [...paths].sort((a, b) => basename(a) < basename(b) ? -1 : 1)
    .map((path) => `${sha256(path)}  ${basename(path)}\n`).join("");
}
