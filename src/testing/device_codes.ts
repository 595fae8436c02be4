/** The device code logins of an issuer: what each one shows, and what the person has decided. */

interface DeviceLogin {
  readonly userCode: string;
  decision: "open" | "agreed" | "refused";
}

/** Hands out codes and answers the polls about them. */
export class DeviceCodes {
  readonly #logins: Map<string, DeviceLogin> = new Map();

  /** Starts a login; gives the body of the reply. */
  open(): object {
    const number = this.#logins.size + 1;
    const userCode = `CODE-${String(number).padStart(4, "0")}`;
    const id = `device-${number}`;
    this.#logins.set(id, { userCode, decision: "open" });
    return { device_auth_id: id, user_code: userCode, interval: "1" };
  }

  /** Answers a poll: the body and the HTTP status. */
  poll(body: unknown): [body: object, status: number] {
    const { device_auth_id: id = "" } = (body ?? {}) as { readonly device_auth_id?: string };
    switch (this.#logins.get(id)?.decision) {
      case "agreed": {
        const code = `code-of-${id}`;
        return [{ authorization_code: code, code_challenge: "none", code_verifier: "none" }, 200];
      }
      case "open":
        return [{}, 403]; // the binary asks again
      default:
        return [{}, 400];
    }
  }

  /** Lets the person who sees the code decide. */
  decide(userCode: string, decision: "agreed" | "refused"): void {
    const logins = [...this.#logins.values()];
    const login = logins.find((candidate) => candidate.userCode === userCode);
    if (login === undefined) {
      const codes = logins.map((candidate) => candidate.userCode).join(", ") || "none";
      throw new Error(`Cannot enter the code "${userCode}": the codes shown are ${codes}`);
    }
    login.decision = decision;
  }
}
