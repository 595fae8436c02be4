/** Logins to MCP servers by OAuth. */
import type { CancelLoginAccountStatus, McpServerOauthLoginParams } from "../../generated/types.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { LoginHandle } from "../account/login_handle.ts";
import { type CallOptions, checkText } from "../call_options.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { LoginAttempt } from "../login_router.ts";
import { checkCallOptions } from "../option_names.ts";

/**
 * Options of {@linkcode Mcp.login}.
 *
 * @example
 * ```ts
 * import type { McpLoginOptions } from "@codex-app-server/sdk/types";
 *
 * const readOnly: McpLoginOptions = { scopes: ["read"], expiresMs: 120_000 };
 * ```
 */
export interface McpLoginOptions extends CallOptions {
  /** The scopes to ask for. Defaults to those that the MCP server names. */
  readonly scopes?: readonly string[] | undefined;
  /** Milliseconds until the server stops waiting for the browser, rounded up to seconds. Defaults to the server's limit. */
  readonly expiresMs?: number | undefined;
  /** The thread whose configuration has the MCP server. Defaults to the configuration of the process. */
  readonly threadId?: string | undefined;
}

const LOGIN: OptionNames<McpLoginOptions> = {
  scopes: true,
  expiresMs: true,
  threadId: true,
  signal: true,
  timeoutMs: true,
};

/**
 * A login to an MCP server in a browser: open `authUrl`. The browser returns to a free port of the server's machine.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function login(codex: Codex, name: string): Promise<boolean> {
 *   await using login = await codex.mcp.login(name);
 *   console.log(`Open ${login.authUrl}`);
 *   return (await login.wait({ timeoutMs: 300_000 })).success;
 * }
 * ```
 */
export class McpLoginHandle extends LoginHandle {
  /** The URL to open in a browser. */
  readonly authUrl: string;
  readonly #logins: ClientContext["operations"]["logins"];

  /** Wraps a login that the server has started. */
  constructor(attempt: LoginAttempt, context: ClientContext, authUrl: string) {
    super(attempt, context);
    this.#logins = context.operations.logins;
    this.authUrl = authUrl;
  }

  /**
   * Stops waiting for the login, which the protocol cannot cancel: a person who completes it before it expires is logged in.
   * Returns `"canceled"`, after which {@linkcode wait} resolves with `success: false`, or `"notFound"` if it has already
   * ended.
   */
  override cancel(options: CallOptions = {}): Promise<CancelLoginAccountStatus> {
    checkCallOptions("cancel()", options);
    return Promise.resolve(this.#logins.abandon(this.loginId) ? "canceled" : "notFound");
  }
}

/** Starts a login to an MCP server. */
export async function startMcpLogin(
  context: ClientContext,
  name: string,
  options: McpLoginOptions,
): Promise<McpLoginHandle> {
  const method = "mcpServer/oauth/login";
  const { params, request } = loginRequest(name, options);
  const { logins } = context.operations;
  logins.reserve();
  try {
    const reply = await context.request(method, params, request);
    checkReply(method, reply, "authorizationUrl", "loginId");
    const { authorizationUrl, loginId = "" } = reply;
    return new McpLoginHandle(logins.adopt(loginId), context, authorizationUrl);
  } catch (error) {
    logins.release();
    throw error;
  }
}

function loginRequest(
  name: string,
  options: McpLoginOptions,
): { readonly params: McpServerOauthLoginParams; readonly request: CallOptions } {
  checkText("name", name);
  checkCallOptions("mcp.login()", options, LOGIN);
  const { scopes, expiresMs, threadId, signal, timeoutMs } = options;
  if (expiresMs !== undefined) checkLimitMs("expiresMs", expiresMs);
  const params = {
    name,
    ...(scopes === undefined ? {} : { scopes: [...scopes] }),
    ...(expiresMs === undefined ? {} : { timeoutSecs: Math.max(1, Math.ceil(expiresMs / 1_000)) }),
    ...(threadId === undefined ? {} : { threadId }),
  };
  return { params, request: { signal, timeoutMs } };
}
