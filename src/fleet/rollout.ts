/** The rollout of a thread: a file that the server appends to, copied to a store part by part. */
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { now } from "../util/clock.ts";
import { sleep } from "../util/timer.ts";
import { StoredThreadError } from "./errors.ts";
import type { Checkpoint, StoredPart, ThreadStore } from "./store.ts";

/** Number of parts after which they are stored again as one. */
const MAX_PARTS = 32;
/** Milliseconds to wait until the file has what the server has reported already. */
const SETTLE_MS = 1_000;
const NEWLINE = 10;

/**
 * Writes a stored rollout to where the server of a `CODEX_HOME` looks for it.
 *
 * @throws {StoredThreadError} if a part is missing
 */
export async function restoreRollout(
  threads: ThreadStore,
  { path, parts }: Checkpoint,
  codexHome: string,
): Promise<void> {
  const file = rolloutFile(codexHome, path);
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, "w");
  try {
    for (const part of parts) await handle.writeFile(await readPart(threads, part));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Reads a stored part.
 *
 * @throws {StoredThreadError} if it is missing or has another size
 */
export async function readPart(
  threads: ThreadStore,
  { key, bytes }: StoredPart,
): Promise<Uint8Array> {
  const part = await threads.get(key);
  if (part === undefined) throw new StoredThreadError(key, "is missing");
  if (part.length !== bytes) {
    throw new StoredThreadError(key, `has ${part.length} bytes instead of ${bytes}`);
  }
  return part;
}

/** The absolute path of a rollout, which never leaves the home. */
export function rolloutFile(codexHome: string, path: string): string {
  const file = join(codexHome, ...path.split("/"));
  const inside = relative(codexHome, file);
  if (path === "" || isAbsolute(path) || isAbsolute(inside) || inside.split(sep)[0] === "..") {
    throw new StoredThreadError(path, "lies outside CODEX_HOME");
  }
  return file;
}

/** The path of a rollout in its home, with `/`. */
export function rolloutPath(codexHome: string, file: string): string {
  return relative(codexHome, file).split(sep).join("/");
}

/** Copies the new lines of a rollout to the store. */
export class RolloutCopy {
  readonly #threads: ThreadStore;
  readonly #file: string;
  readonly #prefix: string;
  readonly #checkpoint: Omit<Checkpoint, "parts" | "written" | "workspaces">;
  #parts: readonly StoredPart[];
  #written = 0;
  /** Calls whose output is in the stored lines, and turns whose end is. */
  readonly #settled = new Set<string>();
  /** Keys that no checkpoint needs any more, once the next one is stored. */
  #garbage: string[] = [];

  /** Continues the copy of the former owner, if there is one. */
  constructor(
    threads: ThreadStore,
    file: string,
    next: Omit<Checkpoint, "parts" | "written" | "workspaces"> & { readonly thread: string },
    former: Checkpoint | undefined,
  ) {
    const { thread, ...checkpoint } = next;
    this.#threads = threads;
    this.#file = file;
    this.#checkpoint = checkpoint;
    this.#prefix = `${thread}/${checkpoint.threadId}`;
    this.#parts = former?.threadId === checkpoint.threadId ? former.parts : [];
    if (former === undefined) return;
    if (former.threadId !== checkpoint.threadId) {
      this.#garbage.push(...former.parts.map(({ key }) => key));
    }
    // The former owner may have stored one part more than it could note.
    this.#garbage.push(`${thread}/${former.threadId}/${former.epoch}-${former.written}`);
  }

  /**
   * Stores the lines that are new, once they contain the outputs of these calls and the ends of these turns. Returns the
   * checkpoint to commit; `"lost"` if the file is gone or shorter than what is stored, which then stays as it is.
   */
  async save(awaited: readonly string[] = []): Promise<Checkpoint | "lost"> {
    const until = now() + SETTLE_MS;
    for (let delayMs = 2;; delayMs = Math.min(2 * delayMs, 50)) {
      if (await this.#copy() === "lost") return "lost";
      if (this.hasAll(awaited) || now() > until) break;
      await sleep(delayMs);
    }
    if (this.#parts.length > MAX_PARTS) await this.#join();
    return { ...this.#checkpoint, parts: this.#parts, written: this.#written };
  }

  /** Returns the calls whose output is in the file: a server that is killed may leave the end of a call without it. */
  async outputs(): Promise<ReadonlySet<string>> {
    const lines = await readLines(this.#file, 0);
    const ids = new Set<string>();
    if (lines === "lost") return ids;
    for (const line of new TextDecoder().decode(lines).split("\n")) {
      const id = outputOf(line);
      if (id !== undefined) ids.add(id);
    }
    return ids;
  }

  /** Whether the stored lines have the end of all of these calls and turns. */
  hasAll(ids: readonly string[]): boolean {
    return ids.every((id) => this.#settled.has(id));
  }

  /** How many calls and turns have their end in the stored lines. */
  get settled(): number {
    return this.#settled.size;
  }

  /** Removes what the committed checkpoint no longer needs. */
  async collect(): Promise<void> {
    const garbage = this.#garbage;
    this.#garbage = [];
    if (garbage.length > 0) await this.#threads.remove(garbage);
  }

  async #copy(): Promise<"lost" | undefined> {
    const offset = this.#parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const lines = await readLines(this.#file, offset);
    if (lines === "lost") return lines;
    if (lines.length === 0) return undefined;
    const key = `${this.#prefix}/${this.#checkpoint.epoch}-${this.#written}`;
    await this.#threads.put(key, lines);
    this.#written++;
    this.#parts = [...this.#parts, { key, bytes: lines.length }];
    this.#note(new TextDecoder().decode(lines));
    return undefined;
  }

  async #join(): Promise<void> {
    const size = this.#parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const whole = await readLines(this.#file, 0);
    if (whole === "lost" || whole.length < size) return;
    const key = `${this.#prefix}/${this.#checkpoint.epoch}-${this.#written}`;
    await this.#threads.put(key, whole.subarray(0, size));
    this.#written++;
    this.#garbage.push(...this.#parts.map((part) => part.key));
    this.#parts = [{ key, bytes: size }];
  }

  #note(text: string): void {
    for (const line of text.split("\n")) {
      const output = outputOf(line);
      if (output !== undefined) this.#noteId(output);
      else if (/"(?:task_complete|turn_aborted)"/.test(line)) {
        this.#noteId(/"turn_id":"([^"]+)"/.exec(line)?.[1]);
      }
    }
  }

  #noteId(id: string | undefined): void {
    if (id !== undefined) this.#settled.add(id);
  }
}

/** Reads the whole lines of a file from an offset on; `"lost"` if the file ends before it. */
async function readLines(file: string, offset: number): Promise<Uint8Array | "lost"> {
  let size: number;
  try {
    size = (await stat(file)).size;
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    return offset === 0 ? new Uint8Array() : "lost";
  }
  if (size < offset) return "lost";
  const handle = await open(file, "r");
  try {
    const bytes = new Uint8Array(size - offset);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(
        bytes,
        length,
        bytes.length - length,
        offset + length,
      );
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, bytes.subarray(0, length).lastIndexOf(NEWLINE) + 1);
  } finally {
    await handle.close();
  }
}

/** The call whose output a line is. */
function outputOf(line: string): string | undefined {
  return line.includes('_output"') ? /"call_id":"([^"]+)"/.exec(line)?.[1] : undefined;
}
