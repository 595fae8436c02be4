/** Leads each completion to its login by login id, in whatever order it and the reply come. */
import type { AccountLoginCompletedNotification } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { LoginAttempt } from "./login_attempt.ts";

/** The registry of logins of one connection. */
export class LoginRouter {
  readonly #attempts = new Map<string, LoginAttempt>();
  readonly #early = new Map<string, AccountLoginCompletedNotification>();
  #starting = 0;
  #closed: { readonly error: unknown } | undefined;

  /** How many logins are open. */
  get size(): number {
    return this.#attempts.size;
  }

  /** Keeps every completion until {@linkcode claim} or {@linkcode abandon} is called: it may be ours. */
  expect(): void {
    this.#starting++;
  }

  /** Ends an expectation with the login that the server named, and gives that login, completed if it already is. */
  claim(loginId: string): LoginAttempt {
    const attempt = this.#attempts.get(loginId) ?? new LoginAttempt(loginId);
    this.#attempts.set(loginId, attempt);
    const early = this.#early.get(loginId);
    this.abandon();
    if (early !== undefined) this.#complete(attempt, early);
    // The reply may be older than the end of the connection, and be seen after it.
    else if (this.#closed !== undefined) this.close(this.#closed.error);
    return attempt;
  }

  /** Ends an expectation: the server started no login, or nobody waits for it. */
  abandon(): void {
    this.#starting--;
    if (this.#starting === 0) this.#early.clear();
  }

  /** Takes the params of an `account/login/completed` in. */
  route(params: unknown): void {
    if (!isRecord(params) || typeof params.loginId !== "string") return;
    const completion = completionOf(params.loginId, params);
    const attempt = this.#attempts.get(params.loginId);
    if (attempt !== undefined) this.#complete(attempt, completion);
    else if (this.#starting > 0) this.#early.set(params.loginId, completion);
  }

  /** Ends every login that has not ended, also one that is claimed later: the connection is gone. */
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

/** What the server left out is `null`, and nothing but `true` is a success. */
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
