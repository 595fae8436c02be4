/** Starts logins: by API key, by the caller's own ChatGPT tokens, in a browser, and by device code. */
import { CodexError } from "../../errors/codex_error.ts";
import type {
  ChatgptAuthTokensRefreshParams,
  ChatgptAuthTokensRefreshResponse,
  LoginAccountParams,
  LoginAccountResponse,
  LoginAppBrand,
} from "../../generated/types.ts";
import type { ServerRequestContext } from "../requests/handler_scope.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { isRecord } from "../../util/is_record.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { ChatgptLoginHandle, DeviceCodeLoginHandle } from "./login_handle.ts";
import type { LoginAttempt } from "../login_router.ts";

/**
 * ChatGPT tokens that the caller manages.
 *
 * @example
 * ```ts
 * import type { ChatgptTokens } from "@codex-app-server/sdk";
 *
 * function stored(settings: Map<string, string>): ChatgptTokens {
 *   return {
 *     accessToken: settings.get("token") ?? "",
 *     chatgptAccountId: settings.get("account") ?? "",
 *   };
 * }
 * ```
 */
export interface ChatgptTokens {
  /** The access token, a JWT. */
  readonly accessToken: string;
  /** The id of the account or workspace that the token is for. */
  readonly chatgptAccountId: string;
  /** The plan of the account; by default the server reads it from the token. */
  readonly chatgptPlanType?: string | null | undefined;
}

/**
 * Returns new tokens after the current ones were refused; a throw reports to the server that there are none. Requests for
 * the same account share one call while it runs and for 2 seconds after its answer. Times out after 9.5 seconds, because
 * the server waits 10.
 *
 * @example
 * ```ts
 * import type { TokenRefreshHandler } from "@codex-app-server/sdk/types";
 *
 * const onTokenRefresh: TokenRefreshHandler = async ({ reason }, { signal }) => {
 *   const reply = await fetch(`https://auth.example.com/renew?why=${reason}`, { signal });
 *   return await reply.json();
 * };
 * ```
 */
export type TokenRefreshHandler = (
  params: ChatgptAuthTokensRefreshParams,
  context: ServerRequestContext,
) => ChatgptTokens | Promise<ChatgptTokens>;

/**
 * Tokens and options of `Codex.loginChatgptTokens()`.
 *
 * @example
 * ```ts
 * import type { ChatgptTokens } from "@codex-app-server/sdk";
 * import type { ChatgptTokensLoginOptions, TokenRefreshHandler } from "@codex-app-server/sdk/types";
 *
 * function options(tokens: ChatgptTokens, renew: TokenRefreshHandler): ChatgptTokensLoginOptions {
 *   return { ...tokens, onTokenRefresh: renew, timeoutMs: 10_000 };
 * }
 * ```
 */
export interface ChatgptTokensLoginOptions extends ChatgptTokens, CallOptions {
  /** Answers `account/chatgptAuthTokens/refresh` from now on; defaults to the client's handler. */
  readonly onTokenRefresh?: TokenRefreshHandler | undefined;
}

const TOKEN_LOGIN: OptionNames<ChatgptTokensLoginOptions> = {
  accessToken: true,
  chatgptAccountId: true,
  chatgptPlanType: true,
  onTokenRefresh: true,
  signal: true,
  timeoutMs: true,
};

/** Logs in with an API key. */
export async function loginWithApiKey(
  context: ClientContext,
  apiKey: string,
  options: CallOptions,
): Promise<void> {
  checkSecret("The API key", apiKey);
  checkCallOptions("loginApiKey()", options);
  const { signal, timeoutMs } = options;
  const request = context.request(
    "account/login/start",
    { type: "apiKey", apiKey },
    { signal, timeoutMs },
  );
  await withoutSecret(apiKey, accepted(request));
}

/** Logs in with ChatGPT tokens. */
export async function loginWithTokens(
  context: ClientContext,
  options: ChatgptTokensLoginOptions,
): Promise<void> {
  checkCallOptions("loginChatgptTokens()", options, TOKEN_LOGIN);
  const { onTokenRefresh, signal, timeoutMs, ...tokens } = options;
  checkTokens(tokens);
  if (onTokenRefresh !== undefined && typeof onTokenRefresh !== "function") {
    throw new TypeError(`"onTokenRefresh" must be a function, got ${typeof onTokenRefresh}`);
  }
  signal?.throwIfAborted();
  // The server may request a refresh as soon as it has the tokens, before its reply is processed.
  const restore = onTokenRefresh && context.requests.client.replace(
    "account/chatgptAuthTokens/refresh",
    async (params, about) => wireTokens(await onTokenRefresh(params, about)),
  );
  try {
    await withoutSecret(
      tokens.accessToken,
      accepted(context.request(
        "account/login/start",
        { type: "chatgptAuthTokens", ...wireTokens(tokens) },
        { signal, timeoutMs },
      )),
    );
  } catch (error) {
    restore?.();
    throw error;
  }
}

/**
 * Converts tokens to the wire's form.
 *
 * @throws {TypeError} if a token is not a non-empty string
 */
export function wireTokens(tokens: ChatgptTokens): ChatgptAuthTokensRefreshResponse {
  checkTokens(tokens);
  const { accessToken, chatgptAccountId, chatgptPlanType = null } = tokens;
  return { accessToken, chatgptAccountId, chatgptPlanType };
}

function checkTokens(tokens: ChatgptTokens): void {
  checkSecret('"accessToken"', tokens?.accessToken);
  checkSecret('"chatgptAccountId"', tokens?.chatgptAccountId);
}

/** Checks a secret without quoting it in the message. */
function checkSecret(name: string, value: unknown): void {
  if (typeof value === "string" && value.trim() !== "") return;
  const got = typeof value === "string"
    ? "an empty string"
    : value === null
    ? "null"
    : typeof value;
  throw new TypeError(`${name} must be a non-empty string, got ${got}`);
}

/**
 * Options of `Codex.loginChatgpt()`, with the names of the fields of `account/login/start`.
 *
 * @example
 * ```ts
 * import type { ChatgptLoginOptions } from "@codex-app-server/sdk/types";
 *
 * const options: ChatgptLoginOptions = { codexStreamlinedLogin: true, timeoutMs: 10_000 };
 * ```
 */
export interface ChatgptLoginOptions extends CallOptions {
  /**
   * Whether the pages that follow the login are the short ones.
   *
   * @default {false}
   */
  readonly codexStreamlinedLogin?: boolean | undefined;
  /**
   * Whether the browser ends on OpenAI's success page, instead of the server's own on the loopback interface.
   *
   * @default {false}
   */
  readonly useHostedLoginSuccessPage?: boolean | undefined;
  /** The product that the success page names. Defaults to the server's choice. */
  readonly appBrand?: LoginAppBrand | null | undefined;
}

const CHATGPT_LOGIN: OptionNames<ChatgptLoginOptions> = {
  codexStreamlinedLogin: true,
  useHostedLoginSuccessPage: true,
  appBrand: true,
  signal: true,
  timeoutMs: true,
};

type BrowserLogin = Extract<LoginAccountResponse, { type: "chatgpt" }>;
type DeviceCodeLogin = Extract<LoginAccountResponse, { type: "chatgptDeviceCode" }>;

/** Starts a login in a browser. */
export async function startChatgptLogin(
  context: ClientContext,
  options: ChatgptLoginOptions,
): Promise<ChatgptLoginHandle> {
  checkCallOptions("loginChatgpt()", options, CHATGPT_LOGIN);
  const { signal, timeoutMs, ...fields } = options;
  const params = { ...fields, type: "chatgpt" } as LoginAccountParams;
  const { attempt, started } = await start<BrowserLogin>(context, params, [
    "authUrl",
  ], { signal, timeoutMs });
  return new ChatgptLoginHandle(attempt, context, started.authUrl);
}

/** Starts a login by device code. */
export async function startDeviceCodeLogin(
  context: ClientContext,
  options: CallOptions,
): Promise<DeviceCodeLoginHandle> {
  checkCallOptions("loginChatgptDeviceCode()", options);
  const params: LoginAccountParams = { type: "chatgptDeviceCode" };
  const { attempt, started } = await start<DeviceCodeLogin>(context, params, [
    "verificationUrl",
    "userCode",
  ], options);
  return new DeviceCodeLoginHandle(attempt, context, started);
}

async function start<Started extends BrowserLogin | DeviceCodeLogin>(
  context: ClientContext,
  params: LoginAccountParams,
  shown: readonly (keyof Started & string)[],
  { signal, timeoutMs }: CallOptions,
): Promise<{ readonly attempt: LoginAttempt; readonly started: Started }> {
  const { logins } = context.operations;
  logins.reserve();
  try {
    const reply = await context.request("account/login/start", params, { signal, timeoutMs });
    checkReply("account/login/start", reply, "loginId", ...shown);
    const started = reply as Started;
    return { attempt: logins.adopt(started.loginId), started };
  } catch (error) {
    logins.release();
    throw error;
  }
}

/** Waits for the reply to a login that is complete with it. */
async function accepted(request: Promise<unknown>): Promise<void> {
  checkReply("account/login/start", await request, "type");
}

const REDACTED = "[redacted]";

/** Waits for a request that carries a secret, and replaces the secret in its error with `[redacted]`. */
export async function withoutSecret<T>(secret: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof CodexError) {
      const { message, stack } = error;
      Object.assign(error, redactSecret({ ...error, message, stack }, secret));
    }
    throw error;
  }
}

/** Copies a value without the secret; anything but strings and plain data stays as it is. */
function redactSecret(value: unknown, secret: string): unknown {
  if (typeof value === "string") return value.replaceAll(secret, REDACTED);
  if (Array.isArray(value)) return value.map((member) => redactSecret(member, secret));
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, member],
    ) => [redactSecret(key, secret), redactSecret(member, secret)]),
  );
}
