import {
  Codex,
  type ServerNotification,
  type Thread,
  ThreadBusyError,
  ThreadNotFoundError,
  TurnActiveError,
} from "../../mod.ts";
import {
  InvalidRequestError,
  ThreadArchivedError,
  ThreadClosedError,
  ThreadNotMaterializedError,
} from "../../errors.ts";
import { gate, message } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const UNKNOWN = "01a1f8f3-cb6d-7612-81a7-0dd2545f6a66";

/** A thread with one turn per text, each answered with the text in capitals. */
async function talk(session: ScriptedCodex, ...texts: string[]): Promise<Thread> {
  const thread = await session.codex.threadStart();
  for (const text of texts) await say(session, thread, text);
  return thread;
}

async function say({ model }: ScriptedCodex, thread: Thread, text: string): Promise<string> {
  model.enqueue(message(text.toUpperCase()));
  return (await thread.run(text)).id;
}

async function listed(codex: Codex, archived: boolean): Promise<string[]> {
  return (await codex.threadList({ archived })).data.map(({ id }) => id);
}

async function all<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const entry of entries) read.push(entry);
  return read;
}

/** Reads until an event matches; a thread's events end with its handle at the latest. */
async function until(
  events: AsyncIterable<ServerNotification>,
  found: (event: ServerNotification) => boolean,
): Promise<ServerNotification> {
  for await (const event of events) if (found(event)) return event;
  throw new Error("The events ended before");
}

test("thread.setName sets what thread.read and thread.name return", async () => {
  await using session = await ScriptedCodex.start();
  const thread = await talk(session, "hi");
  assertEquals(thread.name, null);
  const events = thread.events({ methods: ["thread/name/updated"] });
  await thread.setName("a fine name");
  assertEquals((await thread.read()).thread.name, "a fine name");
  await until(events, () => true);
  assertEquals(thread.name, "a fine name");
  assertEquals(thread.status, { type: "idle" });
});

test("Codex.threadList lists by archived true and false", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const stays = await talk(session, "one");
  const goes = await talk(session, "two");
  await codex.threadArchive(goes.id);
  assertEquals(await listed(codex, true), [goes.id]);
  assertEquals(await listed(codex, false), [stays.id]);
});

test("Codex.threads reads every page, and no more than needed [R-60]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const ids = [];
  for (const text of ["one", "two", "three"]) ids.unshift((await talk(session, text)).id);
  const options = { limit: 1, sortKey: "created_at" } as const;
  assertEquals((await all(codex.threads(options))).map(({ id }) => id).sort(), ids.sort());
  const { nextCursor } = await codex.threadList(options);
  const rest = await all(codex.threads({ ...options, cursor: nextCursor }));
  assertEquals(rest.length, 2);
});

test("thread.read with turns returns the user's and the agent's messages in order", async () => {
  await using session = await ScriptedCodex.start();
  const thread = await talk(session, "one", "two");
  const { turns } = (await thread.read({ includeTurns: true })).thread;
  const types = turns.map(({ items }) => items.map(({ type }) => type));
  assertEquals(types, [["userMessage", "agentMessage"], ["userMessage", "agentMessage"]]);
  assertEquals((await thread.read()).thread.turns, []);
});

test("thread.turns and thread.items yield the history page by page [R-60]", async () => {
  await using session = await ScriptedCodex.start();
  const thread = await session.codex.threadStart();
  const ids = [];
  for (const text of ["one", "two", "three"]) ids.push(await say(session, thread, text));
  const resumed = await session.codex.threadResume(thread.id);
  assert(!("turns" in resumed.settings));
  const oldest = await all(resumed.turns({ limit: 1, sortDirection: "asc" }));
  assertEquals(oldest.map(({ id }) => id), ids);
  assertEquals((await all(resumed.turns())).map(({ id }) => id), ids.toReversed());
  const items = await all(resumed.items({ limit: 2 }));
  const texts = items.flatMap(({ item }) => item.type === "agentMessage" ? [item.text] : []);
  assertEquals(texts, ["ONE", "TWO", "THREE"]);
});

test("Codex threads support run, name, read, resume, fork, archive and unarchive [R-59]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const thread = await talk(session, "hello");
  await thread.setName("lived");
  assertEquals((await thread.read()).thread.name, "lived");
  assertStrictEquals(await codex.threadResume(thread.id), thread);
  const fork = await codex.threadFork(thread.id);
  assertNotEquals(fork.id, thread.id);
  assertEquals((await fork.read()).thread.forkedFromId, thread.id);
  assert(!("turns" in fork.settings));
  await codex.threadArchive(thread.id);
  await assertRejects(() => codex.threadResume(thread.id), ThreadArchivedError);
  await assertRejects(() => thread.run("hi"), ThreadArchivedError);
  const back = await codex.threadUnarchive(thread.id);
  assertEquals(back.id, thread.id);
  assertStrictEquals(back, thread);
  await say(session, back, "again");
});

test("Codex.threadArchive works only for stored threads [R-61]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const ephemeral = await codex.threadStart({ ephemeral: true });
  await assertRejects(() => codex.threadArchive(ephemeral.id), ThreadNotMaterializedError);
  await assertRejects(() => codex.threadArchive(UNKNOWN), ThreadNotFoundError);
  const thread = await talk(session, "hi");
  await codex.threadArchive(thread.id);
  assertEquals(await listed(codex, true), [thread.id]);
});

test("Codex.threadDelete removes the thread and invalidates its handle [R-61]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const thread = await talk(session, "hi");
  const events = thread.events();
  await codex.threadDelete(thread.id);
  await all(events);
  await assertRejects(() => thread.run("hi"), ThreadClosedError, "it was deleted");
  await assertRejects(() => codex.threadResume(thread.id), ThreadNotFoundError);
  assertEquals(await listed(codex, false), []);
});

test("thread.compact makes a second model request, and ends with it", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  const thread = await talk(session, "a long story");
  model.enqueue(message("in short"));
  const { status, items } = await thread.compact();
  assertEquals(status, "completed");
  assertEquals(items.map(({ type }) => type), ["contextCompaction"]);
  assertEquals(model.requests.length, 2);
  await say(session, thread, "go on");
});

test("thread.compact is refused while a turn runs, and can be interrupted", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  const thread = await talk(session, "a long story");
  const hold = gate();
  model.enqueue(hold, message("one"));
  const turn = await thread.turn("next");
  await hold.untilReached();
  await assertRejects(() => thread.compact(), TurnActiveError);
  hold.open();
  assertEquals((await turn.run()).status, "completed");
  const stuck = gate();
  model.enqueue(stuck, message("in short"));
  const controller = new AbortController();
  const compacting = thread.compact({ signal: controller.signal });
  await stuck.untilReached();
  await assertRejects(() => thread.run("meanwhile"), TurnActiveError);
  controller.abort(new Error("enough"));
  await assertRejects(() => compacting, Error, "enough");
  stuck.open();
  model.enqueue(message("on"));
  // The server may still be interrupting the compaction.
  const next = await thread.run("go on", { whenBusy: "queue" });
  assertEquals(next.finalResponse, "on");
});

test("thread.revert undoes turns", async () => {
  await using session = await ScriptedCodex.start();
  const thread = await session.codex.threadStart();
  const first = await say(session, thread, "one");
  const second = await say(session, thread, "two");
  await thread.revert(second);
  assertEquals((await all(thread.turns())).map(({ id }) => id), [first]);
  await say(session, thread, "three");
});

test("Codex.threadResume and threadFork inherit deny-all, and a fork can override it", async () => {
  await using session = await ScriptedCodex.start({}, { approvalPolicy: "on-request" });
  const { codex } = session;
  const thread = await codex.threadStart({ approvalMode: "denyAll" });
  await say(session, thread, "hi");
  assertEquals(thread.settings.approvalPolicy, "never");
  await thread.close();
  const resumed = await codex.threadResume(thread.id);
  assertEquals(resumed.settings.approvalPolicy, "never");
  assertEquals((await codex.threadFork(thread.id)).settings.approvalPolicy, "never");
  const asking = await codex.threadFork(thread.id, { approvalMode: "ask" });
  const { approvalPolicy, approvalsReviewer } = asking.settings;
  assertEquals([approvalPolicy, approvalsReviewer], ["on-request", "user"]);
});

test("thread.run with a mode changes the thread's settings until they are overridden", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await talk(session, "hi");
  assertEquals(thread.settings.approvalPolicy, "on-request");
  model.enqueue(message("a"));
  await thread.run("a", { approvalMode: "denyAll", sandbox: "workspace" });
  const changed = [thread.settings.approvalPolicy, thread.settings.sandbox.type];
  assertEquals(changed, ["never", "workspaceWrite"]);
  await say(session, thread, "b");
  assertEquals(thread.settings.approvalPolicy, "never");
  await codex.threadResume(thread.id);
  assertEquals(thread.settings.approvalPolicy, "never");
  model.enqueue(message("c"));
  await thread.run("c", { approvalMode: "ask" });
  assertEquals(thread.settings.approvalPolicy, "on-request");
});

test("Codex.threadResume distinguishes unknown, fresh and busy threads [R-59] [R-61]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  await assertRejects(() => codex.threadResume(UNKNOWN), ThreadNotFoundError);
  await assertRejects(() => codex.threadFork(UNKNOWN), ThreadNotFoundError);
  await assertRejects(() => codex.threadUnarchive(UNKNOWN), ThreadNotFoundError);
  const fresh = await codex.threadStart();
  await assertRejects(() => codex.threadResume(fresh.id), ThreadNotMaterializedError);
  await assertRejects(() => codex.threadFork(fresh.id), ThreadNotMaterializedError);
  const thread = await talk(session, "hi");
  await using other = await Codex.start(scripted.options);
  await assertRejects(() => other.threadResume(thread.id), ThreadBusyError);
  assertEquals((await all(codex.threads())).map(({ id }) => id), [thread.id]);
});

test("thread.items, turns and read are empty before the first turn [R-94]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const fresh = await codex.threadStart();
  assertEquals(await all(fresh.items()), []);
  assertEquals(await all(fresh.turns()), []);
  assertEquals((await fresh.read({ includeTurns: true })).thread.turns, []);
  model.enqueue(message("hi"));
  await fresh.run("hello");
  assertEquals((await all(fresh.items())).length, 2);
  assertEquals((await all(fresh.turns())).length, 1);
  assertEquals((await fresh.read({ includeTurns: true })).thread.turns.length, 1);
  const ephemeral = await codex.threadStart({ ephemeral: true });
  for (const read of [() => all(ephemeral.items()), () => all(ephemeral.turns())]) {
    await assertRejects(read, InvalidRequestError, "ephemeral threads do not support");
  }
});

test("includeTurns of a resume and a fork returns the stored turns with the thread [R-60]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const thread = await talk(session, "one", "two");
  const stored = await all(thread.turns({ sortDirection: "asc", itemsView: "full" }));
  assertEquals(stored.length, 2);
  assertEquals(thread.initialTurns, undefined);
  await thread.close();
  const bare = await codex.threadResume(thread.id);
  assertEquals(bare.initialTurns, undefined);
  const held = await codex.threadResume(thread.id, { includeTurns: true });
  assertStrictEquals(held, bare);
  assertEquals(held.initialTurns, stored);
  await held.close();
  const resumed = await codex.threadResume(thread.id, { includeTurns: true });
  assertEquals(resumed.initialTurns, stored);
  const options = { includeTurns: true, lastTurnId: stored[0]?.id };
  const fork = await codex.threadFork(thread.id, options);
  assertEquals(fork.initialTurns?.map(({ items }) => items.length), [2]);
  assertEquals((await codex.threadFork(thread.id)).initialTurns, undefined);
});

test("turnTrigger and serviceTierForTurn hold for one turn, and sectionId lists a section", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const tiered = (await codex.models()).find(({ serviceTiers }) => serviceTiers.length > 0);
  const serviceTierForTurn = tiered?.serviceTiers[0]?.id;
  assert(tiered !== undefined && serviceTierForTurn !== undefined);
  const thread = await codex.threadStart({ model: tiered.id });
  const turns = [
    { turnTrigger: "nightly", serviceTierForTurn },
    {},
    { serviceTierForTurn: "fast" }, // a name of `serviceTier`, and ignored
  ];
  for (const options of turns) {
    model.enqueue(message("done"));
    await thread.run("go", options);
  }
  const sent = model.requests.map(({ body }) => body as Record<string, unknown>);
  const tiers = sent.map(({ service_tier }) => service_tier);
  assertEquals(tiers, [serviceTierForTurn, undefined, undefined]);
  const named = sent.map((body) => JSON.stringify(body.client_metadata).includes("nightly"));
  assertEquals(named, [true, false, false]);
  const { section } = await codex.request("threadSection/create", { name: "work" });
  const sectionId = section.id;
  assertEquals((await codex.threadList({ sectionId })).data, []);
  await codex.request("thread/section/move", { threadId: thread.id, sectionId });
  assertEquals((await codex.threadList({ sectionId })).data.map(({ id }) => id), [thread.id]);
});

test("thread.close unsubscribes, and a resume returns a new handle [R-62]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const closed: Thread = await (async () => {
    await using thread = await talk(session, "hi");
    return thread;
  })();
  const { id } = closed;
  const { status } = await codex.request("thread/unsubscribe", { threadId: id });
  assertEquals(status, "notSubscribed");
  await assertRejects(() => closed.run("hi"), ThreadClosedError, "it was closed");
  await closed.close();
  const thread = await codex.threadResume(id);
  assert(thread !== closed);
  await say(session, thread, "again");
});

test("thread.run reloads a thread that the server has unloaded [R-63]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const thread = await talk(session, "hi");
  // Archiving makes the server unload the thread immediately.
  await codex.request("thread/archive", { threadId: thread.id });
  await codex.request("thread/unarchive", { threadId: thread.id });
  assertEquals(await codex.loadedThreads(), []);
  await say(session, thread, "again");
  assertEquals(await codex.loadedThreads(), [thread.id]);
});

test("thread.events shows turns that this client did not start", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await talk(session, "hi");
  const other = await talk(session, "other");
  const events = thread.events();
  model.enqueue(message("raw"));
  await say(session, other, "elsewhere");
  const input = [{ type: "text" as const, text: "raw", text_elements: [] }];
  await codex.request("turn/start", { threadId: thread.id, input });
  const seen: ServerNotification[] = [];
  await until(events, (event) => seen.push(event) > 0 && event.method === "turn/completed");
  assert(seen.some(({ method }) => method === "item/agentMessage/delta"));
  assert(!JSON.stringify(seen).includes(other.id));
});
