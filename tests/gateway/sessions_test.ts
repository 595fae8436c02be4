import type { GatewayConnection, LiveThread } from "../../gateway/client.ts";
import { agentMessage, fakeTurn } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { delta, GatewayPeer, messageStart, ORIGIN } from "./_fixture.ts";

const SESSIONS = 60;
const HALF = "the first half, ".repeat(60);

/** A page whose streams can be cut. */
function cuttable(peer: GatewayPeer): { page: GatewayConnection; cut: () => void } {
  const cuts = new Set<AbortController>();
  const page = peer.page({
    fetch: (url, init) => {
      const cut = new AbortController();
      cuts.add(cut);
      const signal = AbortSignal.any([cut.signal, ...(init.signal ? [init.signal] : [])]);
      const request = new Request(new URL(url, ORIGIN), { ...init, signal });
      return peer.gateway.fetch(request).then(({ body, status, headers }) => {
        const cuttable = body?.pipeThrough(new TransformStream(), { signal }) ?? null;
        return new Response(cuttable, { status, headers });
      });
    },
  });
  const cut = (): void => {
    for (const one of cuts) one.abort();
    cuts.clear();
  };
  return { page, cut };
}

function textOf({ view }: LiveThread): string | undefined {
  const [data, ...others] = view.turns.flatMap(({ items }) => items);
  if (others.length > 0) return `and ${others.length} more`;
  return data?.item.type === "agentMessage" ? data.item.text : undefined;
}

async function until(thread: LiveThread, isDone: () => boolean): Promise<void> {
  for await (const _view of thread.updates()) if (isDone()) return;
  throw new Error("The thread was closed first");
}

test("sixty sessions end with their whole text exactly once, also those that are cut in the middle [R-111]", async () => {
  const most = 2 * SESSIONS;
  const limits = { connections: most, threads: most, turns: most, requestsPerMinute: 6_000 };
  await using peer = new GatewayPeer({ limits });
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, async (_, at) => {
    const { page, cut } = cuttable(peer);
    const thread = await page.create();
    return { at, thread, cut, turnId: await thread.turn("hi") };
  }));
  for (const { thread, turnId } of sessions) {
    peer.server.notify("turn/started", { threadId: thread.id, turn: fakeTurn(turnId) });
    peer.server.sendRaw(messageStart(thread.id, turnId));
    peer.server.sendBatch([delta(thread.id, turnId, HALF)]);
  }
  await Promise.all(sessions.map(({ thread }) => until(thread, () => textOf(thread) === HALF)));
  const away = sessions.filter(({ at }) => at % 3 === 0);
  for (const { cut } of away) cut();
  await Promise.all(
    away.map(({ thread }) => until(thread, () => thread.view.connection === "lost")),
  );
  for (const { at, thread, turnId } of sessions) {
    peer.server.sendBatch([delta(thread.id, turnId, `the rest of ${at}`)]);
    peer.end(thread.id, turnId, [agentMessage("item-1", `${HALF}the rest of ${at}`)]);
  }
  for (const { at, thread, turnId } of sessions) {
    assertEquals((await thread.done(turnId)).status, "completed");
    assertEquals(textOf(thread), `${HALF}the rest of ${at}`);
    thread.close();
  }
});
