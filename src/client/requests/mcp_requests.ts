/** The requests of MCP servers: to run a tool, and to ask a person for something. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import type {
  JsonValue,
  McpServerElicitationAction,
  McpServerElicitationRequestParams,
  McpServerElicitationRequestResponse,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import {
  ApprovalBase,
  type ApprovalDecision,
  checkDecision,
  UserRequestBase,
} from "./user_request.ts";

/** Marks an elicitation as an approval of a tool call. */
const APPROVAL_KIND = "mcp_tool_call";

/** Whether an elicitation with these params asks to approve a tool call. */
export function isMcpToolApproval(params: unknown): boolean {
  return isRecord(params) && isRecord(params._meta) &&
    params._meta.codex_approval_kind === APPROVAL_KIND;
}

/**
 * The agent wants to call a tool of an MCP server that may do more than read (`mcpServer/elicitation/request` with
 * `codex_approval_kind`).
 *
 * @example
 * ```ts
 * import type { McpToolApproval } from "@codex-app-server/sdk";
 *
 * const onMcpToolApproval = ({ serverName, toolName }: McpToolApproval): "accept" | "decline" =>
 *   serverName === "docs" && toolName === "search" ? "accept" : "decline";
 * ```
 */
export class McpToolApproval extends ApprovalBase<
  "mcpServer/elicitation/request",
  "acceptAlways" | McpServerElicitationRequestResponse
> {
  /** The discriminant of this kind of request. */
  readonly kind = "mcpToolApproval" as const;

  /** The name of the MCP server. */
  get serverName(): string {
    return this.params.serverName ?? "";
  }

  /** The environment that the MCP server is registered for; `null` for the thread's own, and before Codex 0.171. */
  get environmentId(): string | null {
    return this.params.environmentId ?? null;
  }

  /** The name of the tool. */
  get toolName(): string {
    return String(this.#meta.tool_name ?? "");
  }

  /** The description of the tool. */
  get toolDescription(): string | null {
    const { tool_description: text } = this.#meta;
    return typeof text === "string" ? text : null;
  }

  /** The arguments of the call. */
  get arguments(): JsonValue {
    return (this.#meta.tool_params ?? null) as JsonValue;
  }

  /** What the MCP server claims about the tool, such as `destructiveHint`; unverified. */
  get annotations(): Readonly<Record<string, unknown>> {
    const { tool_annotations: annotations } = this.#meta;
    return isRecord(annotations) ? annotations : {};
  }

  /** The server's question. */
  get reason(): string | null {
    return "message" in this.params ? this.params.message : null;
  }

  /** The decisions the server offers: `"acceptForSession"` and `"acceptAlways"` are optional. */
  get availableDecisions(): readonly (ApprovalDecision | "acceptAlways")[] {
    const { persist } = this.#meta;
    const offers: readonly unknown[] = Array.isArray(persist) ? persist : [persist];
    return [
      "accept",
      ...(offers.includes("session") ? ["acceptForSession" as const] : []),
      ...(offers.includes("always") ? ["acceptAlways" as const] : []),
      "decline",
      "cancel",
    ];
  }

  /**
   * Approves this and every later call of the tool: the server stores that in its configuration.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   * @throws {DecisionNotOfferedError} if the server did not offer this decision
   */
  approveAlways(): void {
    this.answer("acceptAlways");
  }

  get #meta(): Readonly<Record<string, unknown>> {
    const { _meta: meta } = this.params;
    return isRecord(meta) ? meta : {};
  }

  /** @ignore */
  protected override resultOf(
    answer: ApprovalDecision | "acceptAlways" | McpServerElicitationRequestResponse,
  ): McpServerElicitationRequestResponse {
    if (isRecord(answer) && "action" in answer) {
      const { action, content = null, _meta = null } = answer;
      this.#check(action === "accept" ? acceptanceOf(_meta) : action);
      return { action, content, _meta };
    }
    this.#check(answer);
    if (answer === "accept") return accepted(null);
    if (answer === "acceptForSession") return accepted({ persist: "session" });
    if (answer === "acceptAlways") return accepted({ persist: "always" });
    return { action: answer, content: null, _meta: null };
  }

  #check(decision: unknown): asserts decision is ApprovalDecision | "acceptAlways" {
    const { method, availableDecisions } = this;
    if (decision !== "acceptAlways") checkDecision(method, decision, availableDecisions);
    else if (!availableDecisions.includes(decision)) {
      throw new DecisionNotOfferedError(method, decision, availableDecisions);
    }
  }
}

/** Returns the decision that an accepting protocol result means. */
function acceptanceOf(_meta: JsonValue): ApprovalDecision | "acceptAlways" {
  const persist = isRecord(_meta) ? _meta.persist : undefined;
  if (persist === "always") return "acceptAlways";
  return persist === "session" ? "acceptForSession" : "accept";
}

function accepted(_meta: JsonValue): McpServerElicitationRequestResponse {
  return { action: "accept", content: {}, _meta };
}

const ACTIONS: readonly unknown[] = ["accept", "decline", "cancel"] satisfies readonly (
  McpServerElicitationAction
)[];

/**
 * The answer to an elicitation: the content of the form, or a one-word refusal.
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
    /** The action of the person. */
    readonly action: McpServerElicitationAction;
    /** The content of the form, if accepted. */
    readonly content?: JsonValue | undefined;
    /** Metadata for the MCP server. */
    readonly _meta?: JsonValue | undefined;
  };

/**
 * An MCP server asks a person to fill in a form or to open a URL (`mcpServer/elicitation/request`). The same method asks to
 * approve a tool call: that is an {@linkcode McpToolApproval}.
 *
 * @example
 * ```ts
 * import { type ElicitationRequest, printable } from "@codex-app-server/sdk";
 *
 * function onElicitation(request: ElicitationRequest): void {
 *   if (request.mode !== "form") return request.decline();
 *   const colour = prompt(printable(`${request.serverName}: ${request.message}`));
 *   if (colour === null) request.cancel();
 *   else request.accept({ colour });
 * }
 * ```
 */
export class ElicitationRequest
  extends UserRequestBase<"mcpServer/elicitation/request", ElicitationAnswer> {
  /** The discriminant of this kind of request. */
  readonly kind = "elicitation" as const;

  /** The name of the MCP server. */
  get serverName(): string {
    return this.params.serverName ?? "";
  }

  /** The environment that the MCP server is registered for; `null` for the thread's own, and before Codex 0.171. */
  get environmentId(): string | null {
    return this.params.environmentId ?? null;
  }

  /** What the server asks for: `"form"` comes with a `requestedSchema`, `"url"` with a `url`. */
  get mode(): McpServerElicitationRequestParams["mode"] {
    return this.params.mode;
  }

  /** The message for the person. */
  get message(): string {
    const { params } = this;
    return ("message" in params ? params.message : params.title) ?? "";
  }

  /** The JSON Schema of the form; `null` if there is none. */
  get requestedSchema(): JsonValue | null {
    const { params } = this;
    return "requestedSchema" in params ? params.requestedSchema as JsonValue : null;
  }

  /** The URL to open; `null` if there is none. */
  get url(): string | null {
    return "url" in this.params ? this.params.url : null;
  }

  /**
   * Submits the content of the form.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   * @throws {TypeError} if a required field is missing; nothing is sent
   */
  accept(content: JsonValue = null): void {
    this.answer({ action: "accept", content });
  }

  /**
   * Dismisses the request (`action: "cancel"`).
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
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
