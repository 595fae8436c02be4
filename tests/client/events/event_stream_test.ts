import { Codex } from "../../../mod.ts";
import { EventQueue } from "../../../src/client/events/event_queue.ts";
import { EventStream } from "../../../src/client/events/live_stream.ts";
import { FakeAppServer, fakeThreadStart, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
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
