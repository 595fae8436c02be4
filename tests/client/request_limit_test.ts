/** When the time limit of a request starts to count. */
import { Codex, RequestTimeoutError } from "../../mod.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assertEquals, assertInstanceOf } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { fakeServer, reasonOf } from "./_fixture.ts";

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
