import { realpath } from "node:fs/promises";
import { createGateway, type GatewayOptions } from "../../gateway.ts";
import { connect, type GatewayConnection, type ThreadView } from "../../gateway/client.ts";
import { deltas, gate, message, shellCommand } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
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
