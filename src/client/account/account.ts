/** The account that the server is logged in with. */
import type {
  GetAccountParams,
  GetAccountRateLimitsParams,
  GetAccountRateLimitsResponse,
  GetAccountResponse,
  GetAccountTokenUsageParams,
  GetAccountTokenUsageResponse,
} from "../../generated/types.ts";
import { checkCallOptions } from "../check_call_options.ts";
import type { ClientContext } from "../client_context.ts";
import type { AccountCallOptions } from "./login_start.ts";
import type { WireOptions } from "../wire_options.ts";

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
export type AccountOptions = WireOptions<GetAccountParams> & AccountCallOptions;

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
export type RateLimitsOptions = WireOptions<GetAccountRateLimitsParams> & AccountCallOptions;

/**
 * Options of {@linkcode Codex.usage}: `threadId` asks for the usage of one thread too.
 *
 * @example
 * ```ts
 * import type { UsageOptions } from "@codex-app-server/sdk/types";
 *
 * const ofOneThread: UsageOptions = { threadId: "0199c0de-0000-7000-8000-000000000000" };
 * ```
 */
export type UsageOptions = WireOptions<GetAccountTokenUsageParams> & AccountCallOptions;

/** Reads the account. */
export async function readAccount(
  context: ClientContext,
  options: AccountOptions,
): Promise<GetAccountResponse> {
  const { params, request } = split(options);
  return await context.request("account/read", params as GetAccountParams, request);
}

/** Logs out. */
export async function logout(context: ClientContext, options: AccountCallOptions): Promise<void> {
  const { request } = split(options);
  await context.request("account/logout", undefined, request);
}

/** Reads the limits of the account. */
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

/** Reads the tokens that the account has used. */
export async function readUsage(
  context: ClientContext,
  options: UsageOptions,
): Promise<GetAccountTokenUsageResponse> {
  const { params, request } = split(options);
  return await context.request("account/usage/read", params as GetAccountTokenUsageParams, request);
}

/** Tells what goes to the server from what concerns the request. */
function split<Options extends AccountCallOptions>(options: Options): {
  readonly params: Omit<Options, keyof AccountCallOptions>;
  readonly request: AccountCallOptions;
} {
  checkCallOptions(options);
  const { signal, timeoutMs, ...params } = options;
  return { params, request: { signal, timeoutMs } };
}
