/** The real endpoint behind a model that is recorded. */
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { isRecord } from "../../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { loopbackAgent } from "../loopback.ts";
import type { RecordedRequest } from "../recorded_request.ts";

/**
 * A real endpoint of the Responses API.
 *
 * @example
 * ```ts
 * import type { ModelUpstream } from "@codex-app-server/sdk/testing";
 *
 * const upstream: ModelUpstream = {
 *   url: "https://api.openai.com/v1",
 *   apiKey: Deno.env.get("OPENAI_API_KEY"),
 * };
 * ```
 */
export interface ModelUpstream {
  /** The base URL, as the `base_url` of a model provider. */
  readonly url: string;
  /** Sent as bearer token, and never written. Without it, the `authorization` of the runtime's request goes on. */
  readonly apiKey?: string | undefined;
  /** Further headers of the requests, which are never written. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const UPSTREAM: OptionNames<ModelUpstream> = { url: true, apiKey: true, headers: true };
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
/** Headers of one connection, not of the request. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "accept-encoding",
  "keep-alive",
]);

/**
 * Checks the upstream given by the caller.
 *
 * @throws {TypeError} if it has no usable URL, or a key would go to another machine in plain text
 */
export function checkUpstream(given: ModelUpstream | string): ModelUpstream {
  const upstream = typeof given === "string" ? { url: given } : given;
  if (!isRecord(upstream)) throw new TypeError('"upstream" must be a URL or { url, apiKey }');
  checkOptionNames('"upstream"', upstream, UPSTREAM);
  const { url, apiKey } = upstream;
  const { protocol, hostname } = parseUrl(url);
  if (protocol === "http:" && apiKey && !LOOPBACK.test(hostname)) {
    throw new TypeError('"upstream" must have an https: URL, because the key is sent there');
  }
  return upstream;
}

function parseUrl(url: unknown): URL {
  try {
    const parsed = new URL(String(url));
    if (parsed.protocol === "https:" || parsed.protocol === "http:") return parsed;
  } catch {
    // Told below.
  }
  throw new TypeError(`"upstream" must have an http: or https: URL, got ${JSON.stringify(url)}`);
}

/** Sends a request of the runtime on; `path` is relative to the base URL. */
export async function forward(
  { url, apiKey, headers: further = {} }: ModelUpstream,
  { method, headers, body }: RecordedRequest,
  path: string,
  signal: AbortSignal,
): Promise<Response> {
  const own = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
  const more = Object.entries(further).map(([name, value]) => [name.toLowerCase(), value]);
  const init = {
    method,
    headers: {
      ...Object.fromEntries(own),
      ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
      ...Object.fromEntries(more),
    } as Record<string, string>,
    body: typeof body === "string" ? body : JSON.stringify(body),
    signal,
  };
  const target = new URL(url.replace(/\/+$/, "") + path);
  return LOOPBACK.test(target.hostname) && target.protocol === "http:"
    ? await sendToLoopback(target, init)
    : await fetch(target, init);
}

/** `fetch` would use a proxy from the environment on some runtimes. */
function sendToLoopback(
  target: URL,
  { body, ...options }: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(target, { ...options, agent: loopbackAgent() }, (reply) => {
      const headers = Object.entries(reply.headers)
        .map(([name, value]): [string, string] => [name, String(value)]);
      const stream = Readable.toWeb(reply) as ReadableStream<Uint8Array<ArrayBuffer>>;
      resolve(new Response(stream, { status: reply.statusCode ?? 0, headers }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
