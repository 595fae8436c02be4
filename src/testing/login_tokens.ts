/** Tokens as an issuer makes them: JWTs that nobody signed, which the binary takes without a check. */

/**
 * Who a token is about.
 *
 * @example
 * ```ts
 * import type { TokenSubject } from "@codex-app-server/sdk/testing";
 *
 * const ada: TokenSubject = {
 *   accountId: "workspace-1",
 *   userId: "user-1",
 *   email: "ada@example.com",
 *   planType: "pro",
 * };
 * ```
 */
export interface TokenSubject {
  /** The id of the account or workspace. */
  readonly accountId: string;
  /** The id of the user. */
  readonly userId: string;
  /** The address of the user. */
  readonly email: string;
  /** The plan of the account, such as `"plus"`. */
  readonly planType: string;
}

/** How long a token holds, in seconds. */
const LIFETIME_S = 3_600;

/** Makes a token about somebody; the id keeps two tokens apart. */
export function unsignedToken(subject: TokenSubject, tokenId: string): string {
  const { accountId, userId, email, planType } = subject;
  const issuedAt = Math.floor(Date.now() / 1_000);
  const claims = {
    jti: tokenId,
    sub: userId,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_S,
    email,
    "https://api.openai.com/profile": { email },
    "https://api.openai.com/auth": {
      chatgpt_account_id: accountId,
      chatgpt_user_id: userId,
      chatgpt_plan_type: planType,
      organization_id: accountId,
    },
  };
  return [base64Url({ alg: "none", typ: "JWT" }), base64Url(claims), "unsigned"].join(".");
}

function base64Url(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
