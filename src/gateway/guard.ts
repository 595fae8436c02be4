/** What is refused before anything is done: foreign origins, other hosts, bodies that are too large or not JSON. */
import { isRecord } from "../util/is_record.ts";
import { startTimer } from "../util/timer.ts";
import { GatewayFault } from "./faults.ts";

/** Milliseconds for the body of a request. */
const BODY_MS = 30_000;
/** How deep the JSON of a body may be nested. */
const MAX_DEPTH = 64;
/** Seconds for which a browser remembers that another origin may ask. */
const PREFLIGHT_SECONDS = 600;

/** Whose pages may use the gateway. */
export interface GuardOptions {
  readonly origins: readonly string[];
  readonly hosts: readonly string[] | undefined;
}

/**
 * Refuses requests of pages of other origins, and to other hosts. A page cannot fake its `Origin`; a request without one
 * is of the same origin, of a program, or of an image or a link, which `Sec-Fetch-Site` tells apart.
 *
 * @throws {GatewayFault} if the request is refused
 */
export function checkOrigin(request: Request, url: URL, { origins, hosts }: GuardOptions): void {
  const host = request.headers.get("host") ?? url.host;
  if (hosts !== undefined && !hosts.includes(host)) {
    throw new GatewayFault(403, "host_not_allowed", "The gateway does not answer to this host");
  }
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  if (origin !== null && origins.includes(origin)) return;
  // "http:" of the same host is another site than "https:", which the gateway cannot tell behind a proxy.
  const isOwn = site === null || site === "same-origin" || site === "none";
  if (origin !== null) {
    if (isOwn && isSameHost(origin, host)) return;
    throw new GatewayFault(
      403,
      "origin_not_allowed",
      "Pages of this origin may not use the gateway",
    );
  }
  if (isOwn) return;
  throw new GatewayFault(403, "origin_not_allowed", "Pages of other sites may not use the gateway");
}

function isSameHost(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host;
  } catch {
    return false; // "null", of a sandboxed page
  }
}

/** Returns the headers that let pages of an allowed origin read the response. */
export function corsHeaders(request: Request, { origins }: GuardOptions): [string, string][] {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.includes(origin)) return [];
  return [
    ["access-control-allow-origin", origin],
    ["access-control-allow-credentials", "true"],
    ["access-control-expose-headers", "retry-after"],
    ["vary", "origin"],
  ];
}

/** Answers the question of a browser whether a page of another origin may send a request. */
export function preflightResponse(request: Request, options: GuardOptions): Response {
  const headers = new Headers(corsHeaders(request, options));
  if (headers.has("access-control-allow-origin")) {
    headers.set("access-control-allow-methods", "GET, POST, PATCH");
    const names = "authorization, content-type, idempotency-key, last-event-id";
    headers.set("access-control-allow-headers", names);
    headers.set("access-control-max-age", String(PREFLIGHT_SECONDS));
  }
  return new Response(null, { status: 204, headers });
}

/**
 * Reads the body of a request.
 *
 * @throws {GatewayFault} if it is not JSON, too large or too slow
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  onBytes: (bytes: number) => void = () => {},
): Promise<Readonly<Record<string, unknown>>> {
  // A form of another site can send text/plain without a preflight, but not this.
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    throw new GatewayFault(415, "not_json", 'Send "content-type: application/json"');
  }
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const text = await readText(request, maxBytes, onBytes);
  if (text.trim() === "") return {};
  if (isDeep(text)) throw new GatewayFault(400, "invalid_json", "The body is nested too deeply");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new GatewayFault(400, "invalid_json", "The body is not JSON");
  }
  if (!isRecord(body)) throw new GatewayFault(400, "invalid_json", "The body is not a JSON object");
  return body;
}

/** Whether a JSON text is nested deeper than the agent reads: such an answer would settle a request and never arrive. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isText && char === "\\") at++;
    else if (char === '"') isText = !isText;
    else if (isText) continue;
    else if (char === "{" || char === "[") {
      if (++depth > MAX_DEPTH) return true;
    } else if (char === "}" || char === "]") depth--;
  }
  return false;
}

async function readText(
  request: Request,
  maxBytes: number,
  onBytes: (bytes: number) => void,
): Promise<string> {
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  let isLate = false;
  const stopTimer = startTimer(BODY_MS, () => {
    isLate = true;
    void reader.cancel().catch(() => {});
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isLate) throw new GatewayFault(408, "body_timeout", "The body did not arrive in time");
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      onBytes(value.byteLength);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    stopTimer();
    void reader.cancel().catch(() => {});
  }
}

function tooLarge(maxBytes: number): GatewayFault {
  return new GatewayFault(413, "body_too_large", `The body has more than ${maxBytes} bytes`);
}
