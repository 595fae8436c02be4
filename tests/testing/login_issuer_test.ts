/** The login issuer without a binary: its requests are sent manually. */
import { LoginIssuer } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(issuer: LoginIssuer, path: string, body?: object): Promise<Reply> {
  const response = await loopbackFetch(`${issuer.origin}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  const [, claims = ""] = String(token).split(".");
  return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
}

test("LoginIssuer answers device code polls according to the user's decision", async () => {
  await using issuer = await LoginIssuer.start();
  const path = "/api/accounts/deviceauth/token";
  const logins = [];
  for (let count = 0; count < 3; count++) {
    logins.push((await ask(issuer, "/api/accounts/deviceauth/usercode", {})).body);
  }
  const codes = logins.map((login) => String(login.user_code));
  assertEquals(codes, ["CODE-0001", "CODE-0002", "CODE-0003"]);
  issuer.enterCode("CODE-0002").refuseCode("CODE-0003");
  const polls = [];
  for (const { device_auth_id } of logins) polls.push(await ask(issuer, path, { device_auth_id }));
  assertEquals(polls.map(({ status }) => status), [403, 200, 400]);
  assert(typeof polls[1]?.body.authorization_code === "string");
  assertEquals((await ask(issuer, path, {})).status, 400);
});

test("LoginIssuer.enterCode throws for a code that no login shows", async () => {
  await using issuer = await LoginIssuer.start();
  assertThrows(() => issuer.enterCode("CODE-0001"), Error, "the displayed codes are none");
  await ask(issuer, "/api/accounts/deviceauth/usercode", {});
  assertThrows(() => issuer.refuseCode("other"), Error, "the displayed codes are CODE-0001");
});

test("LoginIssuer issues new tokens for its subject, until it refuses", async () => {
  await using issuer = await LoginIssuer.start({ email: "ä@example.com", planType: "pro" });
  const first = (await ask(issuer, "/oauth/token", {})).body;
  const second = (await ask(issuer, "/oauth/token", {})).body;
  assertNotEquals(first.access_token, second.access_token);
  const claims = claimsOf(first.id_token);
  assertEquals(Number(claims.exp) > Date.now() / 1_000, true);
  const about = claims["https://api.openai.com/auth"] as Readonly<Record<string, unknown>>;
  assertEquals([about.chatgpt_account_id, about.chatgpt_plan_type], ["account-1", "pro"]);
  const tokens = issuer.tokens();
  assertEquals([tokens.chatgptAccountId, tokens.chatgptPlanType], ["account-1", "pro"]);
  assertNotEquals(tokens.accessToken, issuer.tokens().accessToken);
  issuer.refuseTokens();
  assertEquals((await ask(issuer, "/oauth/token", {})).status, 400);
});

test("LoginIssuer.signIn and refuse redirect the browser back to where the login began", async () => {
  await using issuer = await LoginIssuer.start();
  // The issuer's own 404 stands in for the binary's page.
  const back = encodeURIComponent(`${issuer.origin}/back`);
  const authUrl = `${issuer.origin}/oauth/authorize?redirect_uri=${back}&state=s%201`;
  assertEquals((await issuer.signIn(authUrl)).status, 404);
  assertEquals((await issuer.nextRequest("/back")).path, "/back?state=s+1&code=browser-code");
  await issuer.refuse(authUrl);
  const { path } = await issuer.nextRequest("/back");
  assertStringIncludes(path, "error=access_denied");
});

test("LoginIssuer reports workspace, limits and usage, and knows no other path", async () => {
  await using issuer = await LoginIssuer.start({ usedPercent: 7, lifetimeTokens: 9 });
  const { accounts } = (await ask(issuer, "/backend-api/wham/accounts/check")).body;
  assertEquals((accounts as { id: string }[]).map(({ id }) => id), ["account-1"]);
  const limits = (await ask(issuer, "/backend-api/wham/usage?x=1")).body.rate_limit;
  assertEquals(
    (limits as { primary_window: { used_percent: number } }).primary_window
      .used_percent,
    7,
  );
  const { stats } = (await ask(issuer, "/backend-api/wham/profiles/me")).body;
  assertEquals(stats, { lifetime_tokens: 9 });
  assertEquals((await ask(issuer, "/other")).status, 404);
  assertEquals(issuer.requests.length, 4);
});

test("LoginIssuer.close frees the port and fails the pending waits", async () => {
  const issuer = await LoginIssuer.start();
  const waiting = issuer.nextRequest("/oauth/token");
  const failed = assertRejects(() => waiting, Error, "the login issuer was closed");
  await issuer.close();
  await failed;
  await issuer.close();
});
