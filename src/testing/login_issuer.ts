/** A local login issuer for the real `codex app-server`: browser and device code, without an account or network. */
import { checkOptionNames } from "../util/option_names.ts";
import { get } from "node:http";
import { Arrivals, type WaitOptions } from "./arrivals.ts";
import { type HttpReply, HttpServer } from "./http_server.ts";
import { loopbackAgent, loopbackEnv } from "./loopback.ts";
import type { RecordedRequest } from "./recorded_request.ts";

/**
 * Options of {@linkcode LoginIssuer.start}.
 *
 * @example
 * ```ts
 * import type { LoginIssuerOptions } from "@codex-app-server/sdk/testing";
 *
 * const free: LoginIssuerOptions = { planType: "free", usedPercent: 100 };
 * ```
 */
export interface LoginIssuerOptions extends Partial<TokenSubject> {
  /**
   * The name of the workspace.
   * @default {"Workspace"}
   */
  readonly workspaceName?: string;
  /**
   * Whether the account's workspace is known; if `false`, a login fails at its last step.
   * @default {true}
   */
  readonly workspaceKnown?: boolean;
  /**
   * The used percentage of the limit in `account/rateLimits/read`.
   * @default {12}
   */
  readonly usedPercent?: number;
  /**
   * The number of tokens in `account/usage/read`.
   * @default {1_200}
   */
  readonly lifetimeTokens?: number;
}

/** How many requests an issuer keeps. */
const MAX_REQUESTS = 1_000;

const DEFAULTS: Required<LoginIssuerOptions> = {
  accountId: "account-1",
  userId: "user-1",
  email: "user@example.com",
  planType: "plus",
  workspaceName: "Workspace",
  workspaceKnown: true,
  usedPercent: 12,
  lifetimeTokens: 1_200,
};

const ISSUER_OPTIONS: Readonly<Record<string, true>> = Object.fromEntries(
  Object.keys(DEFAULTS).map((name) => [name, true]),
);

/**
 * Tokens for a login with `loginChatgptTokens`.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import type { IssuedTokens } from "@codex-app-server/sdk/testing";
 *
 * async function logIn(codex: Codex, tokens: IssuedTokens): Promise<void> {
 *   await codex.loginChatgptTokens(tokens);
 * }
 * ```
 */
export interface IssuedTokens {
  /** A new access token. */
  readonly accessToken: string;
  /** The id of the account. */
  readonly chatgptAccountId: string;
  /** The plan of the account. */
  readonly chatgptPlanType: string;
}

/** The binary requires an HTTPS origin; nothing listens on this one, so nothing is sent to anybody. */
const NOWHERE = "https://127.0.0.1:1";

/**
 * Simulates the issuer and the user: `signIn(authUrl)` approves in the browser, `enterCode(userCode)` on a device;
 * `refuse` and `refuseCode` decline. The binary's port for the browser's redirect is fixed: run only one test with a
 * browser login at a time.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { LoginIssuer, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * await using issuer = await LoginIssuer.start();
 * await using scripted = await ScriptedModel.start({
 *   requiresOpenaiAuth: true,
 *   rootToml: issuer.rootToml,
 * });
 * const { env } = scripted.options;
 * await using codex = await Codex.start({ ...scripted.options, env: { ...env, ...issuer.env } });
 *
 * const login = await codex.loginChatgptDeviceCode();
 * issuer.enterCode(login.userCode);
 * console.log((await login.wait()).success); // true
 * ```
 */
export class LoginIssuer implements AsyncDisposable {
  readonly #options: Required<LoginIssuerOptions>;
  readonly #devices: DeviceCodes = new DeviceCodes();
  readonly #requests: Arrivals<RecordedRequest> = new Arrivals(MAX_REQUESTS);
  #http: HttpServer | undefined;
  #issued = 0;
  #refusesTokens = false;

  private constructor(options: LoginIssuerOptions) {
    checkOptionNames("LoginIssuer.start()", options, ISSUER_OPTIONS);
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Starts an issuer on a free port of 127.0.0.1.
   *
   * @throws {TypeError} if an option is unknown
   */
  static async start(options: LoginIssuerOptions = {}): Promise<LoginIssuer> {
    const issuer = new LoginIssuer(options);
    issuer.#http = await HttpServer.start((request, reply) =>
      Promise.resolve(issuer.#answer(request, reply))
    );
    return issuer;
  }

  /** The origin, such as `http://127.0.0.1:41234`. */
  get origin(): string {
    return this.#http?.origin ?? "";
  }

  /** The environment that makes the binary use this issuer, without a proxy. */
  get env(): Record<string, string> {
    return {
      CODEX_APP_SERVER_LOGIN_ISSUER: this.origin,
      CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${this.origin}/oauth/revoke`,
      ...loopbackEnv(),
    };
  }

  /** The line of `config.toml` that makes the binary ask here about workspaces, limits and usage. */
  get rootToml(): string {
    return `chatgpt_base_url = "${this.origin}/backend-api/"`;
  }

  /** The requests so far, in order: at most the last 1,000. The tokens in them are not secret. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests.all;
  }

  /** Waits for the next request for a path, such as `"/oauth/token"`, that no earlier call returned. */
  nextRequest(path: string, options: WaitOptions = {}): Promise<RecordedRequest> {
    return this.#requests.take(
      (request) => pathOf(request) === path,
      { what: `a request for ${path}`, describe: pathOf },
      options,
    );
  }

  /** Creates new tokens for a login with `loginChatgptTokens`. */
  tokens(): IssuedTokens {
    const { accountId, planType } = this.#options;
    return {
      accessToken: this.#token("access"),
      chatgptAccountId: accountId,
      chatgptPlanType: planType,
    };
  }

  /** Simulates the browser of a user who approves: opens `authUrl` and follows redirects to the binary's last page. */
  signIn(authUrl: string): Promise<VisitedPage> {
    return visit(authUrl);
  }

  /** Simulates the browser of a user who declines. */
  refuse(authUrl: string): Promise<VisitedPage> {
    const url = new URL(authUrl);
    url.searchParams.set("refuse", "true");
    return visit(url.href);
  }

  /**
   * Simulates a user who enters a code on a device and approves.
   *
   * @throws {Error} if no login shows that code
   */
  enterCode(userCode: string): this {
    this.#devices.decide(userCode, "agreed");
    return this;
  }

  /**
   * Simulates a user who enters a code on a device and declines.
   *
   * @throws {Error} if no login shows that code
   */
  refuseCode(userCode: string): this {
    this.#devices.decide(userCode, "refused");
    return this;
  }

  /** Refuses tokens from now on: logins fail after the user has approved. */
  refuseTokens(): this {
    this.#refusesTokens = true;
    return this;
  }

  /** Frees the port and fails the pending waits. Safe to call again. */
  async close(): Promise<void> {
    this.#requests.close("the login issuer was closed");
    await this.#http?.close();
  }

  /** Frees the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #answer(request: RecordedRequest, reply: HttpReply): void {
    this.#requests.add(request);
    const send = (body: object, status = 200): void => reply.send(status, {}, JSON.stringify(body));
    switch (pathOf(request)) {
      case "/api/accounts/deviceauth/usercode":
        return send(this.#devices.open());
      case "/api/accounts/deviceauth/token":
        return send(...this.#devices.poll(request.body));
      case "/oauth/authorize":
        return reply.send(302, { location: returnAddress(request) }, "");
      case "/oauth/token":
        return this.#refusesTokens
          ? send({ error: "invalid_grant", error_description: "no tokens today" }, 400)
          : send(this.#newTokens());
      case "/oauth/revoke":
        return send({});
      case "/backend-api/wham/accounts/check":
        return send({ accounts: this.#options.workspaceKnown ? [this.#workspace()] : [] });
      case "/backend-api/wham/usage":
        return send(this.#usage());
      case "/backend-api/wham/profiles/me":
        return send({ stats: { lifetime_tokens: this.#options.lifetimeTokens } });
      default:
        return send({}, 404); // other requests of a logged-in binary: telemetry, apps
    }
  }

  #newTokens(): object {
    return {
      id_token: this.#token("id"),
      access_token: this.#token("access"),
      refresh_token: `refresh-${++this.#issued}`,
    };
  }

  #token(kind: string): string {
    return unsignedToken(this.#options, `${kind}-${++this.#issued}`);
  }

  #workspace(): object {
    const { accountId, workspaceName } = this.#options;
    return {
      id: accountId,
      name: workspaceName,
      structure: "personal",
      account_routing_override: "NO_CONSTRAINT",
      workspace_backend_origin: NOWHERE,
    };
  }

  #usage(): object {
    const { planType, usedPercent } = this.#options;
    const window = {
      used_percent: usedPercent,
      limit_window_seconds: 18_000,
      reset_after_seconds: 600,
      reset_at: Math.floor(Date.now() / 1_000) + 600,
    };
    return {
      plan_type: planType,
      rate_limit: { allowed: true, limit_reached: false, primary_window: window },
    };
  }
}

/** Returns the URL to which the browser is redirected after the user's decision. */
function returnAddress(request: RecordedRequest): string {
  const asked = new URL(request.path, "http://issuer").searchParams;
  const address = new URL(asked.get("redirect_uri") ?? "");
  address.searchParams.set("state", asked.get("state") ?? "");
  if (asked.has("refuse")) {
    address.searchParams.set("error", "access_denied");
    address.searchParams.set("error_description", "The person refused");
  } else address.searchParams.set("code", "browser-code");
  return address.href;
}

function pathOf(request: RecordedRequest): string {
  return request.path.replace(/\?.*$/, "");
}

interface DeviceLogin {
  readonly userCode: string;
  decision: "open" | "agreed" | "refused";
}

/** Issues device codes and answers polls for them. */
export class DeviceCodes {
  readonly #logins: Map<string, DeviceLogin> = new Map();

  /** Starts a login and returns the body of the reply. */
  open(): object {
    const number = this.#logins.size + 1;
    const userCode = `CODE-${String(number).padStart(4, "0")}`;
    const id = `device-${number}`;
    this.#logins.set(id, { userCode, decision: "open" });
    return { device_auth_id: id, user_code: userCode, interval: "1" };
  }

  /** Answers a poll with a body and an HTTP status. */
  poll(body: unknown): [body: object, status: number] {
    const { device_auth_id: id = "" } = (body ?? {}) as { readonly device_auth_id?: string };
    switch (this.#logins.get(id)?.decision) {
      case "agreed": {
        const code = `code-of-${id}`;
        return [{ authorization_code: code, code_challenge: "none", code_verifier: "none" }, 200];
      }
      case "open":
        return [{}, 403]; // the binary asks again
      default:
        return [{}, 400];
    }
  }

  /** Sets the decision of the user who sees the code. */
  decide(userCode: string, decision: "agreed" | "refused"): void {
    const logins = [...this.#logins.values()];
    const login = logins.find((candidate) => candidate.userCode === userCode);
    if (login === undefined) {
      const codes = logins.map((candidate) => candidate.userCode).join(", ") || "none";
      throw new Error(`Cannot enter the code "${userCode}": the displayed codes are ${codes}`);
    }
    login.decision = decision;
  }
}

/**
 * The page that a user would see at the end.
 *
 * @example
 * ```ts
 * import type { VisitedPage } from "@codex-app-server/sdk/testing";
 *
 * const loggedIn = ({ status, text }: VisitedPage): boolean => status === 200 && text !== "";
 * ```
 */
export interface VisitedPage {
  /** The HTTP status. */
  readonly status: number;
  /** The text of the page. */
  readonly text: string;
}

/** Maximum milliseconds per page. */
const PAGE_MS = 5_000;
const MAX_REDIRECTS = 5;

/** Opens a URL and follows redirects. */
export async function visit(url: string): Promise<VisitedPage> {
  let next = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const page = await load(next);
    if (page.location === undefined) return { status: page.status, text: page.text };
    next = new URL(page.location, next).href;
  }
  throw new Error(`Cannot open ${url}: more than ${MAX_REDIRECTS} redirects`);
}

/** Loads one page over its own connection: the binary's server ends with the login, so it must not be kept alive. */
function load(
  url: string,
): Promise<VisitedPage & { readonly location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const agent = loopbackAgent();
    const request = get(url, { agent, headers: { connection: "close" } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => text += piece);
      response.on("error", reject);
      response.on("end", () => {
        const { location } = response.headers;
        resolve({ status: response.statusCode ?? 0, text, location });
      });
    });
    request.on("error", reject);
    request.setTimeout(PAGE_MS, () => {
      request.destroy(new Error(`Cannot open ${url}: no answer within ${PAGE_MS} ms`));
    });
  });
}

/**
 * The subject of a token.
 *
 * @example
 * ```ts
 * import type { TokenSubject } from "@codex-app-server/sdk/testing";
 *
 * const ada: TokenSubject = {
 *   accountId: "workspace-1",
 *   userId: "user-1",
 *   email: "ada@example.com",
 *   planType: "pro",
 * };
 * ```
 */
export interface TokenSubject {
  /** The id of the account or workspace. */
  readonly accountId: string;
  /** The id of the user. */
  readonly userId: string;
  /** The email address of the user. */
  readonly email: string;
  /** The plan of the account, such as `"plus"`. */
  readonly planType: string;
}

/** The lifetime of a token, in seconds. */
const LIFETIME_S = 3_600;

/** Creates an unsigned JWT, which the binary accepts unchecked; the id makes it unique. */
export function unsignedToken(subject: TokenSubject, tokenId: string): string {
  const { accountId, userId, email, planType } = subject;
  const issuedAt = Math.floor(Date.now() / 1_000);
  const claims = {
    jti: tokenId,
    sub: userId,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_S,
    email,
    "https://api.openai.com/profile": { email },
    "https://api.openai.com/auth": {
      chatgpt_account_id: accountId,
      chatgpt_user_id: userId,
      chatgpt_plan_type: planType,
      organization_id: accountId,
    },
  };
  return [base64Url({ alg: "none", typ: "JWT" }), base64Url(claims), "unsigned"].join(".");
}

function base64Url(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
