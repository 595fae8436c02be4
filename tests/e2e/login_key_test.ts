/** Logins that finish immediately on the real binary: by API key, and by ChatGPT tokens with refresh. */
import { type Codex, TurnFailedError } from "../../mod.ts";
import { InvalidRequestError } from "../../errors.ts";
import type { AccountUpdatedNotification } from "../../protocol.ts";
import { failure, message } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { bearers, LoginCodex, nextCompletion } from "./_login.ts";

const KEY = "sk-test-0123456789";

function updates(codex: Codex): AccountUpdatedNotification[] {
  const seen: AccountUpdatedNotification[] = [];
  codex.on("account/updated", (update) => seen.push(update));
  return seen;
}

test("Codex.loginApiKey authenticates later model requests", async () => {
  await using login = await LoginCodex.start();
  const { codex, model } = login;
  model.enqueue(message("hello"));
  await codex.loginApiKey(KEY);
  const thread = await codex.threadStart();
  assertEquals((await thread.run("hi")).finalResponse, "hello");
  assertEquals(bearers(model), [KEY]);
});

test("Codex.account returns apiKey after loginApiKey, and logout clears it", async () => {
  await using login = await LoginCodex.start();
  const { codex } = login;
  const seen = updates(codex);
  assertEquals((await codex.account()).account, null);
  await codex.loginApiKey(KEY);
  const { account, requiresOpenaiAuth } = await codex.account({ refreshToken: false });
  assertEquals([account?.type, requiresOpenaiAuth], ["apiKey", true]);
  await codex.logout();
  assertEquals((await codex.account()).account, null);
  assertEquals(seen.map(({ authMode }) => authMode), ["apikey", null]);
});

test("Codex.rateLimits and usage are refused without a ChatGPT login", async () => {
  await using login = await LoginCodex.start();
  const { codex } = login;
  await codex.loginApiKey(KEY);
  await assertRejects(() => codex.rateLimits(), InvalidRequestError, "chatgpt authentication");
  await assertRejects(() => codex.usage(), InvalidRequestError, "chatgpt authentication");
});

test("Codex.loginChatgptTokens authenticates the next request", async () => {
  await using login = await LoginCodex.start();
  const { codex, issuer, model } = login;
  model.enqueue(message("hello"));
  const tokens = issuer.tokens();
  const completed = nextCompletion(codex);
  await codex.loginChatgptTokens(tokens);
  const { success, loginId } = await completed;
  assertEquals([success, loginId], [true, null]);
  const { account } = await codex.account();
  assert(account?.type === "chatgpt");
  assertEquals([account.email, account.planType], ["user@example.com", "plus"]);
  const thread = await codex.threadStart();
  await thread.run("hi");
  assertEquals(bearers(model), [tokens.accessToken]);
  assertEquals(model.requests[0]?.headers["chatgpt-account-id"], tokens.chatgptAccountId);
});

test("Codex.loginChatgptTokens refreshes once for two threads with a refused token [R-80]", async () => {
  await using login = await LoginCodex.start();
  const { codex, issuer, model } = login;
  const fresh = issuer.tokens();
  const reasons: string[] = [];
  const first = issuer.tokens();
  await codex.loginChatgptTokens({
    ...first,
    onTokenRefresh: ({ reason, previousAccountId }) => {
      reasons.push(`${reason} ${previousAccountId}`);
      return fresh;
    },
  });
  for (const word of ["one", "two"]) {
    model.enqueueFor(word, failure({ status: 401 }));
    model.enqueueFor(word, message(`answer ${word}`));
  }
  const threads = [await codex.threadStart(), await codex.threadStart()];
  // The binary asks for each of them, and for the second one only after the first has its answer.
  const results = await Promise.all(
    threads.map((thread, index) => thread.run(index === 0 ? "one" : "two")),
  );
  assertEquals(results.map((result) => result.finalResponse), ["answer one", "answer two"]);
  assertEquals(reasons, [`unauthorized ${first.chatgptAccountId}`]);
  // A thread that starts late may still use the first token after the other one has received the new one.
  for (const { id } of threads) assertEquals(bearers(model, id).at(-1), fresh.accessToken);
  assertNotEquals(fresh.accessToken, first.accessToken);
});

test("Codex.loginChatgptTokens without a refresh handler fails a turn with a refused token", async () => {
  await using login = await LoginCodex.start();
  const { codex, issuer, model } = login;
  model.enqueue(failure({ status: 401 }));
  await codex.loginChatgptTokens(issuer.tokens());
  const thread = await codex.threadStart();
  const error = await assertRejects(() => thread.run("hi"), TurnFailedError);
  assertStringIncludes(error.message, "auth refresh request failed");
});
