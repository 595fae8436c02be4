/** A login that was started, in the hands of the caller. */
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import type {
  AccountLoginCompletedNotification,
  CancelLoginAccountStatus,
} from "../../generated/types.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { LoginAttempt, LoginOutcome } from "./login_attempt.ts";

/** Milliseconds for the reply when a login is cancelled that nobody waits for any more. */
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
  /** Cancels the login, and then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the login is cancelled and the call rejects with `RequestTimeoutError`; 0 is no limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Options of {@linkcode LoginHandle.cancel}.
 *
 * @example
 * ```ts
 * import type { LoginCancelOptions } from "@codex-app-server/sdk/types";
 *
 * const quick: LoginCancelOptions = { timeoutMs: 2_000 };
 * ```
 */
export interface LoginCancelOptions {
  /** Gives the request up: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * What every login in steps has: it ends by itself, when a person has finished it elsewhere, or is cancelled. With
 * `await using` an attempt that has not ended by the end of the block is cancelled.
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

  /** Stands for a login that the server has started. */
  constructor(attempt: LoginAttempt, context: ClientContext) {
    this.#attempt = attempt;
    this.#context = context;
  }

  /** The id of the login. */
  get loginId(): string {
    return this.#attempt.loginId;
  }

  /**
   * Waits for the end of this login and of no other (`account/login/completed`), also when it has ended before. A login
   * that failed, was cancelled or replaced by another is no error: look at `success` and `error`.
   *
   * @throws {TransportClosedError} when the connection ended first
   * @throws {RequestTimeoutError} when the login has not ended within `timeoutMs`; it is cancelled
   * @throws {RangeError} when `timeoutMs` is no number from 0 up; `signal.reason` when the signal fired
   */
  async wait(options: LoginWaitOptions = {}): Promise<AccountLoginCompletedNotification> {
    const { signal, timeoutMs = 0 } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    const outcome = await this.#outcomeWithin(timeoutMs, signal);
    if (outcome?.kind === "completed") return outcome.completion;
    if (outcome?.kind === "lost") throw outcome.error;
    await this.#cancelQuietly();
    throw new RequestTimeoutError("account/login/completed", timeoutMs);
  }

  /**
   * Cancels the login (`account/login/cancel`): `"canceled"`, and {@linkcode wait} gives its failed completion;
   * `"notFound"` when it has ended already.
   *
   * @throws {JsonRpcError} when the server refuses it
   * @throws {TransportClosedError} when the connection is or gets closed
   */
  async cancel(options: LoginCancelOptions = {}): Promise<CancelLoginAccountStatus> {
    const { signal, timeoutMs } = options;
    const reply = await this.#context.request(
      "account/login/cancel",
      { loginId: this.loginId },
      { signal, timeoutMs },
    );
    checkReply("account/login/cancel", reply, "status");
    return reply.status;
  }

  /** Cancels the login, if it has not ended. */
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

  /** What goes wrong shows where the login is awaited. */
  async #cancelQuietly(): Promise<void> {
    if (this.#attempt.ended) return;
    await this.cancel({ timeoutMs: CANCEL_MS }).catch(() => {});
  }
}

/**
 * A login in a browser: open `authUrl` there. The server that the browser returns to listens on port 1455 of this
 * computer, or on 1457 where that is taken; a login that another program has open there is ended by the new one.
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
  /** The address to open in a browser. */
  readonly authUrl: string;

  /** Stands for a login that the server has started. */
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
  /** The address to open on any device. */
  readonly verificationUrl: string;
  /** The code to enter there. */
  readonly userCode: string;

  /** Stands for a login that the server has started. */
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
