/** One login that the server runs: how it ended, once it has. */
import type { AccountLoginCompletedNotification } from "../../generated/types.ts";
import { deferred } from "../../util/deferred.ts";

/** How a login ended: the server said so, or the connection was gone first. */
export type LoginOutcome =
  | { readonly kind: "completed"; readonly completion: AccountLoginCompletedNotification }
  | { readonly kind: "lost"; readonly error: unknown };

/** A login attempt as the router sees it. */
export class LoginAttempt {
  readonly loginId: string;
  readonly #outcome = deferred<LoginOutcome>();
  #ended = false;

  /** Stands for the login with this id. */
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

  /** Ends the attempt; the first end counts. */
  settle(outcome: LoginOutcome): void {
    this.#ended = true;
    this.#outcome.resolve(outcome);
  }
}
