import { TransportClosedError } from "../../../errors.ts";
import { type FakeMessage, notification } from "../../../testing.ts";
import { assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { open, reasonOf, settled } from "../_fixture.ts";

const NOTHING = { limitId: null, planType: null, primary: null, secondary: null, credits: null };
const window = (usedPercent: number): object => ({
  usedPercent,
  windowDurationMins: 300,
  resetsAt: 1_900_000_000,
});

function updated(rateLimits: unknown): FakeMessage {
  return notification("account/rateLimits/updated", { rateLimits });
}

test("Codex.watchRateLimits merges sparse updates by limit, yields each change, and drops unread ones for the newest", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const main = { ...NOTHING, limitId: "codex", planType: "plus", primary: window(42) };
  const other = { ...NOTHING, limitId: "other", primary: window(7) };
  server.on("account/rateLimits/read", (_params, request) => {
    // Reading again fails: what was merged stays.
    server.on("account/rateLimits/read", (_params, again) => {
      again.fail({ code: -32603, message: "not now" });
    });
    request.reply({ rateLimits: main, rateLimitsByLimitId: { codex: main } });
    server.sendBatch([updated({ ...NOTHING, limitId: "codex", secondary: window(1) })]);
  });
  await using watch = await codex.watchRateLimits();
  // Sent right after the reply.
  assertEquals((await watch.next()).value?.rateLimits, { ...main, secondary: window(1) } as never);
  const next = watch.next();
  server.sendBatch([updated({ ...NOTHING, limitId: "codex" }), updated(null), updated(other)]);
  const { value } = await next;
  assertEquals(value?.rateLimits, { ...main, secondary: window(1) } as never);
  assertEquals(value?.rateLimitsByLimitId?.["other"], other as never);

  server.sendBatch([50, 60].map((used) => updated({ ...NOTHING, primary: window(used) })));
  await settled(fixture);
  assertEquals(watch.current.rateLimits.primary, window(60) as never);
  assertEquals(watch.current.rateLimits.planType, "plus");
  assertEquals(watch.current.rateLimitsByLimitId?.["codex"], watch.current.rateLimits);
  assertEquals((await watch.next()).value?.rateLimits.primary?.usedPercent, 60);

  const end = reasonOf(watch.next());
  server.exit({ code: 1, stderrTail: "" });
  assertInstanceOf(await end, TransportClosedError);
});

test("Codex.watchRateLimits ends by its signal, and by leaving", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("account/rateLimits/read", () => ({ rateLimits: NOTHING, rateLimitsByLimitId: null }));
  const controller = new AbortController();
  const watch = await codex.watchRateLimits({ signal: controller.signal });
  const end = reasonOf(watch.next());
  controller.abort(new Error("enough"));
  assertEquals((await end as Error).message, "enough");
  const left = await codex.watchRateLimits();
  const last = left.next();
  await left.return();
  assertEquals((await last).done, true);
  server.sendBatch([updated({ ...NOTHING, primary: window(5) })]);
  await settled(fixture);
  assertEquals(left.current.rateLimits.primary, null);
});

test("Codex.watchRateLimits reads again what an update may have cleared, and no more once it was only left out", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const main = { ...NOTHING, limitId: "codex", primary: window(42), secondary: window(7) };
  const reached = { ...main, rateLimitReachedType: "rate_limit_reached" };
  const answers = [reached, { ...main, secondary: null }, { ...main, secondary: window(9) }];
  let reads = 0;
  server.on("account/rateLimits/read", () => {
    const rateLimits = answers[reads++];
    return { rateLimits, rateLimitsByLimitId: null };
  });
  await using watch = await codex.watchRateLimits();
  const tell = async (update: object): Promise<unknown> => {
    server.sendBatch([updated({ ...NOTHING, limitId: "codex", ...update })]);
    await settled(fixture);
    await settled(fixture);
    return watch.current.rateLimits;
  };
  await tell({ planType: "plus" });
  assertEquals(reads, 1); // no window: nothing was reported about them
  assertEquals(await tell({ primary: window(43) }), answers[1]);
  assertEquals(reads, 2);
  await tell({ secondary: window(8), primary: window(44) });
  assertEquals(reads, 2);
  assertEquals(await tell({ primary: window(45) }), answers[2]);
  await tell({ primary: window(46) });
  assertEquals([reads, watch.current.rateLimits.secondary], [3, window(9)]);
});
