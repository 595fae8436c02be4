/** Writes what a client and its server say to each other into a file. */
import { tapTransport } from "../../transport/tap.ts";
import type { Connect, Transport, TransportClose } from "../../transport/transport.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { waitAtMost } from "../../util/timer.ts";
import { pathOf, RecordingWriter } from "./recording_file.ts";
import { type RedactText, scrub } from "./scrub.ts";

/** Milliseconds that a transport which has ended may take to hand over its last frames. */
const LAST_FRAMES_MS = 2_000;

/**
 * Options of {@linkcode recordTransport}.
 *
 * @example
 * ```ts
 * import type { RecordTransportOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: RecordTransportOptions = {
 *   redact: (text) => text.replaceAll("Project Nightfall", "[project]"),
 * };
 * ```
 */
export interface RecordTransportOptions {
  /**
   * Redacts more than keys, tokens and passwords: called with each text of a message, of which known secrets are already
   * replaced.
   */
  readonly redact?: (text: string) => string;
}

const OPTIONS: OptionNames<RecordTransportOptions> = { redact: true };

/**
 * Records each session over a transport into a file: what both sides send, with times relative to the start. Keys, tokens,
 * passwords, variables of processes and headers are replaced by `[redacted]`; a secret that is streamed in pieces is not
 * recognised, and prompts, answers, file contents and paths stay. Only the owner can read the file.
 *
 * {@linkcode replayTransport} plays the file back, and {@linkcode viewRecording} shows it. The file is replaced when the
 * client first connects; later connections are added to it. Each message is written before it goes on; if the disk is
 * full, the recording ends there and the session continues.
 *
 * @throws {TypeError} if an option is unknown, or `file` is not a path or a file URL
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { stdio } from "@codex-app-server/sdk/transports/auto";
 * import { recordTransport } from "@codex-app-server/sdk/testing";
 *
 * await using codex = await Codex.start({ connect: recordTransport(stdio(), "session.jsonl") });
 * ```
 */
export function recordTransport(
  connect: Connect,
  file: string | URL,
  options: RecordTransportOptions = {},
): Connect {
  checkOptionNames("recordTransport()", options, OPTIONS);
  const writer = new RecordingWriter(pathOf(file), "codex-session");
  const { redact } = options;
  const start = performance.now();
  let connections = 0;
  return async (opening) => {
    writer.open();
    try {
      const transport = await connect(opening);
      return new Recording(transport, { writer, redact, start, connection: ++connections })
        .transport;
    } catch (error) {
      writer.close();
      throw error;
    }
  };
}

interface RecordingContext {
  readonly writer: RecordingWriter;
  readonly redact: RedactText | undefined;
  readonly start: number;
  readonly connection: number;
}

/** The recording of one connection. */
class Recording {
  readonly transport: Transport;
  readonly #context: RecordingContext;
  readonly #read: Deferred<void> = deferred();
  #failed = false;

  constructor(transport: Transport, context: RecordingContext) {
    this.#context = context;
    const { name, hiddenVariables, maxSentBytes } = transport;
    this.#write({ open: { transport: name, hiddenVariables, maxSentBytes } });
    const tapped = tapTransport(transport, {
      onSend: (frame) => this.#write({ send: this.#message(frame) }),
      onReceive: (frame) => this.#write({ receive: this.#message(frame) }),
    });
    this.transport = { ...tapped, readable: this.#followed(tapped.readable) };
    void this.#end(transport.closed);
  }

  /** Frames may be read after the transport has ended. */
  #followed(source: ReadableStream<readonly string[]>): ReadableStream<readonly string[]> {
    const reader = source.getReader();
    return new ReadableStream<readonly string[]>({
      pull: async (controller): Promise<void> => {
        const { done, value } = await reader.read().catch((error: unknown) => {
          this.#read.resolve();
          throw error;
        });
        if (!done) return controller.enqueue(value);
        this.#read.resolve();
        controller.close();
      },
      cancel: (reason): Promise<void> => {
        this.#read.resolve();
        return reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  async #end(closed: Promise<TransportClose>): Promise<void> {
    const { cause: _unwritable, ...end } = await closed;
    await waitAtMost(this.#read.promise, LAST_FRAMES_MS);
    this.#write({ end: scrub(end, this.#context.redact) });
    this.#context.writer.close();
  }

  #message(frame: string): unknown {
    const { redact } = this.#context;
    try {
      return scrub(JSON.parse(frame), redact);
    } catch {
      return scrub(frame, redact); // a frame that is not JSON is kept as a text
    }
  }

  #write(entry: Readonly<Record<string, unknown>>): void {
    if (this.#failed) return;
    const { writer, connection, start } = this.#context;
    const at = Math.round(performance.now() - start);
    try {
      writer.write({ at, ...(connection === 1 ? {} : { connection }), ...entry });
    } catch {
      this.#failed = true; // such as a full disk
    }
  }
}
