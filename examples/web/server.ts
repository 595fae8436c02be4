/**
 * The server of the page: its files, a session for each key, and the gateway below `/api`. A function from `Request` to
 * `Response`, for any server.
 */
import {
  createGateway,
  type Gateway,
  type GatewayClient,
  type GatewayOptions,
} from "@codex-app-server/sdk/gateway";
import type { PageFile } from "./bundle.ts";

/** Options of the page's server. */
export interface PageServerOptions extends Omit<GatewayOptions, "authorize" | "basePath"> {
  readonly files: ReadonlyMap<string, PageFile>;
  /** The users by the keys that log them in. */
  readonly users: ReadonlyMap<string, string>;
}

/** The page runs its own script alone, loads nothing from elsewhere, and inserts no HTML but through a sanitizer. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types lit-html dompurify",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
};

/** Creates the server of the page over a client; dispose of it before the client. */
export function createPageServer(
  client: GatewayClient,
  { files, users, ...options }: PageServerOptions,
): Gateway {
  const gateway = createGateway(client, {
    ...options,
    basePath: "/api",
    authorize: (request) => users.get(keyIn(request) ?? ""),
  });
  return {
    fetch: async (request) => {
      const url = new URL(request.url);
      if (url.pathname === "/api" || url.pathname.startsWith("/api/")) {
        return await gateway.fetch(request);
      }
      if (options.hosts !== undefined && !options.hosts.includes(url.host)) {
        return new Response("This server has another name.\n", { status: 403, headers: HEADERS });
      }
      const key = url.searchParams.get("key");
      if (key !== null && users.has(key)) return logIn(url, key);
      const file = request.method === "GET" ? files.get(url.pathname) : undefined;
      return file === undefined
        ? new Response("Not found\n", { status: 404, headers: HEADERS })
        : new Response(file.body, {
          headers: { ...HEADERS, "content-type": `${file.type}; charset=utf-8` },
        });
    },
    close: () => gateway.close(),
    [Symbol.asyncDispose]: () => gateway.close(),
  };
}

/** Keeps the key in a cookie that no script reads and no other site sends, and takes it out of the address. */
function logIn(url: URL, key: string): Response {
  const cookie = `${cookieName(url.host)}=${key}; Path=/; HttpOnly; SameSite=Strict`;
  return new Response(null, {
    status: 303,
    headers: { ...HEADERS, location: url.pathname, "set-cookie": cookie },
  });
}

function keyIn(request: Request): string | undefined {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  const cookies = (request.headers.get("cookie") ?? "").split(/; */);
  const prefix = `${cookieName(host)}=`;
  return cookies.find((cookie) => cookie.startsWith(prefix))?.slice(prefix.length);
}

/** Cookies do not tell ports apart. */
function cookieName(host: string): string {
  return `codex-${/:(\d+)$/.exec(host)?.[1] ?? "key"}`;
}
