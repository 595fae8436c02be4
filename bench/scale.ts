/**
 * What an event costs while 1, 10, 100 and 1,000 turns are open: deltas in turn for each of them, in memory, of
 * turns that `thread.run()` awaits.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 8 by default.
 */
import process from "node:process";
import { Codex } from "../mod.ts";
import { FakeAppServer, fakeThreadStart, fakeTurn, notification } from "../testing.ts";
import { alternate, runtimeName, type Variant } from "./_lib/alternate.ts";
import { report } from "./_lib/results.ts";

const EVENTS = 100_000;
/** Events that arrive together. */
const BATCH = 250;

type Sent = Parameters<FakeAppServer["sendBatch"]>[0];

function deltasOf(turns: number): readonly Sent[] {
  return Array.from(
    { length: EVENTS / BATCH },
    (_, batch) =>
      Array.from({ length: BATCH }, (_, index) => {
        const id = (batch * BATCH + index) % turns;
        const params = {
          threadId: `thread ${id}`,
          turnId: `turn ${id}`,
          itemId: "item",
          delta: "word ",
        };
        return notification("item/agentMessage/delta", params);
      }),
  );
}

/** Opens turns, and times the deltas until all turns have ended. */
async function run(open: number, deltas: readonly Sent[]): Promise<number> {
  await using server = new FakeAppServer();
  let threads = 0;
  let turns = 0;
  server.on("thread/start", () => fakeThreadStart(`thread ${threads++}`));
  let allOpen = (): void => {};
  const opened = new Promise<void>((resolve) => allOpen = resolve);
  server.on("turn/start", ({ threadId }) => {
    if (++turns === open) allOpen();
    return { turn: fakeTurn(String(threadId).replace("thread", "turn")) };
  });
  await using codex = await Codex.start({ connect: server.connect });
  const running: Promise<unknown>[] = [];
  for (let index = 0; index < open; index++) {
    const thread = await codex.threadStart();
    running.push(thread.run("go"));
  }
  await opened;
  const start = performance.now();
  for (const batch of deltas) server.sendBatch(batch);
  for (let id = 0; id < open; id++) {
    const turn = fakeTurn(`turn ${id}`, "completed");
    server.notify("turn/completed", { threadId: `thread ${id}`, turn });
  }
  await Promise.all(running);
  return performance.now() - start;
}

const rounds = Number(process.argv[2] ?? 8);
const variants = [1, 10, 100, 1_000].map((open): Variant => {
  const deltas = deltasOf(open);
  return { name: `${open} turns open`, run: () => run(open, deltas) };
});
console.log(`${runtimeName()}: ${EVENTS} events, ${rounds} rounds`);
const all = await alternate(variants, { rounds, warmup: 2 });
report("scale", "events", all.map((wall) => ({ wall })));
