import { Codex } from "../../../mod.ts";
import { EventQueue } from "../../../src/client/events/event_queue.ts";
import { EventStream } from "../../../src/client/events/live_stream.ts";
import { FakeAppServer, fakeThreadStart, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals, assertLess, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { delta, marker, textOf } from "../turns/_turn_events.ts";

/** A stream of the events that counts how often it was left. */
function streamOf(
  names: readonly string[],
): { stream: EventStream; queue: EventQueue; left: () => number } {
  const queue = new EventQueue();
  let left = 0;
  for (const name of names) queue.push(marker(name));
  const stream = new EventStream(queue, () => {
    left++;
    queue.clear();
  });
  return { stream, queue, left: () => left };
}

test("EventStream is read with for await to its end, without calling leave", async () => {
  const { stream, queue, left } = streamOf(["a", "b"]);
  assertEquals(stream.pending, 2);
  queue.end();
  const texts: string[] = [];
  for await (const event of stream) texts.push(textOf(event));
  assertEquals(texts, ["test/a", "test/b"]);
  assertEquals(left(), 0);
});

test("EventStream frees its buffer once when the loop exits early", async () => {
  const { stream, left } = streamOf(["a", "b", "c"]);
  for await (const _ of stream) break;
  assertEquals([stream.pending, left()], [0, 1]);
  await stream.return();
  await stream[Symbol.asyncDispose]();
  assertEquals(left(), 1);
  assertEquals((await stream.next()).done, true);
});

test("EventStream is left at the end of await using", async () => {
  const { stream, left } = streamOf(["a"]);
  {
    await using own = stream;
    await own.next();
  }
  assertEquals(left(), 1);
});

test("EventStream.return waits for leave to finish", async () => {
  const steps: string[] = [];
  const stream = new EventStream(new EventQueue(), async () => {
    await Promise.resolve();
    steps.push("left");
  });
  assertEquals(await stream.return(), { value: undefined, done: true });
  assertEquals(steps, ["left"]);
});

test("EventStream ends a loop with the error of its queue", async () => {
  const { stream, queue } = streamOf(["a"]);
  queue.end(new RangeError("gone"));
  await stream.next();
  await assertRejects(() => stream.next(), RangeError, "gone");
});

test("EventStream returns every event of a source that is always ready, without merging", async () => {
  const batches = 100;
  const size = 250;
  await using server = new FakeAppServer();
  server.on("thread/start", () => fakeThreadStart("thread"));
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn("turn") });
    for (let batch = 0; batch < batches; batch++) {
      const { method, params } = delta("x");
      server.sendBatch(Array.from({ length: size }, () => notification(method, params)));
    }
    const turn = fakeTurn("turn", "completed");
    server.notify("turn/completed", { threadId: "thread", turn });
  });
  await using codex = await Codex.start({ connect: server.connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("go");
  let deltas = 0;
  for await (const event of turn.stream()) {
    if (event.method === "item/agentMessage/delta") deltas++;
  }
  assertEquals(deltas, batches * size);
});

test("EventStream.batches() yields what arrived together as one array, in order", async () => {
  const { stream, queue } = streamOf(["a", "b"]);
  const batches = stream.batches();
  const texts = async (): Promise<string[] | undefined> =>
    (await batches.next()).value?.map(textOf);
  assertEquals(await texts(), ["test/a", "test/b"]);
  const waiting = texts();
  for (const name of ["c", "d", "e"]) queue.push(marker(name));
  assertEquals(await waiting, ["test/c", "test/d", "test/e"]);
  const together = [texts(), texts(), texts()];
  queue.push(marker("f"));
  assertEquals(await together[0], ["test/f"]);
  queue.push(marker("g"));
  queue.end();
  assertEquals(await Promise.all(together), [["test/f"], ["test/g"], undefined]);
  assertEquals(stream.pending, 0);
});

test("EventStream.batches() continues where a reader of single events stopped", async () => {
  const { stream, queue } = streamOf(["a", "b"]);
  await stream.next();
  queue.push(marker("c"));
  const { value } = await stream.batches().next();
  assertEquals(value?.map(textOf), ["test/b", "test/c"]);
});

test("EventStream.batches() leaves the stream when the loop exits early", async () => {
  const { stream, left } = streamOf(["a"]);
  for await (const _ of stream.batches()) break;
  assertEquals([left(), (await stream.next()).done], [1, true]);
  const waiting = streamOf([]);
  const batches = waiting.stream.batches();
  const next = batches.next();
  await batches.return();
  assertEquals([(await next).done, waiting.left()], [true, 1]);
});

test("EventStream.batches() rejects once with the error of its queue, after the unread events", async () => {
  const { stream, queue } = streamOf(["a"]);
  queue.end(new RangeError("gone"));
  const batches = stream.batches();
  assertEquals((await batches.next()).value?.length, 1);
  await assertRejects(() => batches.next(), RangeError, "gone");
  assertEquals((await batches.next()).done, true);
});

test("EventStream.batches() gives a slow reader adjacent deltas merged, without losing text", async () => {
  const { stream, queue } = streamOf([]);
  const batches = stream.batches();
  for (let index = 0; index < 10_000; index++) queue.push(delta("x"));
  queue.push(marker("end"));
  const { value = [] } = await batches.next();
  assertEquals(value.length, 4_096 + 2);
  assertEquals(value.map(textOf).join(""), "x".repeat(10_000) + "test/end");
});

test("A turn that nobody reads, or that is read in batches, loses nothing of a source that is always ready", async () => {
  const size = 250;
  await using server = new FakeAppServer();
  server.on("thread/start", () => fakeThreadStart("thread"));
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn("turn") });
    for (let batch = 0; batch < 100; batch++) {
      const { method, params } = delta("x");
      server.sendBatch(Array.from({ length: size }, () => notification(method, params)));
    }
    const turn = fakeTurn("turn", "completed");
    server.notify("turn/completed", { threadId: "thread", turn });
  });
  await using codex = await Codex.start({ connect: server.connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("go");
  let arrays = 0;
  let deltas = 0;
  for await (const batch of turn.stream().batches()) {
    arrays++;
    deltas += batch.filter(({ method }) => method === "item/agentMessage/delta").length;
  }
  assertEquals(deltas, 100 * size);
  assertLess(arrays, 1_000);

  const unread = await thread.turn("go");
  assertEquals((await unread.run()).status, "completed");
  let text = "";
  for await (const event of unread) {
    if (event.method === "item/agentMessage/delta") text += event.params.delta;
  }
  assertEquals(text.length, 100 * size);
});

test("codex.notifications().batches() ends with the reason of its signal, and then with the client", async () => {
  await using server = new FakeAppServer();
  await using codex = await Codex.start({ connect: server.connect });
  const abort = new AbortController();
  const aborted = codex.notifications({ signal: abort.signal }).batches();
  const closed = codex.notifications().batches();
  const next = aborted.next();
  server.notify("thread/closed", { threadId: "thread" });
  assertEquals((await next).value?.map(({ method }) => method), ["thread/closed"]);
  const pending = aborted.next();
  abort.abort(new RangeError("enough"));
  await assertRejects(() => pending, RangeError, "enough");
  assertEquals((await closed.next()).value?.length, 1);
  await codex.close();
  assertEquals((await closed.next()).done, true);
});
