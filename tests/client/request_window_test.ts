/** The number of requests in flight. */
import { TransportClosedError } from "../../mod.ts";
import { SendQueueFullError } from "../../errors.ts";
import { RequestWindow } from "../../src/client/request_window.ts";
import { type Deferred, deferred } from "../../src/util/deferred.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { count, countingSignal, open, reasonOf } from "./_fixture.ts";

/** A window whose requests the test answers. */
class HeldWindow {
  readonly window: RequestWindow = new RequestWindow();
  /** The requests that were sent, in order. */
  readonly sent: number[] = [];
  readonly #replies = new Map<number, Deferred<number>>();

  request(index: number, signal?: AbortSignal): Promise<number> {
    return this.window.run(() => {
      this.sent.push(index);
      const reply = deferred<number>();
      this.#replies.set(index, reply);
      return reply.promise;
    }, signal);
  }

  requests(from: number, to: number): Promise<number>[] {
    return Array.from({ length: to - from }, (_, index) => this.request(from + index));
  }

  /** Answers requests, including those sent as a result. */
  async answer(from: number, to: number): Promise<void> {
    for (let index = from; index < to; index++) {
      this.#replies.get(index)?.resolve(index);
      await turns();
    }
  }
}

test("RequestWindow sends 64 requests at once, and another one for each reply, in order", async () => {
  const held = new HeldWindow();
  const replies = held.requests(0, 100);
  assertEquals(held.sent.length, 64);
  await held.answer(0, 2);
  assertEquals(held.sent.length, 66);
  await held.answer(2, 100);
  assertEquals(held.sent, Array.from({ length: 100 }, (_, index) => index));
  assertEquals(await Promise.all(replies), held.sent);
  const last = held.request(100);
  assertEquals(held.sent.length, 101);
  await held.answer(100, 101);
  await last;
});

test("RequestWindow frees a slot whether the request succeeds or fails", async () => {
  const window = new RequestWindow();
  const reason = new Error("no");
  const failing = Array.from(
    { length: 200 },
    () => window.run(() => Promise.reject(reason)).catch((error: unknown) => error),
  );
  assertEquals(new Set(await Promise.all(failing)), new Set([reason]));
});

test("RequestWindow waits at most a second for slow requests", async () => {
  using clock = fakeClock();
  const held = new HeldWindow();
  const replies = held.requests(0, 200);
  for (const sent of [64, 128, 192]) {
    assertEquals(held.sent.length, sent);
    await clock.advance(999);
    assertEquals(held.sent.length, sent);
    await clock.advance(1);
  }
  assertEquals(held.sent.length, 200);
  await held.answer(0, 200);
  await Promise.all(replies);
});

test("RequestWindow does not send a request that was cancelled while queued [R-29]", async () => {
  const held = new HeldWindow();
  const replies = held.requests(0, 64);
  const { controller, listeners } = countingSignal();
  const aborted = held.request(64, controller.signal);
  const next = held.request(65);
  controller.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(aborted), controller.signal.reason);
  assertEquals(listeners(), 0);
  await held.answer(0, 66);
  await Promise.all([...replies, next]);
  assertEquals(held.sent.slice(64), [65]);
});

test("RequestWindow bounds its queue", async () => {
  const held = new HeldWindow();
  const replies = held.requests(0, 64 + 10_000);
  await assertRejects(() => held.request(-1), SendQueueFullError);
  for (let index = 0; index < 64 + 10_000; index += 64) await held.answer(index, index + 64);
  assertEquals((await Promise.all(replies)).length, 64 + 10_000);
});

test("a client settles every request when the connection ends, including queued ones [R-13]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("model/list", () => new Promise(() => {}));
  const requests = Array.from({ length: 200 }, () => codex.request("model/list", {}));
  const reasons = Promise.all(requests.map(reasonOf));
  for (let index = 0; index < 64; index++) await server.nextRequest("model/list");
  await server.request("no/such").catch(() => {}); // its reply arrives after everything that was sent
  assertEquals(count(server, "model/list"), 64);
  server.exit({ code: 1 });
  for (const reason of await reasons) assertInstanceOf(reason, TransportClosedError);
});

/** Runs everything that does not wait for a timer. */
async function turns(): Promise<void> {
  for (let index = 0; index < 8; index++) await Promise.resolve();
}
