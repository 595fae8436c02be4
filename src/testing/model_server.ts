/** A scripted Responses API server on the loopback interface, for the real `codex app-server`. */
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { Arrivals, checkCount, type WaitOptions } from "./arrivals.ts";
import { type HttpReply, HttpServer } from "./http_server.ts";
import type { RecordedRequest } from "./recorded_request.ts";
import { failure, type ResponseStep } from "./response_steps.ts";
import { conversationOf } from "./recordings/model_essence.ts";
import { ModelPlayer, type ModelSource } from "./recordings/model_player.ts";
import { ModelRecorder } from "./recordings/model_recorder.ts";
import {
  checkRecording,
  type ModelRecordingOptions,
  type ModelReplayOptions,
  REPLAY_OPTIONS,
} from "./recordings/model_recording_options.ts";
import { pathOf } from "./recordings/recording_file.ts";
import { RecordingError } from "./recordings/recording_errors.ts";
import { checkSteps, responseActions } from "./responses_sse.ts";

/**
 * Selects the requests that a scripted response is for: a predicate, or a part of the last user text.
 *
 * @example
 * ```ts
 * import type { RequestMatch } from "@codex-app-server/sdk/testing";
 *
 * const afterTool: RequestMatch = (request) => request.functionOutputs().has("call-1");
 * ```
 */
export type RequestMatch = string | ((request: RecordedRequest) => boolean);

/**
 * Returns the response to a request; `undefined` if there is none.
 *
 * @example
 * ```ts
 * import { message, type Respond } from "@codex-app-server/sdk/testing";
 *
 * const echo: Respond = (request) => [message(`You said: ${request.lastUserText()}`)];
 * ```
 */
export type Respond = (
  request: RecordedRequest,
) => readonly ResponseStep[] | undefined | Promise<readonly ResponseStep[] | undefined>;

/**
 * Options of {@linkcode ModelServer.start}.
 *
 * @example
 * ```ts
 * import { message, type ModelServerOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: ModelServerOptions = { respond: () => [message("as always")] };
 * ```
 */
export interface ModelServerOptions {
  /** Answers the requests that no queued response matches. */
  readonly respond?: Respond;
  /**
   * How many requests the server keeps in each of its lists: each one holds the whole conversation so far. Past that, it
   * drops the oldest one.
   *
   * @default {1_000}
   */
  readonly maxRequests?: number;
}

/** The names of the options. */
export const MODEL_OPTIONS: OptionNames<ModelServerOptions> = { respond: true, maxRequests: true };

interface QueuedResponse {
  readonly matches: (request: RecordedRequest) => boolean;
  readonly steps: readonly ResponseStep[];
}

/**
 * A model with scripted answers. Each `POST /v1/responses` consumes the first matching response of the queue,
 * otherwise it calls `respond`, otherwise it fails with HTTP 400 "no scripted response left" and is listed in
 * `unexpected`.
 *
 * @example
 * ```ts
 * import { deltas, message, ModelServer, shellCommand } from "@codex-app-server/sdk/testing";
 *
 * await using model = await ModelServer.start();
 * model.enqueue(shellCommand("ls"));
 * model.enqueue(deltas(["he", "llo"]));
 * model.enqueueFor("the weather", message("It rains."));
 * console.log(model.url); // the base_url of a model provider
 * ```
 */
export class ModelServer implements AsyncDisposable {
  readonly #respond: Respond | undefined;
  readonly #queue: QueuedResponse[] = [];
  readonly #requests: Arrivals<RecordedRequest>;
  readonly #others: Arrivals<RecordedRequest>;
  readonly #unexpected: Arrivals<RecordedRequest>;
  #http: HttpServer | undefined;
  #recording: ModelSource | undefined;
  #url = "";
  #responses = 0;

  private constructor(options: ModelServerOptions) {
    checkOptionNames("ModelServer.start()", options, MODEL_OPTIONS);
    const { respond, maxRequests = 1_000 } = options;
    checkCount("maxRequests", maxRequests);
    this.#respond = respond;
    this.#requests = new Arrivals(maxRequests);
    this.#others = new Arrivals(maxRequests);
    this.#unexpected = new Arrivals(maxRequests);
  }

  /**
   * Starts a server on a free port of 127.0.0.1.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {RangeError} if `maxRequests` is not a positive integer
   */
  static async start(options: ModelServerOptions = {}): Promise<ModelServer> {
    return await new ModelServer(options).#listen();
  }

  /**
   * Starts a server that answers as a real endpoint does: the first run asks `upstream` and writes the responses into
   * `file`; later runs read them from there, without a key or network. Delete the file, or set `again`, to record it again.
   *
   * A recorded response is for the request with the same model, conversation and output schema; ids, times, token counts
   * and the working directory may differ. A request that the file does not have fails with HTTP 400, which says what is
   * new, and is listed in `unexpected`. Keys and other headers of requests are never written; secrets in texts are
   * replaced by `[redacted]`, times by 0. A file without a complete response counts as missing.
   *
   * @throws {TypeError} if an option is unknown, or `upstream` has no usable URL
   * @throws {RecordingError} if the file is something else than such a recording
   *
   * @example
   * ```ts
   * import { ModelServer, ScriptedModel } from "@codex-app-server/sdk/testing";
   *
   * const server = await ModelServer.record({
   *   file: "tests/weather.jsonl",
   *   upstream: { url: "https://api.openai.com/v1", apiKey: Deno.env.get("OPENAI_API_KEY") },
   * });
   * await using scripted = await ScriptedModel.start({ server, model: "gpt-5.1-codex" });
   * ```
   */
  static async record(options: ModelRecordingOptions): Promise<ModelServer> {
    const { path, upstream, matchBy = conversationOf, again, limits } = checkRecording(options);
    const player = again ? undefined : await ModelPlayer.open(path, matchBy).catch(ifMissing);
    const server = new ModelServer(limits);
    server.#recording = player === undefined || player.isEmpty
      ? new ModelRecorder(path, upstream, matchBy)
      : player;
    return await server.#listen();
  }

  /**
   * Starts a server that answers from a recording of {@linkcode ModelServer.record}, and never records.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {RecordingError} if there is no such file, or it is something else
   */
  static async replay(file: string | URL, options: ModelReplayOptions = {}): Promise<ModelServer> {
    checkOptionNames("ModelServer.replay()", options, REPLAY_OPTIONS);
    const { matchBy = conversationOf, ...limits } = options;
    const recording = await ModelPlayer.open(pathOf(file), matchBy);
    const server = new ModelServer(limits);
    server.#recording = recording;
    return await server.#listen();
  }

  async #listen(): Promise<this> {
    this.#http = await HttpServer.start((request, reply) => this.#answer(request, reply));
    this.#url = `${this.#http.origin}/v1`;
    return this;
  }

  /** The base URL of the API, such as `http://127.0.0.1:41234/v1`, for the `base_url` of a model provider. */
  get url(): string {
    return this.#url;
  }

  /** The model requests so far, in order: at most the last `maxRequests`. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests.all;
  }

  /** How many of the oldest model requests are no longer in `requests`. */
  get droppedRequests(): number {
    return this.#requests.dropped;
  }

  /** The other requests, such as `GET /v1/models`: at most the last `maxRequests`. */
  get otherRequests(): readonly RecordedRequest[] {
    return this.#others.all;
  }

  /**
   * Requests without a scripted response, and those for an unknown path: at most the last `maxRequests`. Empty after a good
   * test.
   */
  get unexpected(): readonly RecordedRequest[] {
    return this.#unexpected.all;
  }

  /** How many queued responses are left. */
  get remaining(): number {
    return this.#queue.length;
  }

  /**
   * Queues one response, made of steps, for the next request.
   *
   * @throws {TypeError} if the steps cannot form one response
   */
  enqueue(...steps: readonly ResponseStep[]): this {
    return this.enqueueFor(() => true, ...steps);
  }

  /**
   * Queues one response for the next request that matches, so that many threads can run at once.
   *
   * @throws {TypeError} if the steps cannot form one response
   */
  enqueueFor(match: RequestMatch, ...steps: readonly ResponseStep[]): this {
    checkSteps(steps);
    const matches = typeof match === "function"
      ? match
      : (request: RecordedRequest) => request.lastUserText()?.includes(match) ?? false;
    this.#queue.push({ matches, steps });
    return this;
  }

  /** Waits for the next request that no earlier call returned and that was not dropped. */
  nextRequest(options: WaitOptions = {}): Promise<RecordedRequest> {
    return this.#requests.take(() => true, {
      what: "the next model request",
      describe: describeRequest,
    }, options);
  }

  /** Waits until there were `count` requests, and returns those of them that were not dropped. */
  waitForRequests(count: number, options: WaitOptions = {}): Promise<readonly RecordedRequest[]> {
    const requests = this.#requests;
    return requests.until(
      () => {
        const kept = count - requests.dropped;
        return requests.all.length >= kept ? requests.all.slice(0, Math.max(0, kept)) : undefined;
      },
      { what: `${count} model requests`, describe: describeRequest },
      options,
    );
  }

  /** Cuts every connection, frees the port and fails the pending waits. Safe to call again. */
  async close(): Promise<void> {
    this.#requests.close("the model server was closed");
    await this.#http?.close();
    this.#recording?.close();
    this.#recording = undefined;
  }

  /** Closes the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: RecordedRequest, reply: HttpReply): Promise<void> {
    const path = request.path.split("?")[0];
    if (request.method === "POST" && (path === "/v1/responses" || this.#recording)) {
      const steps = this.#next(request, reply);
      this.#requests.add(request);
      return await this.#send(await steps, reply);
    }
    this.#others.add(request);
    if (request.method === "GET" && path === "/v1/models") {
      return reply.send(200, {}, JSON.stringify({ object: "list", data: [], models: [] }));
    }
    this.#unexpected.add(request);
    reply.send(404, {}, JSON.stringify({ error: { message: `no such path: ${request.path}` } }));
  }

  /** Returns the response to a request; none if the recording has answered it. */
  async #next(request: RecordedRequest, reply: HttpReply): Promise<readonly ResponseStep[]> {
    const index = this.#queue.findIndex(({ matches }) => matches(request));
    const [queued] = index < 0 ? [] : this.#queue.splice(index, 1);
    if (queued !== undefined) return queued.steps;
    const steps = await this.#respond?.(request);
    if (steps !== undefined) {
      checkSteps(steps);
      return steps;
    }
    const missing = this.#recording === undefined
      ? `no scripted response left for: ${describeRequest(request)}`
      : await this.#recording.answer(request, reply);
    if (missing === undefined) return [];
    this.#unexpected.add(request);
    const error = { message: missing };
    // Not 500, for which the runtime shows its own message: the test would not say what is missing.
    return [failure({ status: 400, body: { error } })];
  }

  async #send(steps: readonly ResponseStep[], reply: HttpReply): Promise<void> {
    if (reply.done) return;
    const responseId = `resp-${++this.#responses}`;
    for (const action of responseActions(responseId, steps)) {
      if (reply.done) return;
      switch (action.do) {
        case "event":
          await reply.stream(action.text);
          break;
        case "wait":
          action.gate.arrive();
          await Promise.race([action.gate.opened, reply.closed]);
          break;
        case "fail":
          return reply.send(action.status, action.headers, action.body);
        case "disconnect":
          return await reply.cut();
      }
    }
    reply.end();
  }
}

function describeRequest(request: RecordedRequest): string {
  const text = request.lastUserText() ?? "";
  return `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`;
}

function ifMissing(error: unknown): undefined {
  const isMissing = error instanceof RecordingError &&
    (error.cause as { readonly code?: unknown } | undefined)?.code === "ENOENT";
  if (!isMissing) throw error;
}
