/** The account that the server is logged in with. */
import type {
  GetAccountParams,
  GetAccountRateLimitsParams,
  GetAccountRateLimitsResponse,
  GetAccountResponse,
  GetAccountTokenUsageParams,
  GetAccountTokenUsageResponse,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { CallOptions, WireOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkField, checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";

/**
 * Options of `Codex.account()`: `refreshToken` renews the login's token first.
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
 * Options of `Codex.rateLimits()`, named as in the protocol.
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
 * Options of `Codex.usage()`: `threadId` adds the usage of one thread.
 *
 * @example
 * ```ts
 * import type { UsageOptions } from "@codex-app-server/sdk/types";
 *
 * const ofOneThread: UsageOptions = { threadId: "0199c0de-0000-7000-8000-000000000000" };
 * ```
 */
export type UsageOptions = WireOptions<GetAccountTokenUsageParams> & CallOptions;

const LIMITS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };
const ACCOUNT: OptionNames<AccountOptions> = { ...LIMITS, refreshToken: true };
const RATE_LIMITS: OptionNames<RateLimitsOptions> = {
  ...LIMITS,
  supportsLunaReserve: true,
  excludeResetCreditDetails: true,
};
const USAGE: OptionNames<UsageOptions> = { ...LIMITS, threadId: true };

/** Reads the account. */
export async function readAccount(
  context: ClientContext,
  options: AccountOptions,
): Promise<GetAccountResponse> {
  const { params, request } = split("account()", options, ACCOUNT);
  const reply = await context.request("account/read", params as GetAccountParams, request);
  // `null` says that there is no login; a reply that says nothing must not be read as that.
  checkField("account/read", reply, "account", (account) => account === null || isRecord(account));
  return reply;
}

/** Milliseconds for the server to report its login. */
const LOGIN_STATE_MS = 5_000;

/**
 * Whether a model provider needs a login that the server does not have; `false` if it cannot tell. The server reports it for
 * the configured provider alone. Never rejects.
 */
export async function isLoginMissing(
  context: Pick<ClientContext, "request">,
  modelProvider: string | undefined,
): Promise<boolean> {
  const limits = { timeoutMs: LOGIN_STATE_MS };
  try {
    const [state, { config }] = await Promise.all([
      context.request("account/read", {}, limits),
      context.request("config/read", {}, limits),
    ]);
    return state.requiresOpenaiAuth === true && state.account === null &&
      modelProvider === (config.model_provider ?? "openai");
  } catch {
    return false;
  }
}

/** Logs out. */
export async function logout(context: ClientContext, options: CallOptions): Promise<void> {
  const { request } = split("logout()", options, LIMITS);
  checkObject("account/logout", await context.request("account/logout", undefined, request));
}

/** Reads the rate limits of the account. */
export async function readRateLimits(
  context: ClientContext,
  options: RateLimitsOptions,
): Promise<GetAccountRateLimitsResponse> {
  const { params, request } = split("rateLimits()", options, RATE_LIMITS);
  const reply = await context.request(
    "account/rateLimits/read",
    params as GetAccountRateLimitsParams,
    request,
  );
  checkField("account/rateLimits/read", reply, "rateLimits", isRecord);
  return reply;
}

/** Reads the token usage of the account. */
export async function readUsage(
  context: ClientContext,
  options: UsageOptions,
): Promise<GetAccountTokenUsageResponse> {
  const { params, request } = split("usage()", options, USAGE);
  const wire = params as GetAccountTokenUsageParams;
  const reply = await context.request("account/usage/read", wire, request);
  checkField("account/usage/read", reply, "summary", isRecord);
  return reply;
}

/** Separates the params from the options of the request. */
function split<Options extends CallOptions>(
  of: string,
  options: Options,
  known: OptionNames<Options>,
): {
  readonly params: Omit<Options, keyof CallOptions>;
  readonly request: CallOptions;
} {
  checkCallOptions(of, options, known);
  const { signal, timeoutMs, ...params } = options;
  return { params, request: { signal, timeoutMs } };
}
