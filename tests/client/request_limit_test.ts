/** What the time limit of a request is counted from. */
import { Codex, RequestTimeoutError } from "../../mod.ts";
import { deferred } from "../../src/util/deferred.ts";
import { sleep } from "../../src/util/timer.ts";
import { assert, assertEquals, assertInstanceOf } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fakeServer, reasonOf } from "./_fixture.ts";

test("Codex.request counts the opening into a limit of its own, and not into the default [R-10]", async () => {
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
  const begun = performance.now();
  const own = reasonOf(codex.request("model/list", {}, { timeoutMs: 800 }));
  const byDefault = reasonOf(codex.request("model/list", {}));
  await sleep(600);
  late.resolve();
  for (const [reason, timeoutMs] of [[await byDefault, 100], [await own, 800]] as const) {
    assertInstanceOf(reason, RequestTimeoutError);
    assertEquals(reason.timeoutMs, timeoutMs);
  }
  const tookMs = performance.now() - begun;
  assert(tookMs < 1_300, `${tookMs} ms`); // it would be 1,400 with the limit on top of the opening
});
