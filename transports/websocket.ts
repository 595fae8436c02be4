/**
 * Connects to a `codex app-server` that listens on a WebSocket, on this machine or another.
 *
 * @module
 */
import type { Connect } from "../src/transport/transport.ts";
import { checkOptionNames, type OptionNames } from "../src/util/option_names.ts";
import { checkWebSocketLimits, type WebSocketLimits } from "../src/websocket/from_streams.ts";
import { checkHeaders } from "../src/websocket/headers.ts";
import { openWebSocket, type SocketTls, type WebSocketTarget } from "./open_web_socket.ts";

/**
 * Settings of TLS for {@linkcode websocket}.
 *
 * @example
 * ```ts
 * import type { TlsOptions } from "@codex-app-server/sdk/transports/websocket";
 *
 * const ownIssuer = (ca: string): TlsOptions => ({ ca, servername: "codex.internal" });
 * ```
 */
export interface TlsOptions {
  /** The certificates (PEM) of the issuers to trust, instead of the runtime's. */
  readonly ca?: string | readonly string[];
  /** The certificate (PEM) of this client. */
  readonly cert?: string;
  /** The key (PEM) of that certificate. */
  readonly key?: string;
  /**
   * The name that the server's certificate must have.
   * @default the host of the URL
   */
  readonly servername?: string;
}

/**
 * Options of {@linkcode websocket}.
 *
 * @example
 * ```ts
 * import type { WebSocketOptions } from "@codex-app-server/sdk/transports/websocket";
 *
 * const options = (token: string): WebSocketOptions => ({ token, pingMs: 10_000 });
 * ```
 */
export interface WebSocketOptions extends WebSocketLimits {
  /**
   * The token of the server (`--ws-auth`), sent as `Authorization: Bearer`. A function is called for each connection, for
   * tokens that expire.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** More headers of the handshake. With an `Origin`, the server refuses it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Settings of TLS, for `wss:`. */
  readonly tls?: TlsOptions;
  /**
   * Whether `ws:` may lead to another host: everybody on the way can then read the token and all messages, and change them.
   * @default {false}
   */
  readonly allowInsecure?: boolean;
}

/**
 * Creates the function that connects to `codex app-server --listen ws://IP:PORT`, or through a TLS proxy (`wss:`) to it.
 *
 * @throws {TypeError} if the URL or an option is not valid, or `ws:` leads to another host without `allowInsecure`
 * @throws {RangeError} if a limit is not a number of milliseconds or bytes
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { websocket } from "@codex-app-server/sdk/transports/websocket";
 *
 * const start = (token: string): Promise<Codex> =>
 *   Codex.start({ connect: websocket("wss://codex.example.com", { token }) });
 * ```
 */
export function websocket(url: string | URL, options: WebSocketOptions = {}): Connect {
  checkOptionNames("websocket()", options, OPTIONS);
  if (options.tls !== undefined) checkOptionNames("tls", options.tls, TLS_OPTIONS);
  checkWebSocketLimits(options);
  const { token, headers, tls, allowInsecure = false, ...limits } = options;
  const { protocol, hostname, host, port, pathname, search } = checkUrl(url, allowInsecure);
  const isEncrypted = protocol === "wss:";
  if (tls !== undefined && !isEncrypted) throw new TypeError(`"tls" is an option of "wss:" URLs`);
  const own = checkHeaders(headers);
  if (token !== undefined && Object.keys(own).some((name) => /^authorization$/i.test(name))) {
    throw new TypeError(`Use either "token" or the header "Authorization"`);
  }
  if (typeof token === "string") checkToken(token);
  const target: WebSocketTarget = {
    name: "websocket",
    socket: {
      address: `${protocol}//${host}${pathname}`,
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (isEncrypted ? 443 : 80)),
      ...(isEncrypted ? { tls: tlsSettings(hostname, tls) } : {}),
    },
    host,
    path: pathname + search,
    headers: async () => ({ ...await authorization(token), ...own }),
    limits,
  };
  return ({ signal } = {}) => openWebSocket(target, signal);
}

const OPTIONS: OptionNames<WebSocketOptions> = {
  token: true,
  headers: true,
  tls: true,
  allowInsecure: true,
  handshakeTimeoutMs: true,
  pingMs: true,
  pongMs: true,
  maxMessageBytes: true,
  closeTimeoutMs: true,
};

const TLS_OPTIONS: OptionNames<TlsOptions> = { ca: true, cert: true, key: true, servername: true };

/** Parses the URL. No message quotes it: it may contain a secret. */
function checkUrl(url: string | URL, allowInsecure: boolean): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError(
      `The URL of websocket() is not valid: it must be "wss://HOST" or "ws://HOST"`,
    );
  }
  const { protocol, username, password, hash, hostname } = parsed;
  if (protocol !== "ws:" && protocol !== "wss:") {
    throw new TypeError(
      `The URL of websocket() must start with "wss:" or "ws:", got "${protocol}"`,
    );
  }
  if (username !== "" || password !== "") {
    throw new TypeError(
      `The URL of websocket() must not contain a password: use "token" or "headers"`,
    );
  }
  if (hash !== "") throw new TypeError("The URL of websocket() must not contain a fragment");
  if (protocol === "wss:" || allowInsecure || isLoopback(hostname)) return parsed;
  throw new TypeError(
    `Cannot connect to "${hostname}" without encryption: use "wss:", a tunnel such as ssh, or ` +
      `"allowInsecure: true"`,
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function tlsSettings(
  hostname: string,
  options: TlsOptions = {},
): SocketTls {
  const isName = !/^[\d.]+$|^\[/.test(hostname);
  const servername = options.servername ?? (isName ? hostname : undefined);
  return { ...options, ...(servername === undefined ? {} : { servername }) };
}

async function authorization(
  token: WebSocketOptions["token"],
): Promise<Readonly<Record<string, string>>> {
  if (token === undefined) return {};
  return {
    Authorization: `Bearer ${checkToken(typeof token === "string" ? token : await token())}`,
  };
}

/** Checks a token, which may end with the newline of its file, as the server's may. */
function checkToken(token: unknown): string {
  const trimmed = typeof token === "string" ? token.trim() : "";
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new TypeError(`"token" must be a non-empty string of visible ASCII characters`);
}
