/** Starts logins that a person finishes elsewhere. */
import type { LoginAccountParams, LoginAccountResponse } from "../../generated/types.ts";
import { checkCallOptions } from "../check_call_options.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { LoginAttempt } from "./login_attempt.ts";
import { ChatgptLoginHandle, DeviceCodeLoginHandle } from "./login_handle.ts";
import type { WireOptions } from "../wire_options.ts";

/**
 * Options of a call about the account.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import type { AccountCallOptions } from "@codex-app-server/sdk/types";
 *
 * async function leave(codex: Codex, options: AccountCallOptions): Promise<void> {
 *   await codex.logout(options);
 * }
 * ```
 */
export interface AccountCallOptions {
  /** Gives the request up: it rejects with `signal.reason`; a login that starts later is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Options of {@linkcode Codex.loginChatgpt}, in the wire's own names.
 *
 * @example
 * ```ts
 * import type { ChatgptLoginOptions } from "@codex-app-server/sdk/types";
 *
 * const options: ChatgptLoginOptions = { codexStreamlinedLogin: true, timeoutMs: 10_000 };
 * ```
 */
export type ChatgptLoginOptions =
  & WireOptions<Omit<Extract<LoginAccountParams, { type: "chatgpt" }>, "type">>
  & AccountCallOptions;

type BrowserLogin = Extract<LoginAccountResponse, { type: "chatgpt" }>;
type DeviceCodeLogin = Extract<LoginAccountResponse, { type: "chatgptDeviceCode" }>;

/** Starts a login in a browser. */
export async function startChatgptLogin(
  context: ClientContext,
  options: ChatgptLoginOptions,
): Promise<ChatgptLoginHandle> {
  checkCallOptions(options);
  const { signal, timeoutMs, ...fields } = options;
  const params = { ...fields, type: "chatgpt" } as LoginAccountParams;
  const { attempt, started } = await start<BrowserLogin>(context, params, [
    "authUrl",
  ], { signal, timeoutMs });
  return new ChatgptLoginHandle(attempt, context, started.authUrl);
}

/** Starts a login by a code that is entered on any device. */
export async function startDeviceCodeLogin(
  context: ClientContext,
  options: AccountCallOptions,
): Promise<DeviceCodeLoginHandle> {
  checkCallOptions(options);
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
  { signal, timeoutMs }: AccountCallOptions,
): Promise<{ readonly attempt: LoginAttempt; readonly started: Started }> {
  const { logins } = context;
  logins.expect();
  try {
    const reply = await context.request("account/login/start", params, { signal, timeoutMs });
    checkReply("account/login/start", reply, "loginId", ...shown);
    const started = reply as Started;
    return { attempt: logins.claim(started.loginId), started };
  } catch (error) {
    logins.abandon();
    throw error;
  }
}
