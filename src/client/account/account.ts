/** The account that the server is logged in with. */
import type {
  GetAccountParams,
  GetAccountRateLimitsParams,
  GetAccountRateLimitsResponse,
  GetAccountResponse,
  GetAccountTokenUsageParams,
  GetAccountTokenUsageResponse,
} from "../../generated/types.ts";
import { type CallOptions, checkCallOptions, type WireOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";

/**
 * Options of {@linkcode Codex.account}: `refreshToken` renews the login's token first.
 *
 * @example
 * ```ts
 * import type { AccountOptions } from "@codex-app-server/sdk/types";
 *
 * const renewed: AccountOptions = { refreshToken: true, timeoutMs: 10_000 };
 * ```
 */
export type AccountOptions = WireOptions<GetAccountParams> & CallOptions;

/**
 * Options of {@linkcode Codex.rateLimits}, in the wire's own names.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import type { RateLimitsOptions } from "@codex-app-server/sdk/types";
 *
 * async function limits(codex: Codex, options: RateLimitsOptions = { timeoutMs: 5_000 }) {
 *   return (await codex.rateLimits(options)).rateLimits;
 * }
 * ```
 */
export type RateLimitsOptions = WireOptions<GetAccountRateLimitsParams> & CallOptions;

/**
 * Options of {@linkcode Codex.usage}: `threadId` adds the usage of one thread.
 *
 * @example
 * ```ts
 * import type { UsageOptions } from "@codex-app-server/sdk/types";
 *
 * const ofOneThread: UsageOptions = { threadId: "0199c0de-0000-7000-8000-000000000000" };
 * ```
 */
export type UsageOptions = WireOptions<GetAccountTokenUsageParams> & CallOptions;

/** Reads the account. */
export async function readAccount(
  context: ClientContext,
  options: AccountOptions,
): Promise<GetAccountResponse> {
  const { params, request } = split(options);
  return await context.request("account/read", params as GetAccountParams, request);
}

/** Milliseconds for the server to report its login. */
const LOGIN_STATE_MS = 5_000;

/** Whether the configured model needs a login that the server does not have; `false` if it cannot tell. Never rejects. */
export async function isLoginMissing(context: Pick<ClientContext, "request">): Promise<boolean> {
  try {
    const state = await context.request("account/read", {}, { timeoutMs: LOGIN_STATE_MS });
    return state.requiresOpenaiAuth === true && state.account === null;
  } catch {
    return false;
  }
}

/** Logs out. */
export async function logout(context: ClientContext, options: CallOptions): Promise<void> {
  const { request } = split(options);
  await context.request("account/logout", undefined, request);
}

/** Reads the rate limits of the account. */
export async function readRateLimits(
  context: ClientContext,
  options: RateLimitsOptions,
): Promise<GetAccountRateLimitsResponse> {
  const { params, request } = split(options);
  return await context.request(
    "account/rateLimits/read",
    params as GetAccountRateLimitsParams,
    request,
  );
}

/** Reads the token usage of the account. */
export async function readUsage(
  context: ClientContext,
  options: UsageOptions,
): Promise<GetAccountTokenUsageResponse> {
  const { params, request } = split(options);
  return await context.request("account/usage/read", params as GetAccountTokenUsageParams, request);
}

/** Separates the params from the options of the request. */
function split<Options extends CallOptions>(options: Options): {
  readonly params: Omit<Options, keyof CallOptions>;
  readonly request: CallOptions;
} {
  checkCallOptions(options);
  const { signal, timeoutMs, ...params } = options;
  return { params, request: { signal, timeoutMs } };
}
