/** Requests to people as plain data, and the answers that a page sends. */
import type { UserRequest } from "../client/requests/request_kinds.ts";
import type { UserInputAnswer } from "../client/requests/user_input_request.ts";
import type { JsonValue } from "../generated/types.ts";
import { timeOfDay } from "../util/clock.ts";
import { isRecord } from "../util/is_record.ts";
import { GatewayFault } from "./faults.ts";
import type { Decision, RequestData } from "./wire.ts";

/** The decisions that outlive the thread: the server stores them, for all threads and users of its home. */
const PERMANENT: ReadonlySet<Decision> = new Set(["acceptWithRule", "acceptAlways"]);

/** Returns a request as a page sees it. */
export function requestData(id: string, request: UserRequest, always: boolean): RequestData {
  return {
    id,
    kind: request.kind,
    threadId: request.threadId,
    turnId: request.turnId,
    itemId: request.item?.id ?? null,
    openedAt: timeOfDay(),
    decisions: decisionsOf(request).filter((decision) => always || !PERMANENT.has(decision)),
    ...detailsOf(request),
  };
}

function decisionsOf(request: UserRequest): Decision[] {
  switch (request.kind) {
    case "userInput":
      return [];
    case "elicitation":
      return ["accept", "decline", "cancel"];
    case "permissionsApproval":
    case "mcpToolApproval":
      return [...request.availableDecisions];
    case "commandApproval": {
      const words = request.availableDecisions.filter((one) => typeof one === "string");
      const offered = [...words.filter((word) => word === "accept" || word === "acceptForSession")];
      const rule: Decision[] = request.proposedRule === null ? [] : ["acceptWithRule"];
      return [...offered, ...rule, "decline", "cancel"];
    }
    default:
      return ["accept", "acceptForSession", "decline", "cancel"];
  }
}

function detailsOf(request: UserRequest): Partial<RequestData> & Pick<RequestData, "reason"> {
  switch (request.kind) {
    case "commandApproval": {
      const { command, script, cwd, reason, proposedRule } = request;
      return { command, script, cwd, reason, proposedRule };
    }
    case "fileChangeApproval": {
      const { changes, paths, cwd, reason, grantRoot } = request;
      return { changes, paths, cwd, reason, grantRoot };
    }
    case "permissionsApproval": {
      const { permissions, cwd, reason } = request;
      return { permissions, cwd, reason };
    }
    case "mcpToolApproval": {
      const { serverName, toolName, reason } = request;
      return { serverName, toolName, reason, arguments: request.arguments };
    }
    case "elicitation": {
      const { serverName, message, requestedSchema, url } = request;
      return { serverName, reason: message, requestedSchema, url };
    }
    case "userInput":
      return { reason: null, questions: request.questions };
    case "execCommandApproval": {
      const { command, cwd, reason } = request;
      return { command: command.join(" "), script: null, cwd, reason };
    }
    case "applyPatchApproval":
      return { reason: request.reason, paths: request.paths, changes: null };
  }
}

/**
 * Answers a request with the body that a page has sent.
 *
 * @throws {GatewayFault} if the body is not an answer, or the page may not take this decision
 */
export function answerRequest(
  request: UserRequest,
  data: RequestData,
  body: Readonly<Record<string, unknown>>,
): void {
  const { decision, answers, content } = body;
  if (request.kind === "userInput") {
    if (decision === "decline") return request.decline();
    if (!isRecord(answers)) throw invalid('"answers" must be an object of answers by question id');
    return request.answer(answers as UserInputAnswer);
  }
  if (typeof decision !== "string" || !data.decisions.includes(decision as Decision)) {
    throw new GatewayFault(400, "decision_not_offered", "This decision is not among those offered");
  }
  if (request.kind === "elicitation") {
    if (decision === "accept") return request.accept((content ?? null) as JsonValue);
    return decision === "cancel" ? request.cancel() : request.decline();
  }
  if (decision === "acceptWithRule" && request.kind === "commandApproval") {
    return request.approveWithRule();
  }
  request.answer(decision as "accept");
}

function invalid(message: string): GatewayFault {
  return new GatewayFault(400, "invalid_request", message);
}
