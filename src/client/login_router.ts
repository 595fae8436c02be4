/** Routes completions to logins by login id, whether they arrive before or after the reply. */
import type { AccountLoginCompletedNotification } from "../generated/types.ts";
import { deferred } from "../util/deferred.ts";
import { isRecord } from "../util/is_record.ts";

/** How a login ended: the server reported it, or the connection ended first. */
export type LoginOutcome =
  | { readonly kind: "completed"; readonly completion: AccountLoginCompletedNotification }
  | { readonly kind: "lost"; readonly error: unknown };

/** A login in progress. */
export class LoginAttempt {
  readonly loginId: string;
  readonly #outcome = deferred<LoginOutcome>();
  #ended = false;

  /** Represents the login with this id. */
  constructor(loginId: string) {
    this.loginId = loginId;
  }

  /** Fulfils when the login has ended; never rejects. */
  get outcome(): Promise<LoginOutcome> {
    return this.#outcome.promise;
  }

  /** Whether the login has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Ends the login; only the first call has an effect. */
  settle(outcome: LoginOutcome): void {
    this.#ended = true;
    this.#outcome.resolve(outcome);
  }
}

/** The registry of logins of one connection. */
export class LoginRouter {
  readonly #attempts = new Map<string, LoginAttempt>();
  readonly #early = new Map<string, AccountLoginCompletedNotification>();
  #starting = 0;
  #closed: { readonly error: unknown } | undefined;

  /** Number of open logins. */
  get size(): number {
    return this.#attempts.size;
  }

  /** Keeps every completion until {@linkcode adopt} or {@linkcode release} is called: it may be ours. */
  reserve(): void {
    this.#starting++;
  }

  /** Ends a reservation with the id in the reply; returns that login, which may already have completed. */
  adopt(loginId: string): LoginAttempt {
    const attempt = this.#attempts.get(loginId) ?? new LoginAttempt(loginId);
    this.#attempts.set(loginId, attempt);
    const early = this.#early.get(loginId);
    this.release();
    if (early !== undefined) this.#complete(attempt, early);
    // The reply may be processed after the end of the connection.
    else if (this.#closed !== undefined) this.close(this.#closed.error);
    return attempt;
  }

  /** Ends a reservation: the server started no login, or the caller stopped waiting for it. */
  release(): void {
    this.#starting--;
    if (this.#starting === 0) this.#early.clear();
  }

  /** Routes the params of an `account/login/completed` or `mcpServer/oauthLogin/completed`. */
  route(params: unknown): void {
    if (!isRecord(params) || typeof params.loginId !== "string") return;
    const completion = completionOf(params.loginId, params);
    const attempt = this.#attempts.get(params.loginId);
    if (attempt !== undefined) this.#complete(attempt, completion);
    else if (this.#starting > 0) this.#early.set(params.loginId, completion);
  }

  /** Stops waiting for a login that the server cannot cancel; returns whether it was open. */
  abandon(loginId: string): boolean {
    const attempt = this.#attempts.get(loginId);
    const completion = completionOf(loginId, { error: "The login was cancelled" });
    if (attempt !== undefined) this.#complete(attempt, completion);
    return attempt !== undefined;
  }

  /** Ends every open login, and those adopted later: the connection has ended. */
  close(error: unknown): void {
    this.#closed = { error };
    for (const attempt of this.#attempts.values()) attempt.settle({ kind: "lost", error });
    this.#attempts.clear();
  }

  #complete(attempt: LoginAttempt, completion: AccountLoginCompletedNotification): void {
    this.#attempts.delete(attempt.loginId);
    attempt.settle({ kind: "completed", completion });
  }
}

/** Omitted fields become `null`, and only `true` is a success. */
function completionOf(
  loginId: string,
  params: Readonly<Record<string, unknown>>,
): AccountLoginCompletedNotification {
  return {
    onboardingEntrypoint: null,
    ...params,
    loginId,
    success: params.success === true,
    error: typeof params.error === "string" ? params.error : null,
  };
}
