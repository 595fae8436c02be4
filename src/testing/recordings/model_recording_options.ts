/** Options of recorded models. */
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import type { RecordedRequest } from "../recorded_request.ts";
import type { MatchBy } from "./model_essence.ts";
import { checkUpstream, type ModelUpstream } from "./model_upstream.ts";
import { pathOf } from "./recording_file.ts";

/**
 * Options of {@linkcode ModelServer.replay}.
 *
 * @example
 * ```ts
 * import type { ModelReplayOptions } from "@codex-app-server/sdk/testing";
 *
 * const byLastText: ModelReplayOptions = { matchBy: (request) => request.lastUserText() };
 * ```
 */
export interface ModelReplayOptions {
  /**
   * Returns what matters of a request, as JSON: requests for which it is equal get the same response. By default, the
   * model, the conversation and the output schema. Use the same function for recording and replaying.
   */
  readonly matchBy?: (request: RecordedRequest) => unknown;
  /**
   * How many requests the server keeps in each of its lists. Past that, it drops the oldest one.
   *
   * @default {1_000}
   */
  readonly maxRequests?: number;
}

/** The names of the options. */
export const REPLAY_OPTIONS: OptionNames<ModelReplayOptions> = { matchBy: true, maxRequests: true };

/**
 * Options of {@linkcode ModelServer.record}.
 *
 * @example
 * ```ts
 * import type { ModelRecordingOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: ModelRecordingOptions = {
 *   file: new URL("./weather.jsonl", import.meta.url),
 *   upstream: { url: "https://api.openai.com/v1", apiKey: Deno.env.get("OPENAI_API_KEY") },
 *   again: Deno.env.get("RECORD") === "1",
 * };
 * ```
 */
export interface ModelRecordingOptions extends ModelReplayOptions {
  /** The file of the recording, as path or file URL: commit it with your test. */
  readonly file: string | URL;
  /** The real endpoint: its base URL, or with a key and headers. It is only asked while there is no recording. */
  readonly upstream: ModelUpstream | string;
  /**
   * Whether to record again although the file is there, which replaces it.
   *
   * @default {false}
   */
  readonly again?: boolean;
}

const OPTIONS: OptionNames<ModelRecordingOptions> = {
  ...REPLAY_OPTIONS,
  file: true,
  upstream: true,
  again: true,
};

/** Checks the options. */
export function checkRecording(options: ModelRecordingOptions): {
  readonly path: string;
  readonly upstream: ModelUpstream;
  readonly matchBy: MatchBy | undefined;
  readonly again: boolean;
  readonly limits: { readonly maxRequests?: number };
} {
  checkOptionNames("ModelServer.record()", options, OPTIONS);
  const { file, upstream, again = false, matchBy, ...limits } = options;
  return { path: pathOf(file), upstream: checkUpstream(upstream), matchBy, again, limits };
}
