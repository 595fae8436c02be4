/** Handles of logins that a person completes elsewhere. */
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import type {
  AccountLoginCompletedNotification,
  CancelLoginAccountStatus,
} from "../../generated/types.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { LoginAttempt, LoginOutcome } from "../login_router.ts";

/** Milliseconds for the reply when a login is cancelled in the background. */
const CANCEL_MS = 5_000;

/**
 * Options of {@linkcode LoginHandle.wait}.
 *
 * @example
 * ```ts
 * import type { LoginWaitOptions } from "@codex-app-server/sdk/types";
 *
 * const fiveMinutes: LoginWaitOptions = { timeoutMs: 300_000 };
 * ```
 */
export interface LoginWaitOptions {
  /** Cancels the login, and then rejects with `signal.reason`, up to 5 seconds later if the server does not answer. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the login is cancelled and the call rejects with `RequestTimeoutError`, up to 5 seconds later if the
   * server does not answer; 0 means no limit.
   *
   * @default {0}
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * A login that a person completes elsewhere, or that is cancelled. `await using` cancels a login that is still open at the
 * end of the block.
 *
 * @example
 * ```ts
 * import type { LoginHandle } from "@codex-app-server/sdk/types";
 *
 * async function finished(login: LoginHandle): Promise<boolean> {
 *   return (await login.wait({ timeoutMs: 300_000 })).success;
 * }
 * ```
 */
export class LoginHandle implements AsyncDisposable {
  readonly #attempt: LoginAttempt;
  readonly #context: ClientContext;

  /** Wraps a login that the server has started. */
  constructor(attempt: LoginAttempt, context: ClientContext) {
    this.#attempt = attempt;
    this.#context = context;
  }

  /** The id of the login. */
  get loginId(): string {
    return this.#attempt.loginId;
  }

  /**
   * Waits for the end of this login (`account/login/completed`); resolves immediately if it has already ended. A login that
   * failed, was cancelled or was replaced by another one resolves too: check `success` and `error`.
   *
   * @throws {TransportClosedError} if the connection ended first
   * @throws {RequestTimeoutError} if the login has not ended within `timeoutMs`; it is cancelled
   * @throws {RangeError} if `timeoutMs` is not a non-negative number; `signal.reason` if the signal fired
   */
  async wait(options: LoginWaitOptions = {}): Promise<AccountLoginCompletedNotification> {
    checkCallOptions("wait()", options);
    const { signal, timeoutMs = 0 } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    const outcome = await this.#outcomeWithin(timeoutMs, signal);
    if (outcome?.kind === "completed") return outcome.completion;
    if (outcome?.kind === "lost") throw outcome.error;
    await this.#cancelQuietly();
    throw new RequestTimeoutError("account/login/completed", timeoutMs);
  }

  /**
   * Cancels the login (`account/login/cancel`). Returns `"canceled"`, after which {@linkcode wait} resolves with
   * `success: false`, or `"notFound"` if it has already ended.
   *
   * @throws {JsonRpcError} if the server refuses it
   * @throws {TransportClosedError} if the connection is closed or closes
   */
  async cancel(options: CallOptions = {}): Promise<CancelLoginAccountStatus> {
    checkCallOptions("cancel()", options);
    const { signal, timeoutMs } = options;
    const reply = await this.#context.request(
      "account/login/cancel",
      { loginId: this.loginId },
      { signal, timeoutMs },
    );
    checkReply("account/login/cancel", reply, "status");
    return reply.status;
  }

  /** Cancels the login if it has not ended, and waits at most 5 seconds for the reply. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cancelQuietly();
  }

  async #outcomeWithin(
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<LoginOutcome | undefined> {
    try {
      signal?.throwIfAborted();
      return await waitAtMost(this.#attempt.outcome, timeoutMs, signal);
    } catch (reason) {
      await this.#cancelQuietly();
      throw reason;
    }
  }

  /** Cancels the login; failures show in `wait()`. */
  async #cancelQuietly(): Promise<void> {
    if (this.#attempt.ended) return;
    await this.cancel({ timeoutMs: CANCEL_MS }).catch(() => {});
  }
}

/**
 * A login in a browser: open `authUrl`. The browser returns to a server on port 1455 of this computer, or 1457 if that is
 * taken; a login that another program has open there is ended.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   await using login = await codex.loginChatgpt();
 *   console.log(`Open ${login.authUrl}`);
 *   const { success, error } = await login.wait({ timeoutMs: 300_000 });
 *   console.log(success ? "logged in" : error);
 * }
 * ```
 */
export class ChatgptLoginHandle extends LoginHandle {
  /** The URL to open in a browser. */
  readonly authUrl: string;

  /** Wraps a login that the server has started. */
  constructor(attempt: LoginAttempt, context: ClientContext, authUrl: string) {
    super(attempt, context);
    this.authUrl = authUrl;
  }
}

/**
 * A login on any device: open `verificationUrl` there and enter `userCode`.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   await using login = await codex.loginChatgptDeviceCode();
 *   console.log(`Open ${login.verificationUrl} and enter ${login.userCode}`);
 *   const { success, error } = await login.wait();
 *   console.log(success ? "logged in" : error);
 * }
 * ```
 */
export class DeviceCodeLoginHandle extends LoginHandle {
  /** The URL to open on any device. */
  readonly verificationUrl: string;
  /** The code to enter there. */
  readonly userCode: string;

  /** Wraps a login that the server has started. */
  constructor(
    attempt: LoginAttempt,
    context: ClientContext,
    shown: { readonly verificationUrl: string; readonly userCode: string },
  ) {
    super(attempt, context);
    this.verificationUrl = shown.verificationUrl;
    this.userCode = shown.userCode;
  }
}
