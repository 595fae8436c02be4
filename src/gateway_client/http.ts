/** Requests to a gateway. */
import { sleep } from "../util/timer.ts";
import type { ErrorBody } from "../gateway/wire.ts";
import { GatewayError } from "./gateway_error.ts";

/** How often a request that may have been lost is sent again. */
const RETRIES = 3;
/** Milliseconds before it is sent again the first time. */
const RETRY_MS = 300;

/**
 * Options of {@linkcode connect}.
 *
 * @example
 * ```ts
 * import type { ConnectGatewayOptions } from "@codex-app-server/sdk/gateway/client";
 *
 * const options: ConnectGatewayOptions = { headers: () => ({ authorization: "Bearer …" }) };
 * ```
 */
export interface ConnectGatewayOptions {
  /** Headers of every request, such as `authorization`; a function is called for each. Defaults to none. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** The function that sends requests. Defaults to the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /**
   * Whether cookies are sent to a gateway of another origin, which must name the page's in `origins`.
   *
   * @default {"same-origin"}
   */
  readonly credentials?: "same-origin" | "include" | "omit" | undefined;
  /**
   * Milliseconds without any sign of life after which a stream of events is opened again: three times the gateway's
   * `heartbeatMs`.
   *
   * @default {45_000}
   */
  readonly silenceMs?: number | undefined;
}

/** Options of one request. */
export interface HttpCall {
  readonly method?: "GET" | "POST" | "PATCH";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether to send it again if it is not known whether it arrived: the gateway does it once. */
  readonly isOnce?: boolean;
}

/** Sends requests to one gateway. */
export class Http {
  readonly options: ConnectGatewayOptions;
  readonly #url: string;

  /** Sends to the gateway at a URL. */
  constructor(url: string | URL, options: ConnectGatewayOptions) {
    this.#url = String(url).replace(/\/+$/, "");
    this.options = options;
  }

  /**
   * Sends a request and returns the JSON of the response.
   *
   * @throws {GatewayError} if the gateway refuses it or cannot be reached; `signal.reason` if the signal fires
   */
  async json<Reply>(path: string, call: HttpCall = {}): Promise<Reply> {
    const headers: Record<string, string> = call.isOnce ? { "idempotency-key": randomKey() } : {};
    for (let attempt = 0;; attempt++) {
      try {
        const response = await this.send(path, { ...call, headers });
        return await response.json() as Reply;
      } catch (error) {
        const isLost = !(error instanceof GatewayError) || error.code === "network";
        if (call.signal?.aborted || !isLost || !call.isOnce || attempt >= RETRIES) throw error;
        await sleep(RETRY_MS * 2 ** attempt, call.signal);
      }
    }
  }

  /**
   * Sends a request and returns the response, which is a success.
   *
   * @throws {GatewayError} if the gateway refuses it or cannot be reached; `signal.reason` if the signal fires
   */
  async send(path: string, { method = "GET", body, headers, signal }: HttpCall): Promise<Response> {
    const { headers: own, fetch: send = fetch, credentials = "same-origin" } = this.options;
    const init: RequestInit = {
      method,
      credentials,
      cache: "no-store",
      headers: {
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
        ...headers,
        ...(typeof own === "function" ? await own() : own),
      },
      ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
      ...(signal === undefined ? {} : { signal }),
    };
    let response: Response;
    try {
      response = await send(`${this.#url}/${path}`, init);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw new GatewayError("The gateway cannot be reached", { code: "network", cause });
    }
    if (response.ok) return response;
    throw await refusal(response);
  }
}

async function refusal(response: Response): Promise<GatewayError> {
  const { status } = response;
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  const retryAfterMs = seconds >= 0 ? seconds * 1_000 : undefined;
  const body = await response.json().catch(() => null) as ErrorBody | null;
  const { code = `http_${status}`, message = `The gateway answered ${status}` } = body?.error ?? {};
  return new GatewayError(message, { code, status, retryAfterMs });
}

/** `crypto.randomUUID` exists in secure contexts alone. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join("");
}
