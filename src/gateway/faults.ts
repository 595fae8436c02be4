/** The gateway's own errors, and what a page learns of others. */
import { isCodexError } from "../errors/codex_error.ts";
import type { ErrorBody } from "./wire.ts";

/** A response that is not a success: thrown by handlers. */
export class GatewayFault extends Error {
  override readonly name = "GatewayFault";
  readonly status: number;
  readonly code: string;
  /** Seconds after which the page may try again. */
  readonly retryAfter: number | undefined;

  /** Creates an error with a message that a page may see. */
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Status and message by the code of an SDK error: the messages of the errors themselves may name paths and hosts. */
const KNOWN: Readonly<Record<string, readonly [number, string]>> = {
  thread_not_found: [404, "There is no such thread"],
  thread_archived: [409, "The thread is archived"],
  thread_busy: [409, "Another process has the thread open"],
  thread_closed: [409, "The thread has been closed"],
  thread_not_materialized: [409, "The thread has had no turn yet"],
  turn_active: [409, "The thread has a running turn"],
  no_active_turn: [409, "The turn has ended"],
  turn_mismatch: [409, "The thread runs another turn"],
  turn_not_steerable: [409, "The turn accepts no input"],
  request_settled: [409, "The request has already been answered or withdrawn"],
  decision_not_offered: [400, "This decision is not among those offered"],
  settings_not_applied: [409, "The thread cannot take over these settings"],
  not_logged_in: [503, "The server is not logged in to the model"],
  server_busy: [503, "The server is overloaded"],
  transport_closed: [503, "The agent is not available"],
  request_timeout: [504, "The agent did not reply in time"],
  turn_timeout: [504, "The turn did not start in time"],
};

/** Returns the fault that a page sees for any error. */
export function faultOf(error: unknown): GatewayFault {
  if (error instanceof GatewayFault) return error;
  if (isCodexError(error)) {
    const known = Object.hasOwn(KNOWN, error.code) ? KNOWN[error.code] : undefined;
    if (known !== undefined) {
      const [status, message] = known;
      return new GatewayFault(status, error.code, message, status === 503 ? 1 : undefined);
    }
    return new GatewayFault(502, "agent_error", "The agent refused the request");
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return new GatewayFault(400, "invalid_request", "The agent does not accept these values");
  }
  return new GatewayFault(500, "internal_error", "The gateway failed");
}

/** Returns the response for a fault. */
export function faultResponse({ status, code, message, retryAfter }: GatewayFault): Response {
  const body: ErrorBody = { error: { code, message } };
  const response = jsonResponse(body, status);
  if (retryAfter !== undefined) response.headers.set("retry-after", String(retryAfter));
  return response;
}

/** Returns a JSON response that no cache keeps. */
export function jsonResponse(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}
