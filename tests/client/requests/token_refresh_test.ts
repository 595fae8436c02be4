/** Token refreshes: shared by account, limited in time, and aborted when nobody waits any more. */
import { sharedRefresh, TOKEN_REFRESH_MS } from "../../../src/client/requests/token_refresh.ts";
import type { ChatgptAuthTokensRefreshResponse } from "../../../protocol.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { assert, assertEquals, assertLess, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

const TOKENS: ChatgptAuthTokensRefreshResponse = {
  accessToken: "a.b.c",
  chatgptAccountId: "account-1",
  chatgptPlanType: null,
};

/** A handler that the test answers, and its calls. */
function byHand(): {
  readonly handler: Parameters<typeof sharedRefresh>[0];
  readonly calls: { readonly account: unknown; readonly signal: AbortSignal }[];
  readonly answers: ReturnType<typeof deferred<ChatgptAuthTokensRefreshResponse>>[];
} {
  const calls: { readonly account: unknown; readonly signal: AbortSignal }[] = [];
  const answers: ReturnType<typeof deferred<ChatgptAuthTokensRefreshResponse>>[] = [];
  return {
    handler: ({ previousAccountId }, { signal }) => {
      const answer = deferred<ChatgptAuthTokensRefreshResponse>();
      calls.push({ account: previousAccountId, signal });
      answers.push(answer);
      return answer.promise;
    },
    calls,
    answers,
  };
}

function asking(
  refresh: ReturnType<typeof sharedRefresh>,
  account: string | null = "account-1",
  signal: AbortSignal = new AbortController().signal,
): Promise<ChatgptAuthTokensRefreshResponse> {
  const params = { reason: "unauthorized", previousAccountId: account } as const;
  const answer = Promise.resolve(refresh(params, { id: 0, signal }));
  return answer as Promise<ChatgptAuthTokensRefreshResponse>; // none of these handlers passes requests on
}

test("sharedRefresh calls the handler once for one account, and again for another [R-80]", async () => {
  const { handler, calls, answers } = byHand();
  const refresh = sharedRefresh(handler);
  const waiting = [asking(refresh), asking(refresh), asking(refresh, "account-2")];
  assertEquals(calls.map(({ account }) => account), ["account-1", "account-2"]);
  answers[0]?.resolve(TOKENS);
  answers[1]?.resolve({ ...TOKENS, chatgptAccountId: "account-2" });
  const accounts = (await Promise.all(waiting)).map(({ chatgptAccountId }) => chatgptAccountId);
  assertEquals(accounts, ["account-1", "account-1", "account-2"]);
  assert(calls.every(({ signal }) => !signal.aborted));
});

test("sharedRefresh answers within the 10 seconds that the runtime waits [R-80]", async () => {
  assertLess(TOKEN_REFRESH_MS, 10_000);
  const { handler, calls } = byHand();
  const error = await asking(sharedRefresh(handler, { limitMs: 10 })).catch((reason) => reason);
  assertEquals([error.name, error.message], [
    "TimeoutError",
    "The tokens were not refreshed within 10 ms",
  ]);
  assertStrictEquals(calls[0]?.signal.reason, error);
});

test("sharedRefresh lets one caller leave, and aborts the handler's signal with the last one", async () => {
  const { handler, calls, answers } = byHand();
  const refresh = sharedRefresh(handler);
  const stops = [new AbortController(), new AbortController()];
  const waiting = stops.map((stop) => asking(refresh, null, stop.signal).catch((error) => error));
  stops[0]?.abort("first");
  assertEquals(await waiting[0], "first");
  assertEquals(calls[0]?.signal.aborted, false);
  stops[1]?.abort("second");
  assertEquals(await waiting[1], "second");
  assertEquals(calls[0]?.signal.reason, "second");
  // A call that nobody waits for is no longer shared.
  const next = asking(refresh, null);
  answers[1]?.resolve(TOKENS);
  assertEquals(await next, TOKENS);
  assertEquals(calls.length, 2);
});

test("sharedRefresh passes the handler's failure to every caller, and tries again the next time", async () => {
  let calls = 0;
  const refresh = sharedRefresh(() => {
    calls++;
    if (calls === 1) throw new Error("no network");
    return TOKENS;
  });
  const failed = await Promise.allSettled([asking(refresh), asking(refresh)]);
  assertEquals(failed.map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals(await asking(refresh), TOKENS);
  assertEquals(calls, 2);
});

test("sharedRefresh reuses a recent answer, and calls the handler again later [R-80]", async () => {
  let calls = 0;
  const handler = (): ChatgptAuthTokensRefreshResponse => ({
    ...TOKENS,
    accessToken: `token ${++calls}`,
  });
  const soon = sharedRefresh(handler, { freshMs: 60_000 });
  assertEquals((await asking(soon)).accessToken, "token 1");
  assertEquals((await asking(soon)).accessToken, "token 1");
  const later = sharedRefresh(handler, { freshMs: 0 });
  assertEquals((await asking(later)).accessToken, "token 2");
  assertEquals((await asking(later)).accessToken, "token 3");
});
