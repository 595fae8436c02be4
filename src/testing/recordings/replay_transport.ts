/** Plays a recorded session back to a client. */
import type { Connect } from "../../transport/transport.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { keyOf } from "./message_key.ts";
import { pathOf, readRecording, type RecordingLine } from "./recording_file.ts";
import { RecordingError } from "./recording_errors.ts";
import { ReplayedTransport } from "./replayed_transport.ts";

/**
 * Options of {@linkcode replayTransport}.
 *
 * @example
 * ```ts
 * import type { ReplayTransportOptions } from "@codex-app-server/sdk/testing";
 *
 * const forPeople: ReplayTransportOptions = { timeoutMs: 0 }; // somebody sits at the prompt
 * ```
 */
export interface ReplayTransportOptions {
  /**
   * Milliseconds to wait for the client's next message before the connection ends with a {@linkcode ReplayMismatchError};
   * 0 and `Infinity` wait without a limit.
   *
   * @default {30_000}
   */
  readonly timeoutMs?: number;
  /** The `redact` of the recording, if it had one: what the client says is redacted before it is compared. */
  readonly redact?: (text: string) => string;
}

const OPTIONS: OptionNames<ReplayTransportOptions> = { timeoutMs: true, redact: true };

/**
 * Plays back a session that {@linkcode recordTransport} has written: a transport without a server. It sends what the server
 * sent, in the same order and as fast as the client reads, and waits where the client said something.
 *
 * Messages of the client are matched by method and params; its ids, times, working directories and the handshake may
 * differ, and get their places in what the server says. Messages that are under way together may come in another order.
 * The connections of the recording are played one after the other.
 *
 * @throws {TypeError} if an option is unknown, or `file` is not a path or a file URL
 * @throws {RangeError} if `timeoutMs` is negative
 * @throws {RecordingError} on connecting, if the file cannot be used
 *
 * A message that the recording does not know ends the connection: calls reject with a `TransportClosedError` whose `cause`
 * is a {@linkcode ReplayMismatchError} that says what differs.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { replayTransport } from "@codex-app-server/sdk/testing";
 *
 * await using codex = await Codex.start({ connect: replayTransport("session.jsonl") });
 * const thread = await codex.threadStart();
 * const { finalResponse } = await thread.run("Say hello");
 * console.log(finalResponse === "hello"); // true, each time
 * ```
 */
export function replayTransport(
  file: string | URL,
  options: ReplayTransportOptions = {},
): Connect {
  checkOptionNames("replayTransport()", options, OPTIONS);
  const { timeoutMs = 30_000, redact } = options;
  checkLimitMs("timeoutMs", timeoutMs);
  const path = pathOf(file);
  let connections = 0;
  return async (opening) => {
    opening?.signal?.throwIfAborted();
    const connection = ++connections;
    const { expected, open } = await survey(path, connection);
    opening?.signal?.throwIfAborted();
    const lines = linesOf(path, connection);
    return new ReplayedTransport({ path, lines, expected, open, timeoutMs, redact });
  };
}

/** Counts the messages that the client may still send, so that an unknown one fails immediately. */
async function survey(path: string, connection: number): Promise<{
  readonly expected: Map<string, number>;
  readonly open: Readonly<Record<string, unknown>>;
}> {
  const expected = new Map<string, number>();
  let open: Readonly<Record<string, unknown>> | undefined;
  for await (const { entry } of linesOf(path, connection)) {
    if (isRecord(entry["open"])) open = entry["open"];
    if (!isRecord(entry["send"])) continue;
    const key = keyOf(entry["send"]);
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  if (open === undefined) throw new RecordingError(path, `it has no connection ${connection}`);
  return { expected, open };
}

async function* linesOf(path: string, connection: number): AsyncGenerator<RecordingLine, void> {
  for await (const one of readRecording(path, "codex-session")) {
    if ((one.entry["connection"] ?? 1) === connection) yield one;
  }
}
