/** What MCP servers ask. */
import type {
  JsonValue,
  McpServerElicitationAction,
  McpServerElicitationRequestParams,
  McpServerElicitationRequestResponse,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { UserRequestBase } from "./user_request_base.ts";

const ACTIONS: readonly unknown[] = ["accept", "decline", "cancel"] satisfies readonly (
  McpServerElicitationAction
)[];

/**
 * The answer to an elicitation: what was filled in, or a refusal in one word.
 *
 * @example
 * ```ts
 * import type { ElicitationAnswer } from "@codex-app-server/sdk";
 *
 * const answers: readonly ElicitationAnswer[] = [
 *   "decline",
 *   { action: "accept", content: { colour: "blue" } },
 * ];
 * ```
 */
export type ElicitationAnswer =
  | "decline"
  | "cancel"
  | {
    /** What the person did. */
    readonly action: McpServerElicitationAction;
    /** What was filled in, where that was accepted. */
    readonly content?: JsonValue | undefined;
    /** More for the server, as it defines it. */
    readonly _meta?: JsonValue | undefined;
  };

/**
 * An MCP server asks a person for something (`mcpServer/elicitation/request`): to fill in a form, to open an address. Its
 * other use, to ask whether one of its tools may run, is a {@linkcode McpToolApproval}.
 *
 * @example
 * ```ts
 * import type { ElicitationRequest } from "@codex-app-server/sdk";
 *
 * function onElicitation(request: ElicitationRequest): void {
 *   if (request.mode !== "form") return request.decline();
 *   const colour = prompt(`${request.serverName}: ${request.message}`);
 *   if (colour === null) request.cancel();
 *   else request.accept({ colour });
 * }
 * ```
 */
export class ElicitationRequest
  extends UserRequestBase<"mcpServer/elicitation/request", ElicitationAnswer> {
  /** Tells this kind of request from the others. */
  readonly kind = "elicitation" as const;

  /** The name of the MCP server. */
  get serverName(): string {
    return this.params.serverName ?? "";
  }

  /** The environment that the MCP server is registered for; `null` for the thread's own, and up to Codex 0.170. */
  get environmentId(): string | null {
    return this.params.environmentId ?? null;
  }

  /** What is asked for: `"form"` has a `requestedSchema`, `"url"` an address. */
  get mode(): McpServerElicitationRequestParams["mode"] {
    return this.params.mode;
  }

  /** What the person is to read. */
  get message(): string {
    const { params } = this;
    return ("message" in params ? params.message : params.title) ?? "";
  }

  /** What to fill in, as a JSON Schema; `null` where there is no form. */
  get requestedSchema(): JsonValue | null {
    const { params } = this;
    return "requestedSchema" in params ? params.requestedSchema as JsonValue : null;
  }

  /** The address to open; `null` where there is none. */
  get url(): string | null {
    return "url" in this.params ? this.params.url : null;
  }

  /**
   * Gives what was filled in.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   * @throws {TypeError} when a field is missing that the form requires; nothing is sent then
   */
  accept(content: JsonValue = null): void {
    this.answer({ action: "accept", content });
  }

  /**
   * Says that the person wants none of it.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   */
  cancel(): void {
    this.answer("cancel");
  }

  /** @ignore */
  protected override resultOf(answer: ElicitationAnswer): McpServerElicitationRequestResponse {
    const { action, content = null, _meta = null } = typeof answer === "string"
      ? { action: answer }
      : answer;
    if (!ACTIONS.includes(action)) {
      throw new TypeError(
        `The action of an elicitation must be "accept", "decline" or "cancel", got ${
          JSON.stringify(action)
        }`,
      );
    }
    if (action === "accept") this.#checkContent(content);
    return { action, content, _meta };
  }

  #checkContent(content: unknown): void {
    const { requestedSchema: schema } = this;
    if (!isRecord(schema) || !Array.isArray(schema.required)) return;
    const given = isRecord(content) ? content : {};
    const missing = schema.required.filter((name) => given[String(name)] === undefined);
    if (missing.length === 0) return;
    throw new TypeError(`The form of "${this.serverName}" requires ${JSON.stringify(missing)}`);
  }
}
