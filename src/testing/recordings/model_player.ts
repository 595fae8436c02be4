/** Answers the requests of the runtime from a recording. */
import { redact } from "../../util/redact.ts";
import { isRecord } from "../../util/is_record.ts";
import type { HttpReply } from "../http_server.ts";
import type { JsonRecord, RecordedRequest } from "../recorded_request.ts";
import { differencesOf } from "./differences.ts";
import { essenceKey, type MatchBy, modelEssence } from "./model_essence.ts";
import { readRecording } from "./recording_file.ts";

/** What answers the requests that no queued response is for. */
export interface ModelSource {
  /** Answers a request; returns the reason if it cannot. */
  answer(request: RecordedRequest, reply: HttpReply): Promise<string | undefined>;
  close(): void;
}

interface Exchange {
  readonly number: number;
  readonly line: number;
  readonly key: string;
}

/** Plays a recorded model: each response once, in its order among the requests that are equal. */
export class ModelPlayer implements ModelSource {
  readonly #path: string;
  readonly #matchBy: MatchBy;
  readonly #left: Exchange[];

  private constructor(path: string, matchBy: MatchBy, exchanges: Exchange[]) {
    this.#path = path;
    this.#matchBy = matchBy;
    this.#left = exchanges;
  }

  /**
   * Reads which requests a recording has. Those whose response is not complete are left out.
   *
   * @throws {RecordingError} if the file cannot be used
   */
  static async open(path: string, matchBy: MatchBy): Promise<ModelPlayer> {
    const begun = new Map<unknown, Exchange>();
    const exchanges: Exchange[] = [];
    for await (const { line, entry } of readRecording(path, "codex-model")) {
      const { request: number, done } = entry;
      if (typeof number === "number") {
        const key = essenceKey(String(entry["path"]), entry["essence"]);
        begun.set(number, { number, line, key });
      }
      const whole = begun.get(done);
      if (whole !== undefined) exchanges.push(whole);
    }
    exchanges.sort((one, other) => one.number - other.number);
    return new ModelPlayer(path, matchBy, exchanges);
  }

  /** Whether the recording has no complete response. */
  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  close(): void {}

  async answer(request: RecordedRequest, reply: HttpReply): Promise<string | undefined> {
    const path = String(request.path.split("?")[0]);
    const essence = modelEssence(request, this.#matchBy);
    const key = essenceKey(path, essence);
    const at = this.#left.findIndex((exchange) => exchange.key === key);
    const [found] = at < 0 ? [] : this.#left.splice(at, 1);
    if (found === undefined) return await this.#explain(path, essence);
    await this.#play(found.number, reply);
    return undefined;
  }

  async #play(number: number, reply: HttpReply): Promise<void> {
    let head: JsonRecord = {};
    for await (const { entry } of readRecording(this.#path, "codex-model")) {
      if (reply.done) return;
      if (entry["response"] === number) head = entry;
      if (entry["part"] === number) await playPart(head, entry, reply);
      if (entry["done"] !== number) continue;
      if (entry["end"] === "cut") return await reply.cut();
      // The runtime left: it was interrupted, and will be again.
      if (entry["end"] === "left") return await reply.closed;
      return reply.end();
    }
  }

  /** Says what is new in a request. */
  async #explain(path: string, essence: unknown): Promise<string> {
    let best: { readonly line: number; readonly differences: readonly string[] } | undefined;
    const unused = new Set(this.#left.map(({ line }) => line));
    let isRepeated = false;
    for await (const { line, entry } of readRecording(this.#path, "codex-model")) {
      if (typeof entry["request"] !== "number" || entry["path"] !== path) continue;
      const differences = differencesOf(essence, entry["essence"], "request")
        .map((text) => text.replace(/^request\./, ""));
      isRepeated ||= differences.length === 0;
      if (!unused.has(line)) continue;
      if (best === undefined || differences.length < best.differences.length) {
        best = { line, differences };
      }
    }
    const what = best !== undefined
      ? `it differs from the one of line ${best.line}: ${best.differences.join("; ")}`
      : isRepeated
      ? "it comes more often than it was recorded"
      : `the recording has no further request for ${path}`;
    return redact(
      `the recording "${this.#path}" has no such request: ${what}. ` +
        "To record it again, delete the file and use ModelServer.record()",
    );
  }
}

async function playPart(head: JsonRecord, part: JsonRecord, reply: HttpReply): Promise<void> {
  const { event, text } = part;
  const headers = isRecord(head["headers"]) ? head["headers"] as Record<string, string> : {};
  const isStream = head["status"] === 200 &&
    headers["content-type"]?.startsWith("text/event-stream");
  if (!isStream) return reply.send(Number(head["status"]), headers, String(text ?? ""));
  if (isRecord(event)) {
    await reply.stream(`event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`);
  } else {
    await reply.stream(`data: ${String(text ?? "")}\n\n`);
  }
}
