/** When the time limit of a request starts to count. */
import { Codex, RequestTimeoutError } from "../../mod.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { count, countingSignal, fakeServer, open, reasonOf } from "./_fixture.ts";

test("Codex.request includes the opening in its own limit, but not in the default [R-10]", async () => {
  using clock = fakeClock();
  await using server = fakeServer();
  const late = deferred<void>();
  await using codex = new Codex({
    connect: async (options) => {
      await late.promise;
      return await server.connect(options);
    },
    requestTimeoutMs: 100,
  });
  server.on("model/list", () => new Promise(() => {}));
  const own = reasonOf(codex.request("model/list", {}, { timeoutMs: 800 }));
  const byDefault = reasonOf(codex.request("model/list", {}));
  await clock.advance(600);
  late.resolve();
  const ends = [[byDefault, 100, 700], [own, 800, 800]] as const;
  for (const [end, timeoutMs, endsAt] of ends) {
    const reason = await end;
    assertInstanceOf(reason, RequestTimeoutError);
    assertEquals([reason.timeoutMs, clock.elapsedMs], [timeoutMs, endsAt]);
  }
});

test("Codex.request settles after its timeoutMs, keeps the others, and leaves no timer or listener [R-10]", async () => {
  using clock = fakeClock({ limitMs: 90_000 });
  await using server = fakeServer();
  await using codex = await Codex.start({ connect: server.connect });
  const held = [0, Infinity, 2 ** 31, 60_000].map((timeoutMs) => {
    const reply = server.defer("model/list");
    return { reply, request: codex.request("model/list", {}, { timeoutMs }) };
  });
  server.on("config/read", () => new Promise(() => {}));
  const { controller, listeners } = countingSignal();
  const limits = { signal: controller.signal, timeoutMs: 5 };
  const error = await assertRejects(
    () => codex.request("config/read", {}, limits),
    RequestTimeoutError,
  );
  assertEquals([error.method, error.timeoutMs, error.code], ["config/read", 5, "request_timeout"]);
  assertEquals([listeners(), clock.elapsedMs], [0, 5]);
  for (const { reply } of held) reply.reply({ data: [], nextCursor: null });
  assertEquals((await Promise.all(held.map(({ request }) => request))).length, 4);
});

test("Codex.request rejects an invalid timeoutMs before anything is sent [R-10]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  for (const timeoutMs of [-1, NaN, -Infinity, "5", null, {}]) {
    const { controller: { signal }, listeners } = countingSignal();
    await assertRejects(
      () => codex.request("model/list", {}, { signal, timeoutMs: timeoutMs as number }),
      RangeError,
      '"timeoutMs" must be a number of milliseconds of at least 0',
    );
    assertEquals(listeners(), 0);
  }
  assertEquals(count(server, "model/list"), 0);
});
