/** Logins that a person completes elsewhere, perhaps while there is no connection. */
import { fieldsOf, stringOf } from "./peek.ts";
import { RefusedError, type ServerLink } from "./server_link.ts";

/** Tells the end of a ChatGPT login that was missed: the server then has another account. */
export class Logins {
  /** The open logins, each with the account before it, as JSON; `undefined` if that is unknown. */
  readonly #open = new Map<string, string | undefined>();

  /** The login whose end was told last. */
  #told: string | undefined;

  /** Records the reply that starts a login, and asks for the account before it. */
  started(result: unknown, link: ServerLink): void {
    const loginId = stringOf(fieldsOf(result).loginId);
    if (loginId === undefined) return;
    this.#open.clear(); // a login replaces the one before
    this.#open.set(loginId, undefined);
    account(link).then((before) => {
      if (this.#open.has(loginId)) this.#open.set(loginId, JSON.stringify(before));
    }, () => {});
  }

  /** Records the end of a login that the server reports; returns whether it is news. */
  ended(loginId: unknown): boolean {
    this.#open.delete(stringOf(loginId) ?? "");
    return loginId !== this.#told;
  }

  /** Returns the messages that report the logins which have ended. */
  async missed(link: ServerLink, restarted: boolean): Promise<readonly object[]> {
    if (this.#open.size === 0) return [];
    const now = await account(link);
    const delivered: object[] = [];
    for (const [loginId, before] of this.#open) {
      const isNew = before !== undefined && before !== JSON.stringify(now);
      const success = isNew && fieldsOf(now).type === "chatgpt";
      if (!success && !restarted) continue;
      this.#open.delete(loginId);
      this.#told = loginId;
      const error = success ? null : "The server was restarted during the login";
      const params = { loginId, success, error };
      delivered.push({ method: "account/login/completed", params });
    }
    return delivered;
  }
}

/** Returns the account of the server; `undefined` if the server does not say. */
async function account(link: ServerLink): Promise<unknown> {
  try {
    return (await link.call("account/read", {})).account;
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
