import { realpath } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createGateway, type Gateway, type GatewayOptions } from "../../gateway.ts";
import { toNodeHandler } from "../../gateway/node.ts";
import {
  connect,
  type GatewayConnection,
  GatewayError,
  type ThreadView,
} from "../../gateway/client.ts";
import { deltas, gate, message, shellCommand } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const ORIGIN = "http://gateway.test";

/** A page of a user, over `fetch` without a network. */
function pageOf(fetch: (request: Request) => Promise<Response>, user: string): GatewayConnection {
  return connect(`${ORIGIN}/api`, {
    headers: { authorization: user },
    fetch: (url, init) => fetch(new Request(url, init)),
  });
}

function options(workspace: string): GatewayOptions {
  return {
    basePath: "/api",
    authorize: (request) => request.headers.get("authorization"),
    workspaces: { work: workspace },
    realPath: realpath,
  };
}

/** Waits until a view is as it should be. */
async function until(
  updates: AsyncIterable<ThreadView>,
  isDone: (view: ThreadView) => boolean,
): Promise<ThreadView> {
  for await (const view of updates) if (isDone(view)) return view;
  throw new Error("The thread was closed first");
}

function texts({ turns }: ThreadView): string[] {
  return turns.flatMap(({ items }) =>
    items.flatMap(({ item }) => item.type === "agentMessage" ? [item.text] : [])
  );
}

test("a page starts turns, sees them stream, and decides about commands [R-111]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  await using gateway = createGateway(codex, options(scripted.home.workspace));
  const page = pageOf(gateway.fetch, "ann");
  await using thread = await page.create({ workspace: "work" });
  const paused = gate();
  model.enqueue(deltas(["he", "llo ", paused, "<img onerror=alert(1)>\u2028\x1b[2J"]));
  const turnId = await thread.turn("hi");
  const early = await until(thread.updates(), (view) => texts(view).join("") !== "");
  assert("hello ".startsWith(texts(early)[0] ?? "?"));
  paused.open();
  assertEquals((await thread.done(turnId)).status, "completed");
  assertEquals(texts(thread.view), ["hello <img onerror=alert(1)>\u2028\x1b[2J"]);

  model.enqueue(shellCommand("echo yes > it.txt; cat it.txt", { escalate: "to see it" }));
  model.enqueue(message("done"));
  const running = thread.run("write");
  const asked = await until(thread.updates(), ({ requests }) => requests.length > 0);
  const [request] = asked.requests;
  assertEquals(request?.kind, "commandApproval");
  assertEquals([request?.script, request?.reason], ["echo yes > it.txt; cat it.txt", "to see it"]);
  await thread.answer(request?.id ?? "", { decision: "accept" });
  const { items, status } = await running;
  assertEquals([status, thread.view.requests], ["completed", []]);
  const command = items.find(({ item }) => item.type === "commandExecution")?.item;
  assert(command?.type === "commandExecution");
  assertEquals([command.aggregatedOutput, command.exitCode], ["yes\n", 0]);

  // A page that comes later sees the same.
  await using later = page.open(thread.id);
  const view = await until(later.updates(), ({ connection }) => connection === "live");
  assertEquals(view.turns.map(({ items }) => items), thread.view.turns.map(({ items }) => items));
  assertEquals((await page.list()).data.map(({ id, preview }) => [id, preview]), [[
    thread.id,
    "hi",
  ]]);
});

/** A gateway on a real server. */
async function listen(gateway: Gateway): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(toNodeHandler(gateway.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api`,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A page over HTTP; `cut()` ends its connections. */
function httpPage(url: string, user: string): { page: GatewayConnection; cut: () => void } {
  const open = new Set<AbortController>();
  const page = connect(url, {
    headers: { authorization: user },
    fetch: (url, { method = "GET", headers, body, signal }) => {
      const cut = new AbortController();
      open.add(cut);
      return loopbackFetch(url, {
        method,
        headers: headers as Record<string, string>,
        ...(typeof body === "string" ? { body } : {}),
        signal: AbortSignal.any([cut.signal, ...(signal ? [signal] : [])]),
      });
    },
  });
  const cut = (): void => {
    for (const one of open) one.abort();
    open.clear();
  };
  return { page, cut };
}

test("over HTTP, two pages share a thread, survive cuts and reloads in a turn, and one declines [R-111]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  await using gateway = createGateway(codex, options(scripted.home.workspace));
  await using server = await listen(gateway);
  const [one, two, other] = ["ann", "ann", "bob"].map((user) => httpPage(server.url, user)) as [
    ReturnType<typeof httpPage>,
    ReturnType<typeof httpPage>,
    ReturnType<typeof httpPage>,
  ];
  await using first = await one.page.create();
  await using second = two.page.open(first.id);
  await until(second.updates(), ({ connection }) => connection === "live");

  const text = ["a", "b", "c", "d"].map((letter) => letter.repeat(500));
  const gates = [gate(), gate(), gate()] as const;
  const [t0 = "", t1 = "", t2 = "", t3 = ""] = text;
  model.enqueue(deltas([t0, gates[0], t1, gates[1], t2, gates[2], t3]));
  const running = first.run("count");
  const has = (length: number) => (view: ThreadView): boolean =>
    texts(view).join("").length >= length;
  await until(first.updates(), has(500));
  one.cut();
  gates[0].open();
  await until(first.updates(), has(1_000)); // it came back with what it had
  gates[1].open();
  await using reloaded = one.page.open(first.id);
  const view = await until(reloaded.updates(), has(1_500));
  assertEquals(view.turns.at(-1)?.status, "inProgress");
  gates[2].open();
  assertEquals((await running).status, "completed");
  for (const thread of [first, second, reloaded]) {
    const view = await until(thread.updates(), has(2_000));
    assertEquals(texts(view), [text.join("")]);
  }

  // Both see the question, one declines, and the other learns it.
  model.enqueue(shellCommand("rm -rf /", { escalate: "why not" }));
  model.enqueue(message("as you wish"));
  const declining = second.run("destroy");
  const isAsked = ({ requests }: ThreadView): boolean => requests.length > 0;
  const asked = await until(first.updates(), isAsked);
  await until(second.updates(), isAsked);
  const id = asked.requests[0]?.id ?? "";
  const rule = await assertRejects(
    () => second.answer(id, { decision: "acceptWithRule" }),
    GatewayError,
  );
  assertEquals(rule.code, "decision_not_offered");
  await using stranger = other.page.open(first.id);
  for await (const _view of stranger.updates());
  assertEquals(stranger.error?.code, "thread_not_found");
  await assertRejects(() => stranger.answer(id, { decision: "accept" }), GatewayError);
  await second.answer(id, { decision: "decline" });
  const { status, items } = await declining;
  const command = items.find(({ item }) => item.type === "commandExecution")?.item;
  assertEquals([status, command?.type === "commandExecution" && command.status], [
    "completed",
    "declined",
  ]);
  await until(first.updates(), (view) => !isAsked(view));
  const late = await assertRejects(() => first.answer(id, { decision: "accept" }), GatewayError);
  assertEquals([late.status, late.code], [409, "request_settled"]);
  for (const { cut } of [one, two, other]) cut();
});
