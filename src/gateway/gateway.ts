/** The gateway: from a request of a page to a response. */
import { waitAtMost } from "../util/timer.ts";
import { now } from "../util/clock.ts";
import { checkOrigin, corsHeaders, preflightResponse, readBody } from "./guard.ts";
import { faultOf, faultResponse, GatewayFault, jsonResponse } from "./faults.ts";
import { Feeds } from "./feeds.ts";
import { IdempotentReplies } from "./idempotent_replies.ts";
import {
  type GatewayOptions,
  type GatewaySettings,
  gatewaySettings,
  type GatewayUser,
} from "./options.ts";
import type { GatewayClient } from "./port.ts";
import { findRoute, type RouteCall } from "./routes.ts";
import { UserLimits } from "./user_limits.ts";

/** Characters of an idempotency key. */
const KEY_CHARS = 200;

/**
 * The client behind a gateway: one for all users, or a function that returns the client of a user, for servers with a
 * home of their own. The function is asked for every request, so it must return the same client while that works.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { GatewayClients } from "@codex-app-server/sdk/gateway";
 *
 * const byUser = new Map<string, Codex>();
 * const clients: GatewayClients = ({ id }) => {
 *   let codex = byUser.get(id);
 *   if (codex === undefined) byUser.set(id, codex = new Codex({ codexHome: `/srv/homes/${id}` }));
 *   return codex;
 * };
 * ```
 */
export type GatewayClients =
  | GatewayClient
  | ((user: GatewayUser) => GatewayClient | Promise<GatewayClient>);

/**
 * A gateway between pages and a client: it answers requests, from any server that speaks the Web's `Request` and
 * `Response`. Create it with {@linkcode createGateway}.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { createGateway, type Gateway } from "@codex-app-server/sdk/gateway";
 *
 * async function gatewayFor(userOf: (request: Request) => Promise<string | null>): Promise<Gateway> {
 *   const codex = await Codex.start();
 *   return createGateway(codex, { authorize: userOf, origins: ["https://app.example.com"] });
 * }
 * ```
 */
export interface Gateway extends AsyncDisposable {
  /** Answers a request; never rejects. It can be passed on without the gateway. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Shuts down: refuses new threads and turns with 503, waits for the running turns at most `drainMs`, interrupts those
   * left, and ends the streams. Pages connect again, to the next instance. The client stays open. Safe to call again.
   */
  close(): Promise<void>;
}

/**
 * Creates a gateway for pages over a client.
 *
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @throws {RangeError} if a limit is out of range
 *
 * @example
 * ```ts
 * import { Codex, Sandbox } from "@codex-app-server/sdk";
 * import { createGateway } from "@codex-app-server/sdk/gateway";
 *
 * async function main(sessions: Map<string, string>): Promise<void> {
 *   await using codex = await Codex.start();
 *   await using gateway = createGateway(codex, {
 *     basePath: "/api/codex",
 *     authorize: (request) => sessions.get(request.headers.get("authorization") ?? ""),
 *     workspaces: (user) => ({ home: `/srv/work/${user.id}` }),
 *     thread: { sandbox: Sandbox.workspace },
 *   });
 *   const response = await gateway.fetch(new Request("http://localhost/api/codex/threads"));
 *   console.log(response.status); // 401: no session
 * }
 * ```
 */
export function createGateway(clients: GatewayClients, options: GatewayOptions): Gateway {
  return new FetchGateway(clients, gatewaySettings(options));
}

class FetchGateway implements Gateway {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly #clients: GatewayClients;
  readonly #settings: GatewaySettings;
  readonly #feeds: Feeds;
  readonly #limits: UserLimits;
  readonly #replies: IdempotentReplies = new IdempotentReplies();
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(clients: GatewayClients, settings: GatewaySettings) {
    this.#clients = clients;
    this.#settings = settings;
    this.#feeds = new Feeds(settings);
    this.#limits = new UserLimits(settings.limits);
    this.fetch = (request) => this.#respond(request);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #respond(request: Request): Promise<Response> {
    let response: Response;
    try {
      response = await this.#answer(request);
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== error) this.#report(error, request);
      response = faultResponse(fault);
    }
    for (const [name, value] of corsHeaders(request, this.#settings)) {
      response.headers.set(name, value);
    }
    return response;
  }

  async #answer(request: Request): Promise<Response> {
    const settings = this.#settings;
    const url = new URL(request.url);
    if (request.method === "OPTIONS") return preflightResponse(request, settings);
    checkOrigin(request, url, settings);
    const path = pathIn(url.pathname, settings.basePath);
    if (path === undefined) throw new GatewayFault(404, "not_found", "There is no such resource");
    const user = await this.#authorize(request);
    this.#limits.request(user.id);
    const { route, ids, allowed } = findRoute(request.method, path);
    if (route === undefined) {
      if (allowed.length === 0) {
        throw new GatewayFault(404, "not_found", "There is no such resource");
      }
      const response = faultResponse(
        new GatewayFault(405, "method_not_allowed", "The resource has no such method"),
      );
      response.headers.set("allow", allowed.join(", "));
      return response;
    }
    const body = request.method === "GET" ? {} : await this.#body(request, user);
    const call = async (): Promise<unknown> => {
      if (this.#isClosed || (route.isNew && this.#closing !== undefined)) {
        throw new GatewayFault(503, "draining", "The gateway is shutting down", 5);
      }
      const given: RouteCall = {
        request,
        url,
        user,
        body,
        ids,
        settings,
        feeds: this.#feeds,
        limits: this.#limits,
        client: await this.#client(user),
        isStillAllowed: async () => {
          try {
            return (await this.#authorize(request)).id === user.id;
          } catch {
            return false;
          }
        },
      };
      return await route.handle(given);
    };
    const key = request.headers.get("idempotency-key");
    if (key !== null && key.length > KEY_CHARS) {
      throw new GatewayFault(400, "invalid_request", "The idempotency key is too long");
    }
    const reply = route.isNew && key !== null
      ? await this.#replies.once(user.id, `${path}\n${key}`, call)
      : await call();
    return reply instanceof Response ? reply : jsonResponse(reply, route.isNew ? 201 : 200);
  }

  async #body(request: Request, user: GatewayUser): Promise<Readonly<Record<string, unknown>>> {
    const arriving = this.#limits.body(user.id);
    try {
      return await readBody(request, this.#settings.limits.bodyBytes, arriving.add);
    } finally {
      arriving.end();
    }
  }

  async #authorize(request: Request): Promise<GatewayUser> {
    const refused = new GatewayFault(401, "unauthorized", "Log in first");
    let user: Awaited<ReturnType<GatewaySettings["authorize"]>>;
    try {
      user = await this.#settings.authorize(request);
    } catch (error) {
      this.#report(error, request);
      throw refused;
    }
    const known = typeof user === "string" ? { id: user } : user;
    if (typeof known?.id !== "string" || known.id === "") throw refused;
    return known;
  }

  #client(user: GatewayUser): GatewayClient | Promise<GatewayClient> {
    return typeof this.#clients === "function" ? this.#clients(user) : this.#clients;
  }

  async #close(): Promise<void> {
    const until = now() + this.#settings.drainMs;
    for (;;) {
      const busy = this.#feeds.all.filter(({ isBusy }) => isBusy);
      const leftMs = until - now();
      if (busy.length === 0) break;
      if (leftMs <= 0) {
        await Promise.allSettled(busy.map(({ feed }) => feed.thread.activeTurn()?.interrupt()));
        break;
      }
      await waitAtMost(Promise.race(busy.map(({ feed }) => feed.log.changed)), leftMs);
    }
    this.#isClosed = true;
    await this.#feeds.close();
  }

  #report(error: unknown, request: Request): void {
    try {
      this.#settings.onError(error, request);
    } catch {
      // A log that fails must not fail the request.
    }
  }
}

/** Returns the segments of a path below the gateway's; `undefined` if it is elsewhere. */
function pathIn(pathname: string, basePath: string): string | undefined {
  if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return undefined;
  // Not by a regular expression: it is tried before the login, and "/+$" takes seconds for a path of slashes.
  let [start, end] = [basePath.length, pathname.length];
  while (pathname[start] === "/") start++;
  while (end > start && pathname[end - 1] === "/") end--;
  return pathname.slice(start, end);
}
