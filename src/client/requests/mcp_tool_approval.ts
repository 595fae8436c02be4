/** The approval of a call to a tool of an MCP server. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import type { JsonValue, McpServerElicitationRequestResponse } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { ApprovalBase, type ApprovalDecision, checkDecision } from "./approval.ts";

/** What marks an elicitation as this kind of approval. */
const APPROVAL_KIND = "mcp_tool_call";

/** Whether the params of an elicitation ask whether a tool may run. */
export function isMcpToolApproval(params: unknown): boolean {
  return isRecord(params) && isRecord(params._meta) &&
    params._meta.codex_approval_kind === APPROVAL_KIND;
}

/**
 * A tool of an MCP server is to run that may do more than read. The wire asks that as an elicitation
 * (`mcpServer/elicitation/request` with `codex_approval_kind`).
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
  /** Tells this kind of request from the others. */
  readonly kind = "mcpToolApproval" as const;

  /** The name of the MCP server. */
  get serverName(): string {
    return this.params.serverName ?? "";
  }

  /** The environment that the MCP server is registered for; `null` for the thread's own, and up to Codex 0.170. */
  get environmentId(): string | null {
    return this.params.environmentId ?? null;
  }

  /** The name of the tool. */
  get toolName(): string {
    return String(this.#meta.tool_name ?? "");
  }

  /** What the tool says of itself. */
  get toolDescription(): string | null {
    const { tool_description: text } = this.#meta;
    return typeof text === "string" ? text : null;
  }

  /** What the tool is called with. */
  get arguments(): JsonValue {
    return (this.#meta.tool_params ?? null) as JsonValue;
  }

  /** What the MCP server claims of the tool, such as `destructiveHint`; nobody has checked it. */
  get annotations(): Readonly<Record<string, unknown>> {
    const { tool_annotations: annotations } = this.#meta;
    return isRecord(annotations) ? annotations : {};
  }

  /** The question as the server puts it. */
  get reason(): string | null {
    return "message" in this.params ? this.params.message : null;
  }

  /** What can be decided: `"acceptForSession"` and `"acceptAlways"` only where the server offers them. */
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
   * Allows it, and every later call of the tool, which the server keeps in its configuration.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   * @throws {DecisionNotOfferedError} when the server did not offer this
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

/** The word for an acceptance as the wire has it. */
function acceptanceOf(_meta: JsonValue): ApprovalDecision | "acceptAlways" {
  const persist = isRecord(_meta) ? _meta.persist : undefined;
  if (persist === "always") return "acceptAlways";
  return persist === "session" ? "acceptForSession" : "accept";
}

function accepted(_meta: JsonValue): McpServerElicitationRequestResponse {
  return { action: "accept", content: {}, _meta };
}
