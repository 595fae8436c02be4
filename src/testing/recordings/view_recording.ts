/** Shows a recording in a terminal. */
import { isRecord } from "../../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { printable } from "../../util/printable.ts";
import { valueAt } from "../../util/value_at.ts";
import type { JsonRecord } from "../recorded_request.ts";
import { kindOf } from "./message_key.ts";
import { pathOf, readRecording } from "./recording_file.ts";

/**
 * Options of {@linkcode viewRecording}.
 *
 * @example
 * ```ts
 * import type { ViewRecordingOptions } from "@codex-app-server/sdk/testing";
 *
 * const everything: ViewRecordingOptions = { width: Infinity };
 * ```
 */
export interface ViewRecordingOptions {
  /**
   * How many characters a line may have; what is longer is cut.
   *
   * @default {160}
   */
  readonly width?: number;
}

const OPTIONS: OptionNames<ViewRecordingOptions> = { width: true };

/** How much of a text is collected from deltas. */
const RUN_CHARS = 4_096;
/** How many open requests are remembered for the names of their answers. */
const OPEN_REQUESTS = 10_000;

/**
 * Yields the lines of a view of a recording, of a session or of a model, for a terminal: `>` is what the client or the runtime
 * said, `<` what it was told, `?` a request of the server. The pieces of a text become one line. Control codes and invisible
 * characters are escaped.
 *
 * @throws {TypeError} if an option is unknown, or `file` is not a path or a file URL
 * @throws {RangeError} if `width` is not at least 40
 * @throws {RecordingError} if the file cannot be used
 *
 * @example
 * ```ts
 * import { viewRecording } from "@codex-app-server/sdk/testing";
 *
 * for await (const line of viewRecording("session.jsonl")) console.log(line);
 * //     0 ms  --- stdio
 * //     1 ms  > initialize {"clientInfo":{"name":"my_app"}}
 * //   212 ms  < initialize: {"userAgent":"my_app/0.171.0"}
 * ```
 */
export async function* viewRecording(
  file: string | URL,
  options: ViewRecordingOptions = {},
): AsyncGenerator<string, void> {
  checkOptionNames("viewRecording()", options, OPTIONS);
  const { width = 160 } = options;
  if (!(width >= 40)) throw new RangeError(`"width" must be at least 40, got ${String(width)}`);
  const view = new View(width);
  for await (const { entry } of readRecording(pathOf(file))) yield* view.accept(entry);
  yield* view.flush();
}

/** Consecutive pieces of one text. */
interface Run {
  readonly key: string;
  readonly head: string;
  text: string;
  count: number;
}

class View {
  readonly #width: number;
  /** The methods of the open requests of both sides. */
  readonly #methods: Map<string, string> = new Map();
  #run: Run | undefined;

  constructor(width: number) {
    this.#width = width;
  }

  *accept(entry: JsonRecord): Generator<string> {
    const { send, receive, open, end, connection = 1 } = entry;
    const at = typeof entry["at"] === "number" ? `${entry["at"]} ms`.padStart(9) : "";
    const head = at + (connection === 1 ? "" : ` [${String(connection)}]`) +
      (at === "" ? "" : "  ");
    if (entry["format"] !== undefined) return;
    if (open !== undefined) yield* this.#line(`${head}--- ${String(valueAt(open, "transport"))}`);
    else if (isRecord(end)) yield* this.#line(`${head}--- end ${JSON.stringify(end)}`);
    else if (send !== undefined) yield* this.#message(`${head}>`, "s", connection, send);
    else if (receive !== undefined) yield* this.#message(`${head}<`, "r", connection, receive);
    else yield* this.#ofModel(entry);
  }

  /** Ends the run of pieces. */
  *flush(): Generator<string> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    const times = run.count === 1 ? "" : ` x${run.count}`;
    yield this.#fit(`${run.head}${times} ${JSON.stringify(run.text)}`);
  }

  *#message(
    head: string,
    side: "s" | "r",
    connection: unknown,
    message: unknown,
  ): Generator<string> {
    if (!isRecord(message)) return yield* this.#line(`${head} (not JSON) ${String(message)}`);
    const { method, id, params, result, error } = message;
    const name = (of: string): string => JSON.stringify([of, connection, id]);
    const kind = kindOf(message);
    if (kind === "answer") {
      // The answer comes from the other side.
      const key = name(side === "s" ? "r" : "s");
      const of = this.#methods.get(key) ?? `request ${JSON.stringify(id)}`;
      this.#methods.delete(key);
      const what = error === undefined ? JSON.stringify(result) : `failed ${JSON.stringify(error)}`;
      return yield* this.#line(`${head} ${of}: ${what}`);
    }
    const delta = valueAt(params, "delta");
    if (kind === "notification" && typeof delta === "string") {
      const item = String(valueAt(params, "itemId") ?? "");
      return yield* this.#piece(`${head} ${String(method)}`, `${String(method)} ${item}`, delta);
    }
    if (kind === "request") {
      if (this.#methods.size < OPEN_REQUESTS) this.#methods.set(name(side), String(method));
      if (side === "r") head += " ?";
    }
    yield* this.#line(
      `${head} ${String(method)}${params === undefined ? "" : ` ${JSON.stringify(params)}`}`,
    );
  }

  *#ofModel(entry: JsonRecord): Generator<string> {
    const { request, response, part, done, event } = entry;
    const number = `#${String(request ?? response ?? part ?? done)}`;
    if (request !== undefined) {
      yield* this.#line(`${number} > ${String(entry["path"])} ${JSON.stringify(entry["essence"])}`);
    } else if (response !== undefined) {
      yield* this.#line(`${number} < status ${String(entry["status"])}`);
    } else if (done !== undefined) {
      yield* this.#line(`${number} < ${entry["end"] === "whole" ? "end" : String(entry["end"])}`);
    } else if (isRecord(event)) {
      const { type, delta, ...rest } = event;
      const head = `${number} < ${String(type)}`;
      if (typeof delta === "string") {
        return yield* this.#piece(
          head,
          `${number} ${String(type)} ${String(rest["item_id"])}`,
          delta,
        );
      }
      yield* this.#line(`${head} ${JSON.stringify(rest)}`);
    } else if (part !== undefined) {
      yield* this.#line(`${number} < ${String(entry["text"])}`);
    }
  }

  *#piece(head: string, key: string, text: string): Generator<string> {
    if (this.#run?.key !== key) {
      yield* this.flush();
      this.#run = { key, head, text: "", count: 0 };
    }
    const run = this.#run;
    if (run.text.length < RUN_CHARS) run.text += text.slice(0, RUN_CHARS);
    run.count++;
  }

  *#line(text: string): Generator<string> {
    yield* this.flush();
    yield this.#fit(text);
  }

  #fit(text: string): string {
    // A character may become several; more than this is cut in any case.
    const start = this.#width === Infinity ? text : text.slice(0, this.#width + 1);
    const shown = printable(start, { oneLine: true });
    return shown.length <= this.#width ? shown : `${shown.slice(0, this.#width - 3)}...`;
  }
}
