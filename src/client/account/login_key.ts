/** Logins that finish at once: by API key, and by ChatGPT tokens that the caller holds. */
import type {
  ChatgptAuthTokensRefreshParams,
  ChatgptAuthTokensRefreshResponse,
} from "../../generated/types.ts";
import type { ServerRequestContext } from "../../protocol/request_handlers.ts";
import { checkCallOptions } from "../check_call_options.ts";
import type { ClientContext } from "../client_context.ts";
import type { AccountCallOptions } from "./login_start.ts";
import { withoutSecret } from "./without_secret.ts";

/**
 * Tokens of ChatGPT that the caller keeps.
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
  /** The plan of the account; the server takes it from the token when left out. */
  readonly chatgptPlanType?: string | null | undefined;
}

/**
 * Gets new tokens when the server's were refused; a throw tells the server that there are none. Requests for the same
 * account that come while one runs, or within 2 seconds of its answer, share that; 9.5 seconds are the limit: the server
 * waits 10.
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
 * What {@linkcode Codex.loginChatgptTokens} takes.
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
export interface ChatgptTokensLoginOptions extends ChatgptTokens, AccountCallOptions {
  /** Answers `account/chatgptAuthTokens/refresh` from now on; the handler of the client stays when left out. */
  readonly onTokenRefresh?: TokenRefreshHandler | undefined;
}

/** Logs in by API key. */
export async function loginWithApiKey(
  context: ClientContext,
  apiKey: string,
  options: AccountCallOptions,
): Promise<void> {
  checkSecret("The API key", apiKey);
  checkCallOptions(options);
  const { signal, timeoutMs } = options;
  await withoutSecret(
    apiKey,
    context.request("account/login/start", { type: "apiKey", apiKey }, { signal, timeoutMs }),
  );
}

/** Logs in by tokens of ChatGPT. */
export async function loginWithTokens(
  context: ClientContext,
  options: ChatgptTokensLoginOptions,
): Promise<void> {
  checkCallOptions(options);
  const { onTokenRefresh, signal, timeoutMs, ...tokens } = options;
  checkTokens(tokens);
  if (onTokenRefresh !== undefined && typeof onTokenRefresh !== "function") {
    throw new TypeError(`"onTokenRefresh" must be a function, got ${typeof onTokenRefresh}`);
  }
  signal?.throwIfAborted();
  // The server may ask as soon as it has the tokens, before its reply was seen.
  const restore = onTokenRefresh && context.handlers.own.replace(
    "account/chatgptAuthTokens/refresh",
    async (params, about) => refreshed(await onTokenRefresh(params, about)),
  );
  try {
    await withoutSecret(
      tokens.accessToken,
      context.request(
        "account/login/start",
        { type: "chatgptAuthTokens", ...refreshed(tokens) },
        { signal, timeoutMs },
      ),
    );
  } catch (error) {
    restore?.();
    throw error;
  }
}

/** The tokens in the words of the wire; throws where they are none. */
export function refreshed(tokens: ChatgptTokens): ChatgptAuthTokensRefreshResponse {
  checkTokens(tokens);
  const { accessToken, chatgptAccountId, chatgptPlanType = null } = tokens;
  return { accessToken, chatgptAccountId, chatgptPlanType };
}

function checkTokens(tokens: ChatgptTokens): void {
  checkSecret('"accessToken"', tokens?.accessToken);
  checkSecret('"chatgptAccountId"', tokens?.chatgptAccountId);
}

/** The message never holds the value. */
function checkSecret(name: string, value: unknown): void {
  if (typeof value === "string" && value.trim() !== "") return;
  const got = typeof value === "string" ? "an empty text" : value === null ? "null" : typeof value;
  throw new TypeError(`${name} must be a text that is not empty, got ${got}`);
}
