/** Sends the requests of the runtime to a real endpoint, and writes its responses. */
import { LineSplitter } from "../../framing/line_splitter.ts";
import { errorText } from "../../util/error_text.ts";
import { isRecord } from "../../util/is_record.ts";
import { redact } from "../../util/redact.ts";
import type { HttpReply } from "../http_server.ts";
import type { RecordedRequest } from "../recorded_request.ts";
import { type MatchBy, modelEssence } from "./model_essence.ts";
import type { ModelSource } from "./model_player.ts";
import { forward, type ModelUpstream } from "./model_upstream.ts";
import { RecordingWriter } from "./recording_file.ts";
import { scrub } from "./scrub.ts";

/** Echoes of the request, names of people, and padding: nothing that a client needs. */
const UNNEEDED: ReadonlySet<string> = new Set([
  "instructions",
  "tools",
  "safety_identifier",
  "user",
  "prompt_cache_key",
  "metadata",
  "obfuscation",
]);
const TIME = /_at$/;
/** Refused keys: a later run may have the right one. */
const NOT_WRITTEN: ReadonlySet<number> = new Set([401, 403]);

/** Records a model. */
export class ModelRecorder implements ModelSource {
  readonly #writer: RecordingWriter;
  readonly #upstream: ModelUpstream;
  readonly #matchBy: MatchBy;
  #requests = 0;

  constructor(path: string, upstream: ModelUpstream, matchBy: MatchBy) {
    this.#writer = new RecordingWriter(path, "codex-model");
    this.#upstream = upstream;
    this.#matchBy = matchBy;
    this.#writer.open();
  }

  close(): void {
    this.#writer.close();
  }

  async answer(request: RecordedRequest, reply: HttpReply): Promise<undefined> {
    const leaving = new AbortController();
    void reply.closed.then(() => leaving.abort());
    const path = request.path.replace(/^\/v1/, "");
    let response: Response;
    try {
      response = await forward(this.#upstream, request, path, leaving.signal);
    } catch (error) {
      const message = `Cannot reach the model at "${redact(this.#upstream.url)}": ${
        redact(reasonOf(error))
      }`;
      reply.send(502, {}, JSON.stringify({ error: { message } }));
      return;
    }
    const isWritten = !NOT_WRITTEN.has(response.status);
    const number = isWritten ? ++this.#requests : 0;
    const write = (entry: Readonly<Record<string, unknown>>): void => {
      if (isWritten) this.#writer.write(entry);
    };
    const type = response.headers.get("content-type") ?? "application/json";
    const retryAfter = response.headers.get("retry-after");
    const headers = {
      "content-type": type,
      ...(retryAfter === null ? {} : { "retry-after": retryAfter }),
    };
    write({
      request: number,
      path: request.path.split("?")[0],
      essence: modelEssence(request, this.#matchBy),
    });
    write({ response: number, status: response.status, headers });
    const isStream = response.status === 200 && type.startsWith("text/event-stream");
    const passOn = isStream ? passStream : passText;
    const end = await passOn(response, reply, headers, (part) => write({ part: number, ...part }));
    write({ done: number, end: reply.done && end !== "whole" ? "left" : end });
    if (end === "cut") await reply.cut();
    else if (isStream) reply.end();
  }
}

type End = "whole" | "cut" | "left";
type WritePart = (part: { readonly event?: unknown; readonly text?: string }) => void;

async function passText(
  response: Response,
  reply: HttpReply,
  headers: Readonly<Record<string, string>>,
  write: WritePart,
): Promise<End> {
  try {
    const text = await response.text();
    write({ text: scrubText(text) });
    reply.send(response.status, headers, text);
    return "whole";
  } catch {
    return reply.done ? "left" : "cut";
  }
}

/** Passes the events on as they arrive, and writes each one that is complete. */
async function passStream(
  response: Response,
  reply: HttpReply,
  _headers: unknown,
  write: WritePart,
): Promise<End> {
  const lines = new LineSplitter();
  const decoder = new TextDecoder();
  let data: string[] = [];
  const accept = (line: string): void => {
    if (line.startsWith("data:")) return void data.push(line.slice(5).trimStart());
    if (line !== "" || data.length === 0) return;
    write(eventOf(data.join("\n")));
    data = [];
  };
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const { done, value } = await reader?.read() ?? { done: true, value: undefined };
      if (done || value === undefined) break;
      for (const line of lines.push(value)) accept(line);
      await reply.stream(decoder.decode(value, { stream: true }));
    }
    for (const line of [...lines.end(), ""]) accept(line);
    return "whole";
  } catch {
    return reply.done ? "left" : "cut";
  }
}

function eventOf(data: string): { readonly event?: unknown; readonly text?: string } {
  try {
    return { event: withoutUnneeded(scrub(JSON.parse(data))) };
  } catch {
    return { text: redact(data) }; // such as [DONE]
  }
}

function scrubText(text: string): string {
  try {
    return JSON.stringify(scrub(JSON.parse(text)));
  } catch {
    return redact(text);
  }
}

/** Leaves out echoes, of the event and of its response, and sets times to 0. */
function withoutUnneeded(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !UNNEEDED.has(name)).map(([name, one]) => {
      if (TIME.test(name) && typeof one === "number") return [name, 0];
      return [name, name === "response" ? withoutUnneeded(one) : one];
    }),
  );
}

function reasonOf(error: unknown): string {
  const cause = isRecord(error) ? (error as { readonly cause?: unknown }).cause : undefined;
  return errorText(cause ?? error);
}
