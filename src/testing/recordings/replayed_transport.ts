/** The transport of a recording that is played back. */
import type {
  PeerFiles,
  Transport,
  TransportClose,
  TransportCloseOptions,
} from "../../transport/transport.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { JsonRecord } from "../recorded_request.ts";
import { differencesOf } from "./differences.ts";
import { addReplacements, essenceOf, keyOf, kindOf } from "./message_key.ts";
import { readRecording, type RecordingLine } from "./recording_file.ts";
import { ReplayMismatchError } from "./recording_errors.ts";
import { type RedactText, scrub } from "./scrub.ts";

/** Frames that reach the client in one batch, and batches that it need not have read. */
const BATCH_FRAMES = 64;
const UNREAD_BATCHES = 4;

/** What to play. */
export interface Replay {
  readonly path: string;
  /** The lines of one connection. */
  readonly lines: AsyncGenerator<RecordingLine, void>;
  /** How often the client says what, by key. */
  readonly expected: Map<string, number>;
  /** What the recording tells about the transport. */
  readonly open: JsonRecord;
  readonly timeoutMs: number;
  readonly redact: RedactText | undefined;
}

interface LiveMessage {
  readonly key: string;
  readonly message: JsonRecord;
}

/** Plays one connection. */
export class ReplayedTransport implements Transport {
  readonly name = "replay";
  /** The files of the recorded machine are gone: any path may exist. */
  readonly files: PeerFiles = {
    look: () => Promise.resolve(undefined),
    readLink: () => Promise.resolve(undefined),
  };
  readonly hiddenVariables?: readonly string[];
  readonly maxSentBytes?: number;
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly closed: Promise<TransportClose>;
  readonly #replay: Replay;
  /** What the client has said, and the recording has not come to yet. */
  readonly #said: LiveMessage[] = [];
  /** The client's id of each request that is not answered yet, by its recorded id. */
  readonly #ids: Map<string, unknown> = new Map();
  /** What stands for what in the server's messages. */
  readonly #replaced: Map<string, string> = new Map();
  readonly #ended: Deferred<TransportClose> = deferred();
  #isEnded = false;
  #isPlayed = false;
  #batch: string[] = [];
  #input!: ReadableStreamDefaultController<readonly string[]>;
  /** Resumes the player, which waits for the client. */
  #wake: () => void = () => {};

  constructor(replay: Replay) {
    this.#replay = replay;
    const { hiddenVariables, maxSentBytes } = replay.open;
    if (Array.isArray(hiddenVariables)) this.hiddenVariables = hiddenVariables.map(String);
    if (typeof maxSentBytes === "number") this.maxSentBytes = maxSentBytes;
    this.readable = new ReadableStream<readonly string[]>({
      start: (controller): void => {
        this.#input = controller;
      },
      pull: (): void => this.#wake(),
      cancel: (): void => this.#end({ kind: "stream", local: true }),
    }, { highWaterMark: UNREAD_BATCHES });
    this.writable = new WritableStream<string>({ write: (frame) => this.#hear(frame) });
    const played = this.#play();
    this.closed = this.#ended.promise.then(async (close) => {
      await played;
      return close;
    });
  }

  close(_options: TransportCloseOptions = {}): Promise<TransportClose> {
    this.#end({ kind: "stream", local: true });
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Takes a message of the client. */
  async #hear(frame: string): Promise<void> {
    if (this.#isEnded) return;
    const { expected, redact } = this.#replay;
    const message = scrub(JSON.parse(frame), redact) as JsonRecord;
    const key = keyOf(message);
    const left = expected.get(key) ?? 0;
    if (left > 0) {
      expected.set(key, left - 1);
      this.#said.push({ key, message });
      return this.#wake();
    }
    // The end of a recording that was cut off is no fault of the client: only what waits for an answer is.
    if (this.#isPlayed && kindOf(message) !== "request") return;
    this.#fail(await this.#unknown(message));
  }

  /** Plays the lines; never rejects. */
  async #play(): Promise<void> {
    try {
      for await (const { line, entry } of this.#replay.lines) {
        if (this.#isEnded) return;
        const { send, receive, end } = entry;
        if (receive !== undefined) {
          this.#batch.push(this.#frameOf(receive));
          if (this.#batch.length >= BATCH_FRAMES) await this.#deliver();
        } else if (isRecord(send)) {
          await this.#deliver();
          await this.#expect(line, send);
        } else if (isRecord(end) && end["local"] !== true) {
          await this.#deliver();
          return this.#end(end as unknown as TransportClose);
        }
      }
      await this.#deliver();
      this.#isPlayed = true;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Waits until the client has said what it said in the recording. */
  async #expect(line: number, recorded: JsonRecord): Promise<void> {
    const key = keyOf(recorded);
    const until = (): number => this.#said.findIndex((one) => one.key === key);
    while (until() < 0) {
      const { promise, resolve } = deferred<true>();
      this.#wake = () => resolve(true);
      const woken = await waitAtMost(promise, this.#replay.timeoutMs);
      if (this.#isEnded) return;
      if (woken === undefined) return this.#fail(this.#missing(line, recorded));
    }
    const [said] = this.#said.splice(until(), 1);
    if (said === undefined) return;
    addReplacements(essentials(recorded), essentials(said.message), this.#replaced);
    if (kindOf(recorded) === "request") {
      this.#ids.set(JSON.stringify(recorded["id"]), said.message["id"]);
    }
  }

  /** Returns what the server says, with the ids and folders of this client. */
  #frameOf(recorded: unknown): string {
    if (!isRecord(recorded)) return String(recorded);
    let message = recorded;
    const id = JSON.stringify(recorded["id"]);
    if (kindOf(recorded) === "answer" && this.#ids.has(id)) {
      message = { ...recorded, id: this.#ids.get(id) };
      this.#ids.delete(id);
    }
    let text = JSON.stringify(message);
    for (const [from, to] of this.#replaced) text = text.replaceAll(from, () => to);
    return text;
  }

  /** Hands the batch over once the client has room for it. */
  async #deliver(): Promise<void> {
    while (!this.#isEnded && (this.#input.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#batch.length > 0 && !this.#isEnded) this.#input.enqueue(this.#batch);
    this.#batch = [];
  }

  #fail(cause: unknown): void {
    this.#end({ kind: "stream", local: false, cause });
  }

  #end(close: TransportClose): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    try {
      this.#input.close();
    } catch {
      // The client no longer reads.
    }
    this.#ended.resolve(close);
    this.#wake();
  }

  #missing(line: number, recorded: JsonRecord): ReplayMismatchError {
    const { path, timeoutMs } = this.#replay;
    const said = this.#said.map(({ message }) => describe(message)).join(", ");
    return new ReplayMismatchError(
      path,
      methodOf(recorded),
      `the client has not sent ${describe(recorded)} of line ${line} within ${timeoutMs} ms` +
        (said === "" ? "" : `, but ${said}`),
    );
  }

  /** Compares an unknown message with the most similar one of the recording. */
  async #unknown(message: JsonRecord): Promise<ReplayMismatchError> {
    const { path, expected } = this.#replay;
    const essence = essenceOf(message);
    let best: { readonly line: number; readonly differences: readonly string[] } | undefined;
    let isRepeated = false;
    for await (const { line, entry } of readRecording(path, "codex-session")) {
      const { send } = entry;
      if (!isRecord(send) || kindOf(send) !== kindOf(message)) continue;
      const name = kindOf(message) === "answer" ? "id" : "method";
      if (send[name] !== message[name]) continue;
      const differences = differencesOf(essence, essenceOf(send), "message")
        .map((text) => text.replace(/^message\./, ""));
      isRepeated ||= differences.length === 0;
      // One that the client has already sent says little about what it should have sent now.
      if ((expected.get(keyOf(send)) ?? 0) === 0) continue;
      if (best === undefined || differences.length < best.differences.length) {
        best = { line, differences };
      }
    }
    const what = describe(message);
    if (best !== undefined) {
      const how = `the client sends ${what} otherwise than in line ${best.line}`;
      return new ReplayMismatchError(path, methodOf(message), how, best.differences);
    }
    const how = isRepeated
      ? `the client sends ${what} more often than the recording has it`
      : `the recording has no ${what}`;
    return new ReplayMismatchError(path, methodOf(message), how);
  }
}

function essentials({ params, result }: JsonRecord): unknown {
  return { params, result };
}

function methodOf({ method }: JsonRecord): string {
  return typeof method === "string" ? method : "answer";
}

function describe(message: JsonRecord): string {
  if (kindOf(message) !== "answer") return methodOf(message);
  return `${"error" in message ? "error" : "answer"} to request ${JSON.stringify(message["id"])}`;
}
