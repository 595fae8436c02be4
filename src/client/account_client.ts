/** The account in the hands of the caller: logins, the account itself, its limits and its usage. */
import type {
  GetAccountRateLimitsResponse,
  GetAccountResponse,
  GetAccountTokenUsageResponse,
} from "../generated/types.ts";
import {
  type AccountOptions,
  logout,
  type RateLimitsOptions,
  readAccount,
  readRateLimits,
  readUsage,
  type UsageOptions,
} from "./account/account.ts";
import type { ChatgptLoginHandle, DeviceCodeLoginHandle } from "./account/login_handle.ts";
import {
  type ChatgptTokensLoginOptions,
  loginWithApiKey,
  loginWithTokens,
} from "./account/login_key.ts";
import {
  type AccountCallOptions,
  type ChatgptLoginOptions,
  startChatgptLogin,
  startDeviceCodeLogin,
} from "./account/login_start.ts";
import { ProtocolClient } from "./protocol_client.ts";

/**
 * What a client does about the account. `on("account/updated", listener)` tells of every change,
 * `on("account/rateLimits/updated", listener)` of the limits after each answer of the model.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * function watch(codex: Codex): () => void {
 *   return codex.on("account/updated", ({ authMode }) => console.log(authMode ?? "logged out"));
 * }
 * ```
 */
export class AccountClient extends ProtocolClient {
  /**
   * Logs in by API key and stores it (`account/login/start`); finishes at once. The key is in no error of this call.
   *
   * @throws {TypeError} when the key is no text or empty; nothing is sent then
   * @throws {JsonRpcError} when the server refuses it
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function login(codex: Codex, apiKey: string): Promise<boolean> {
   *   await codex.loginApiKey(apiKey);
   *   return (await codex.account()).account?.type === "apiKey"; // true
   * }
   * ```
   */
  loginApiKey(apiKey: string, options: AccountCallOptions = {}): Promise<void> {
    return loginWithApiKey(this.context, apiKey, options);
  }

  /**
   * Starts a login in a browser (`account/login/start`); one that was open before is ended by it.
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {JsonRpcError} when the server refuses it, or cannot listen for the browser's return
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function login(codex: Codex): Promise<boolean> {
   *   await using login = await codex.loginChatgpt();
   *   console.log(`Open ${login.authUrl}`);
   *   return (await login.wait({ timeoutMs: 300_000 })).success;
   * }
   * ```
   */
  loginChatgpt(options: ChatgptLoginOptions = {}): Promise<ChatgptLoginHandle> {
    return startChatgptLogin(this.context, options);
  }

  /**
   * Starts a login by a code that is entered on any device (`account/login/start`); one that was open before is ended.
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {JsonRpcError} when the server refuses it
   */
  loginChatgptDeviceCode(options: AccountCallOptions = {}): Promise<DeviceCodeLoginHandle> {
    return startDeviceCodeLogin(this.context, options);
  }

  /**
   * Logs in by tokens of ChatGPT that the caller keeps (`account/login/start`, experimental); the next request uses them.
   * The server then checks the workspace and tells the result as `account/login/completed` without a login id.
   *
   * @throws {TypeError} when a token is no text or empty; nothing is sent then
   * @throws {JsonRpcError} when the server refuses it
   *
   * @example
   * ```ts
   * import type { ChatgptTokens, Codex } from "@codex-app-server/sdk";
   *
   * async function login(codex: Codex, fresh: () => Promise<ChatgptTokens>): Promise<void> {
   *   await codex.loginChatgptTokens({ ...await fresh(), onTokenRefresh: fresh });
   * }
   * ```
   */
  loginChatgptTokens(options: ChatgptTokensLoginOptions): Promise<void> {
    return loginWithTokens(this.context, options);
  }

  /**
   * Reads the account that the server is logged in with (`account/read`); `account` is `null` without a login.
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the server refuses it
   */
  account(options: AccountOptions = {}): Promise<GetAccountResponse> {
    return readAccount(this.context, options);
  }

  /**
   * Logs out and forgets what was stored (`account/logout`).
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the server refuses it
   */
  logout(options: AccountCallOptions = {}): Promise<void> {
    return logout(this.context, options);
  }

  /**
   * Reads how much of the account's limits is used (`account/rateLimits/read`).
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the login is none of ChatGPT
   */
  rateLimits(options: RateLimitsOptions = {}): Promise<GetAccountRateLimitsResponse> {
    return readRateLimits(this.context, options);
  }

  /**
   * Reads how many tokens the account has used (`account/usage/read`).
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the login is none of ChatGPT
   */
  usage(options: UsageOptions = {}): Promise<GetAccountTokenUsageResponse> {
    return readUsage(this.context, options);
  }
}
