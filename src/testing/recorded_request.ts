/** A request that the model server received, with accessors for tests. */

/**
 * The parts of a request, as received.
 *
 * @example
 * ```ts
 * import type { RecordedRequestInit } from "@codex-app-server/sdk/testing";
 *
 * const listing: RecordedRequestInit = {
 *   method: "GET",
 *   path: "/v1/models",
 *   headers: { accept: "application/json" },
 *   body: null,
 * };
 * ```
 */
export interface RecordedRequestInit {
  /** The HTTP method. */
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  /** The headers with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; the text if it is not JSON; `undefined` if there was none. */
  readonly body: unknown;
}

/**
 * A JSON object of the request.
 *
 * @example
 * ```ts
 * import type { JsonRecord } from "@codex-app-server/sdk/testing";
 *
 * const namesOf = (tools: readonly JsonRecord[]): unknown[] => tools.map(({ name }) => name);
 * ```
 */
export type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * One recorded request.
 *
 * @example
 * ```ts
 * import { ModelServer } from "@codex-app-server/sdk/testing";
 *
 * await using model = await ModelServer.start();
 * // ... after a turn:
 * for (const request of model.requests) console.log(request.model, request.lastUserText());
 * ```
 */
export class RecordedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  /** The headers with lower-case names, `authorization` included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; the text if it is not JSON; `undefined` if there was none. */
  readonly body: unknown;

  /** Creates a recorded request. */
  constructor(init: RecordedRequestInit) {
    this.method = init.method;
    this.path = init.path;
    this.headers = init.headers;
    this.body = init.body;
  }

  /** The model named in the request. */
  get model(): string | undefined {
    return asString(this.#fields.model);
  }

  /** The `instructions` of the request; from Codex 0.169.0 on, they are the first of `developerTexts()` instead. */
  get instructions(): string | undefined {
    return asString(this.#fields.instructions);
  }

  /** The id of the requesting thread. */
  get threadId(): string | undefined {
    return this.headers["thread-id"];
  }

  /** The items of the conversation, in order. */
  get inputItems(): readonly JsonRecord[] {
    return asRecords(this.#fields.input);
  }

  /** The names of the tools offered to the model. */
  get tools(): readonly string[] {
    return asRecords(this.#fields.tools).map(({ name, type }) => asString(name) ?? String(type));
  }

  /** The `text.format` of the request, which contains the output schema. */
  get textFormat(): JsonRecord | undefined {
    return asRecord(asRecord(this.#fields.text)?.format);
  }

  /** All texts with the role `user`, in order; the first ones are context added by Codex. */
  userTexts(): string[] {
    return this.#content("user", "input_text").map(({ text }) => String(text));
  }

  /** All texts with the role `developer`, in order: the instructions of Codex and of the thread. */
  developerTexts(): string[] {
    return this.#content("developer", "input_text").map(({ text }) => String(text));
  }

  /** The last text with the role `user`. */
  lastUserText(): string | undefined {
    return this.userTexts().at(-1);
  }

  /** The URLs of all images with the role `user`; Codex sends data URLs. */
  images(): string[] {
    return this.#content("user", "input_image").map(({ image_url: url }) => String(url));
  }

  /** The outputs of tool calls by call id: strings unchanged, content parts as JSON. */
  functionOutputs(): Map<string, string> {
    const outputs = this.inputItems.filter(({ type }) =>
      type === "function_call_output" || type === "custom_tool_call_output"
    );
    return new Map(outputs.map(({ call_id: callId, output }) => [
      String(callId),
      typeof output === "string" ? output : JSON.stringify(output),
    ]));
  }

  get #fields(): JsonRecord {
    return asRecord(this.body) ?? {};
  }

  #content(role: string, type: string): JsonRecord[] {
    return this.inputItems
      .filter((item) => item.type === "message" && item.role === role)
      .flatMap((item) => asRecords(item.content))
      .filter((part) => part.type === type);
  }
}

function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonRecord
    : undefined;
}

function asRecords(value: unknown): JsonRecord[] {
  const entries: unknown[] = Array.isArray(value) ? value : [];
  return entries.map(asRecord).filter((entry) => entry !== undefined);
}
