/** Files of recordings: JSON lines, of which the first is a header with a version. */
import { closeSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { LineSplitter } from "../../framing/line_splitter.ts";
import { errorText } from "../../util/error_text.ts";
import { isRecord } from "../../util/is_record.ts";
import { SDK_VERSION } from "../../util/sdk_version.ts";
import type { JsonRecord } from "../recorded_request.ts";
import { RecordingError } from "./recording_errors.ts";

/** The formats: a session between a client and a server, or the responses of a model. */
export type RecordingFormat = "codex-session" | "codex-model";

/** The version of both formats; it grows when older readers could not read a file. */
export const RECORDING_VERSION = 1;

const CHUNK_BYTES = 64 * 1024;

/** A line of a recording after its header. */
export interface RecordingLine {
  /** The number of the line, from 1. */
  readonly line: number;
  readonly entry: JsonRecord;
}

/** Returns the path of a file that is given as path or URL. */
export function pathOf(file: string | URL): string {
  if (typeof file === "string" && file !== "") return file;
  if (file instanceof URL) return fileURLToPath(file);
  throw new TypeError(`"file" must be a path or a file URL, got ${JSON.stringify(file)}`);
}

/**
 * Writes lines at once, so that a crash loses at most the one being written. The file is open between the first `open()`
 * and as many calls of `close()`.
 */
export class RecordingWriter {
  readonly #path: string;
  readonly #format: RecordingFormat;
  #fd: number | undefined;
  #users = 0;
  #begun = false;

  constructor(path: string, format: RecordingFormat) {
    this.#path = path;
    this.#format = format;
  }

  /** Opens the file for one more user; the first one replaces it. Only its owner may read it. */
  open(): void {
    if (this.#fd === undefined) {
      this.#fd = openSync(this.#path, this.#begun ? "a" : "w", 0o600);
      if (!this.#begun) {
        this.#begun = true;
        this.write({ format: this.#format, version: RECORDING_VERSION, sdk: SDK_VERSION });
      }
    }
    this.#users++;
  }

  /** Writes a line; has no effect on a closed file. */
  write(entry: JsonRecord): void {
    if (this.#fd === undefined) return;
    const bytes = new TextEncoder().encode(`${JSON.stringify(entry)}\n`);
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done);
    }
  }

  /** Closes the file for one user. */
  close(): void {
    if (this.#fd === undefined || --this.#users > 0) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * Yields the header, and then the lines of a recording, with a bounded part of it in memory. A last line that is cut off is
 * left out.
 *
 * @throws {RecordingError} if there is no such file, it has another format, or a line is not JSON
 */
export async function* readRecording(
  path: string,
  format?: RecordingFormat,
): AsyncGenerator<RecordingLine, void> {
  let line = 0;
  for await (const { text, isWhole } of readLines(path)) {
    line++;
    const entry = parse(text);
    if (line === 1) checkHeader(path, entry, format);
    if (isRecord(entry)) yield { line, entry };
    else if (isWhole) throw new RecordingError(path, `line ${line} is not JSON`);
  }
  if (line === 0) throw new RecordingError(path, "it is empty");
}

async function* readLines(
  path: string,
): AsyncGenerator<{ readonly text: string; readonly isWhole: boolean }, void> {
  const file = await open(path, "r").catch((cause: unknown) => {
    const isMissing = isRecord(cause) && cause["code"] === "ENOENT";
    throw new RecordingError(path, isMissing ? "there is no such file" : errorText(cause), {
      cause,
    });
  });
  try {
    const splitter = new LineSplitter();
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      for (const text of splitter.push(buffer.slice(0, bytesRead))) yield { text, isWhole: true };
    }
    for (const text of splitter.end()) yield { text, isWhole: false };
  } finally {
    await file.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkHeader(path: string, header: unknown, wanted: RecordingFormat | undefined): void {
  const { format, version } = isRecord(header) ? header : {};
  if (format !== "codex-session" && format !== "codex-model") {
    throw new RecordingError(path, "it is not a recording of this SDK");
  }
  if (wanted !== undefined && format !== wanted) {
    throw new RecordingError(
      path,
      wanted === "codex-session"
        ? "it is of a model, for ModelServer.replay()"
        : "it is of a session, for replayTransport()",
    );
  }
  if (version !== RECORDING_VERSION) {
    throw new RecordingError(
      path,
      `its version is ${JSON.stringify(version)}, and this SDK reads version ${RECORDING_VERSION}`,
    );
  }
}
