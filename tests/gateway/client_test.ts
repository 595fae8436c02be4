import { GatewayError, type LiveThread, type ThreadView } from "../../gateway/client.ts";
import type { ThreadItem } from "../../protocol.ts";
import { agentMessage, fakeTurn, notification } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import "../_support/loaded_modules.ts";
import { fc, rounds, seed } from "../_support/property.ts";
import { test } from "../_support/test.ts";
import { delta, GatewayPeer, messageStart, pause } from "./_fixture.ts";

async function until(
  thread: LiveThread,
  isDone: (view: ThreadView) => boolean,
): Promise<ThreadView> {
  for await (const view of thread.updates()) if (isDone(view)) return view;
  throw new Error("The thread was closed first");
}

const isLive = ({ connection }: ThreadView): boolean => connection === "live";

/** What the random turns are made of. */
type Step =
  | { readonly kind: "delta"; readonly of: number; readonly text: string }
  | { readonly kind: "start" | "complete"; readonly of: number }
  | { readonly kind: "turn" | "pause" | "cut" };

const KINDS = ["agentMessage", "commandExecution", "reasoning", "fileChange", "plan"] as const;

function itemOf(of: number, text: string | null): ThreadItem {
  const id = `item-${of}`;
  switch (KINDS[of % KINDS.length]) {
    case "agentMessage":
      return agentMessage(id, text ?? "");
    case "plan":
      return { type: "plan", id, text: text ?? "" };
    case "reasoning":
      return { type: "reasoning", id, summary: text === null ? [] : [text], content: [] };
    case "commandExecution":
      return {
        ...{ type: "commandExecution", id, pluginId: null, scriptPath: null, command: "x" },
        ...{ cwd: "/", processId: null, source: "agent", commandActions: [], durationMs: null },
        ...{ aggregatedOutput: text, status: text === null ? "inProgress" : "completed" },
        exitCode: text === null ? null : 0,
      } as ThreadItem;
    default:
      return { type: "fileChange", id, changes: [], status: "inProgress" };
  }
}

const DELTAS: Readonly<Record<string, readonly [string, object]>> = {
  agentMessage: ["item/agentMessage/delta", {}],
  plan: ["item/plan/delta", {}],
  reasoning: ["item/reasoning/summaryTextDelta", { summaryIndex: 0 }],
  commandExecution: ["item/commandExecution/outputDelta", {}],
  fileChange: ["item/fileChange/outputDelta", {}],
};

const texts = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  fc.constantFrom("\ud83d", "\ude00", "\n\n", "\r", "data:x\n\n", "\u2028", "<b>", "\x1b[2J"),
);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("delta"), of: fc.nat(7), text: texts }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom("start", "complete"), of: fc.nat(7) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("turn", "pause", "cut") }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 40 },
);

test("a page that saw everything, was cut or came last has the same state, whatever happened [R-111]", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
      await using peer = new GatewayPeer({ limits: { logEvents: 12, snapshotTurns: 100 } });
      let { threadId, turnId } = await peer.begin();
      const cuts = new Set<() => void>();
      const page = peer.page({
        fetch: async (url, init) => {
          const cut = new AbortController();
          cuts.add(() => cut.abort());
          const response = await peer.gateway.fetch(new Request(url, init));
          const { signal } = cut;
          const body = response.body?.pipeThrough(new TransformStream(), { signal });
          return new Response(body, response);
        },
      });
      const [whole, shaky] = [peer.page().open(threadId), page.open(threadId)];
      await Promise.all([until(whole, isLive), until(shaky, isLive)]);
      const written = new Map<string, string>();
      let turns = 1;
      for (const step of steps) {
        const place = { threadId, turnId };
        switch (step.kind) {
          case "start": {
            const item = itemOf(step.of, null);
            peer.server.notify("item/started", { item, ...place, startedAtMs: 0 });
            written.set(`${turnId} ${step.of}`, "");
            break;
          }
          case "delta": {
            const [method, more] = DELTAS[KINDS[step.of % KINDS.length] ?? ""] ?? ["", {}];
            const itemId = `item-${step.of}`;
            const params = { ...place, itemId, delta: step.text, ...more };
            peer.server.sendBatch([notification(method, params)]);
            const key = `${turnId} ${step.of}`;
            if (written.has(key)) written.set(key, written.get(key) + step.text);
            break;
          }
          case "complete": {
            const item = itemOf(step.of, written.get(`${turnId} ${step.of}`) ?? "all of it");
            peer.server.notify("item/completed", { item, ...place, completedAtMs: 0 });
            break;
          }
          case "turn":
            peer.end(threadId, turnId);
            turnId = `more-${turns++}`;
            peer.server.notify("turn/started", { threadId, turn: fakeTurn(turnId) });
            break;
          case "pause":
            await pause(100);
            break;
          case "cut":
            for (const cut of cuts) cut();
            cuts.clear();
            break;
        }
      }
      await pause(40_000);
      const last = peer.page().open(threadId);
      const { turns: expected } = await until(last, isLive);
      assertEquals(JSON.stringify(whole.view.turns), JSON.stringify(expected));
      await until(shaky, isLive);
      assertEquals(JSON.stringify(shaky.view.turns), JSON.stringify(expected));
      for (const thread of [whole, shaky, last]) thread.close();
    }),
    { numRuns: rounds(25), seed },
  );
});

test("a page connects again after a failure, later each time, and sooner after a success", async () => {
  using clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer();
  const { threadId } = await peer.begin();
  const times: number[] = [];
  let isUp = false;
  const page = peer.page({
    fetch: (url, init) => {
      times.push(clock.elapsedMs);
      if (!isUp) return Promise.reject(new TypeError("no network"));
      return peer.gateway.fetch(new Request(url, init));
    },
  });
  const thread = page.open(threadId);
  await pause(60_000);
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  for (const [at, wait] of waits.entries()) {
    const most = Math.min(15_000, 500 * 2 ** at);
    assert(wait >= most / 2 - 1 && wait <= most + 1, `${at}: ${wait}`);
  }
  isUp = true;
  await until(thread, isLive);
  thread.close();
  assertEquals(thread.view.connection, "closed");
  thread.close();
});

test("a page that hears nothing for too long connects again", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer(); // no heartbeats
  const { threadId } = await peer.begin();
  let opened = 0;
  const page = peer.page({
    fetch: (url, init) => {
      opened++;
      return peer.gateway.fetch(new Request(url, init));
    },
  });
  const thread = page.open(threadId);
  await until(thread, isLive);
  await pause(47_000);
  assertEquals(opened, 2);
  await until(thread, isLive);
  thread.close();
});

test("a page gives up what it may not have, with the code of the gateway", async () => {
  await using peer = new GatewayPeer();
  const { threadId } = await peer.begin("bob");
  const thread = peer.page().open(threadId);
  for await (const _view of thread.updates());
  assertEquals([thread.view.connection, thread.error?.code], ["closed", "thread_not_found"]);
  const error = await assertRejects(() => thread.run("hi"), GatewayError);
  assertEquals([error.name, error.code, error.status], ["GatewayError", "thread_not_found", 404]);
});

test("a turn whose reply is lost is sent again and starts once", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer();
  let losses = 2;
  const page = peer.page({
    fetch: async (url, init) => {
      const response = await peer.gateway.fetch(new Request(url, init));
      if (init.method !== "POST" || !url.endsWith("/turns") || losses-- <= 0) return response;
      await response.body?.cancel();
      throw new TypeError("the network is gone");
    },
  });
  const thread = await page.create();
  await until(thread, isLive);
  assertEquals(await thread.turn("hi"), "turn-1");
  const asked = peer.server.nextRequest("turn/start");
  await asked;
  await assertRejects(() => peer.server.nextRequest("turn/start"), Error);
  thread.close();
});

test("a turn of a page is steered, interrupted and waited for", async () => {
  using _clock = fakeClock({ limitMs: 1_000_000, waitsForModules: true });
  await using peer = new GatewayPeer();
  const thread = await peer.page().create({});
  await until(thread, isLive);
  const error = await assertRejects(() => thread.steer("more"), GatewayError);
  assertEquals(error.code, "no_active_turn");
  const running = thread.run("hi");
  await until(thread, () => thread.activeTurn !== undefined);
  peer.server.on("turn/steer", () => ({ turnId: "turn-1" }));
  peer.server.sendRaw(messageStart(thread.id, "turn-1"));
  peer.server.sendBatch([delta(thread.id, "turn-1", "so far")]);
  await thread.steer("more");
  await thread.interrupt();
  const turn = await running;
  assertEquals([turn.status, turn.items[0]?.state], ["interrupted", "interrupted"]);
  thread.close();
});
