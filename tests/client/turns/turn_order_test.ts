import { agentMessage, fakeTurn, notification } from "../../../testing.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  completed,
  delta,
  itemCompleted,
  methods,
  open,
  settled,
  textOf,
  TURN,
} from "../_fixture.ts";
import type { Fixture } from "../_fixture.ts";
import { fc } from "../../_support/property.ts";

const MESSAGE = agentMessage("item-1", "hello");
const END = completed("completed", { items: [MESSAGE], itemsView: "summary" });
const STARTED = notification("turn/started", { threadId: "thread-1", turn: fakeTurn(TURN) });
const ITEM_STARTED = notification("item/started", {
  threadId: "thread-1",
  turnId: TURN,
  item: agentMessage("item-1", ""),
});

/** Starts a turn and makes the server send its reply and the rest in this order, in one batch or one by one. */
async function play(
  fixture: Fixture,
  order: readonly (FakeMessage | "reply")[],
  batched: boolean,
): Promise<{ readonly seen: string[]; readonly text: string }> {
  const { server, codex, thread } = fixture;
  const everything = codex.notifications();
  const start = server.defer("turn/start");
  const started = thread.turn("hi");
  const request = await start.arrived();
  const frames = order.map((message) =>
    message === "reply" ? { id: request.id, result: { turn: fakeTurn(TURN) } } : message
  );
  if (batched) server.sendBatch(frames);
  else for (const frame of frames) server.sendBatch([frame]);
  const turn = await started;
  const [seen, text, result] = await Promise.all([
    methods(turn.stream()),
    textOf(turn.textStream()),
    turn.run(),
  ]);
  assertEquals(result.status, "completed");
  assertEquals(result.finalResponse, "hello");
  assertEquals(result.items.map((item) => item.id), ["item-1"]);
  assertEquals(result.items[0], MESSAGE);
  await settled(fixture);
  assertEquals(everything.pending, order.length - 1); // including what arrived after the end
  await everything.return();
  return { seen, text };
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, index) =>
    permutations(list.toSpliced(index, 1)).map((rest) => [first, ...rest])
  );
}

/** What the handle must show: everything up to the turn's end, in order. */
function untilEnd(order: readonly (FakeMessage | "reply")[]): string[] {
  const events = order.filter((message) => message !== "reply") as FakeMessage[];
  return events.slice(0, events.indexOf(END) + 1).map(({ method }) => String(method));
}

test("TurnHandle accepts the reply at any position among its events, even last [R-16]", async () => {
  await using fixture = await open();
  const events = [STARTED, ITEM_STARTED, delta("hel"), delta("lo"), itemCompleted(MESSAGE), END];
  for (let place = 0; place <= events.length; place++) {
    for (const batched of [true, false]) {
      const { seen, text } = await play(
        fixture,
        events.toSpliced(place, 0, "reply" as never),
        batched,
      );
      assertEquals(seen, events.map(({ method }) => String(method)));
      assertEquals(text, "hello");
    }
  }
});

test("TurnHandle loses nothing and never hangs in any order of reply and events [R-16]", async () => {
  await using fixture = await open();
  const messages = ["reply", STARTED, ITEM_STARTED, itemCompleted(MESSAGE), END] as const;
  const orders = permutations<FakeMessage | "reply">(messages);
  assertEquals(orders.length, 120);
  for (const order of orders) {
    const { seen } = await play(fixture, order, true);
    assertEquals(seen, untilEnd(order));
  }
});

test("TurnHandle separates the turns of many threads in any interleaving [R-16]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 4 }),
      fc.infiniteStream(fc.nat()),
      fc.boolean(),
      async (size, picks, batched) => {
        const threads = await Promise.all(Array.from({ length: size }, () => codex.threadStart()));
        const starting = threads.map((thread) => {
          const start = server.defer("turn/start");
          return { thread, start, turn: thread.turn("hi") };
        });
        const queues = await Promise.all(starting.map(async ({ thread, start }) => {
          const { id } = await start.arrived();
          const turnId = `turn of ${thread.id}`;
          const message = agentMessage("item-1", `hello ${thread.id}`);
          return [
            { id, result: { turn: fakeTurn(turnId) } },
            delta(`hello ${thread.id}`, "item-1", turnId, thread.id),
            itemCompleted(message, turnId, thread.id),
            completed("completed", {}, turnId, thread.id),
          ];
        }));
        // The reply of each thread arrives anywhere among its events, and the threads are interleaved at random.
        for (const queue of queues) {
          const [reply] = queue.splice(0, 1);
          queue.splice((picks.next().value ?? 0) % (queue.length + 1), 0, reply as never);
        }
        const mixed: FakeMessage[] = [];
        while (queues.some((queue) => queue.length > 0)) {
          const left = queues.filter((queue) => queue.length > 0);
          mixed.push(left[(picks.next().value ?? 0) % left.length]?.shift() as FakeMessage);
        }
        if (batched) server.sendBatch(mixed);
        else for (const message of mixed) server.sendBatch([message]);
        for (const { thread, turn } of starting) {
          const handle = await turn;
          assertEquals(handle.id, `turn of ${thread.id}`);
          assertEquals((await handle.run()).finalResponse, `hello ${thread.id}`);
          const seen = await methods(handle.stream());
          assertEquals(seen, ["item/agentMessage/delta", "item/completed", "turn/completed"]);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("Thread.run returns the result of a turn that ended before its reply arrived [R-16]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  const running = thread.run("hi");
  const request = await start.arrived();
  server.sendBatch([
    STARTED,
    itemCompleted(MESSAGE),
    END,
    { id: request.id, result: { turn: fakeTurn(TURN, "completed") } },
  ]);
  const result = await running;
  assertEquals(result.finalResponse, "hello");
  assert(result.items.length === 1);
});
