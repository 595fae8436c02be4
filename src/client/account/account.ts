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
import type { CallOptions } from "../call_options.ts";
import { type ExtraParams, withExtraParams } from "../option_names.ts";
import { checkField, checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";

/**
 * Options of `Codex.account()`.
 *
 * @example
 * ```ts
 * import type { AccountOptions } from "@codex-app-server/sdk/types";
 *
 * const renewed: AccountOptions = { refreshToken: true, timeoutMs: 10_000 };
 * ```
 */
export interface AccountOptions extends CallOptions {
  /**
   * Whether to renew the login's token first; has no effect after `Codex.loginChatgptTokens()`.
   *
   * @default {false}
   */
  readonly refreshToken?: boolean | undefined;
}

/**
 * Options of `Codex.rateLimits()` and `Codex.watchRateLimits()`.
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
export interface RateLimitsOptions extends CallOptions {
  /**
   * Whether to leave out the details of the credits that reset a limit; their number is included either way.
   *
   * @default {false}
   */
  readonly excludeResetCreditDetails?: boolean | undefined;
  /** Fields of `account/rateLimits/read` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<GetAccountRateLimitsParams, Exclude<keyof RateLimitsOptions, "extraParams">>
    | undefined;
}

/**
 * Options of `Codex.usage()`.
 *
 * @example
 * ```ts
 * import type { UsageOptions } from "@codex-app-server/sdk/types";
 *
 * const ofOneThread: UsageOptions = { threadId: "0199c0de-0000-7000-8000-000000000000" };
 * ```
 */
export interface UsageOptions extends CallOptions {
  /** Reads the estimated usage of this thread. Defaults to the usage of the account. */
  readonly threadId?: string | null | undefined;
}

const LIMITS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };
const ACCOUNT: OptionNames<AccountOptions> = { ...LIMITS, refreshToken: true };
const RATE_LIMITS: OptionNames<RateLimitsOptions> = {
  ...LIMITS,
  excludeResetCreditDetails: true,
  extraParams: true,
};
const USAGE: OptionNames<UsageOptions> = { ...LIMITS, threadId: true };

/** Reads the account. */
export async function readAccount(
  context: ClientContext,
  options: AccountOptions,
): Promise<GetAccountResponse> {
  const { params, request } = split("account()", options, ACCOUNT);
  const reply = await context.request("account/read", params as GetAccountParams, request);
  // `null` means that there is no login; a missing field must not be taken for it.
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
  of = "rateLimits()",
): Promise<GetAccountRateLimitsResponse> {
  const { params, request } = split(of, options, RATE_LIMITS);
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
function split<Options extends CallOptions & { readonly extraParams?: unknown }>(
  of: string,
  options: Options,
  known: OptionNames<Options>,
): {
  readonly params: Omit<Omit<Options, "extraParams">, keyof CallOptions>;
  readonly request: CallOptions;
} {
  const { signal, timeoutMs, ...params } = withExtraParams(of, options, known);
  return { params, request: { signal, timeoutMs } };
}
