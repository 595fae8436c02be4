/** What the queue promises: order, delays, limits, accounts, schedules, a bound on kills, an end of what is kept. */
import { Codex } from "../../mod.ts";
import { CodexFleet, type CodexWorker, codexWorker, RunEndedError } from "../../fleet/bullmq.ts";
import { gate, message, TemporaryCodexHome } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { openConnection } from "../../src/bullmq/connection.ts";
import { answerOf, storyOf, TestFleet, until } from "./_fleet.ts";
import { hasRedis } from "./_redis.ts";

/** Much longer than a busy machine takes from a job to its first event. */
const PER_MS = 2_000;

for (const kind of ["postgres", "redis"] as const) {
  const options = kind === "redis" && !hasRedis ? { skip: "there is no redis-server" } : {};
  const title =
    "a queue keeps priorities, delays, limits, accounts and schedules, and bounds kills";
  test(`${title}, on ${kind} [R-110]`, () => queueOn(kind), { timeoutMs: 120_000, ...options });
}

async function queueOn(kind: "postgres" | "redis"): Promise<void> {
  await using it = await TestFleet.start(kind);
  const { fleet, model } = it;
  const home = await TemporaryCodexHome.create({ modelUrl: model.url });
  const { path: codexHome, workspace: cwd, env } = home;
  const start = (): Promise<Codex> => Codex.start({ codexHome, cwd, env });
  const settings = { ...it.connection, start, handleSignals: false, recoverMs: 300, drainMs: 0 };
  const startedAt = async (id: string): Promise<number> =>
    (await until(fleet.run(id), (event) => event.type === "started")).atMs;
  try {
    await using _worker: CodexWorker = await codexWorker({ ...settings, maxKills: 0 });
    await using team = await CodexFleet.open({ ...it.connection, account: "team" });

    // One at a time over all workers: first those without a priority, then the lower number; a delayed one last.
    await fleet.limit({ concurrency: 1 });
    await fleet.pause();
    const waits = [["late", 9], ["soon", 2], ["now", undefined]] as const;
    const before = Date.now();
    const delayed = await fleet.submit({ id: "delayed", prompt: "delayed" }, { delayMs: 2_000 });
    for (const [id, priority] of waits) {
      await fleet.submit({ id, prompt: id }, { ...(priority === undefined ? {} : { priority }) });
    }
    assertEquals((await fleet.counts()).waiting, 3);
    assertEquals(model.requests.length, 0);
    const held = gate();
    model.enqueueFor("now", held, message("now"));
    for (const id of ["late", "soon", "delayed"]) model.enqueueFor(id, message(id));
    await fleet.resume();
    await until(fleet.run("now"), (event) => event.type === "item");
    assertEquals((await fleet.counts()).active, 1);
    // On a slow machine, the delayed one waits by now.
    const waiting = (await fleet.list({ states: ["waiting"] })).map(({ id }) => id);
    assertEquals(waiting.filter((id) => id !== "delayed").toSorted(), ["late", "soon"]);

    // An account has its own queue: this one has no worker, and the other one's limit is not its own.
    const theirs = await team.submit({ id: "theirs", prompt: "theirs" });
    await using served: CodexWorker = await codexWorker({ ...settings, accounts: ["team"] });
    model.enqueueFor("theirs", message("ours"));
    assertEquals(await answerOf(theirs), "ours");
    assertEquals((await fleet.counts()).active, 1);
    await served.close();
    held.open();
    await answerOf(delayed);
    assert(await startedAt("delayed") - before >= 2_000);
    const order = await Promise.all(["now", "soon", "late"].map(startedAt));
    assertEquals(order, order.toSorted((one, other) => one - other));

    // Starts within a time.
    await fleet.limit({ concurrency: null, starts: { max: 1, perMs: PER_MS } });
    const ids = ["r1", "r2", "r3"];
    for (const id of ids) model.enqueueFor(id, message(id));
    for (const id of ids) await fleet.submit({ id, prompt: id });
    const times = await Promise.all(ids.map(startedAt));
    const [one = 0, two = 0, three = 0] = times.toSorted((a, b) => a - b);
    assert(three - one >= 1.8 * PER_MS && two - one >= 0.8 * PER_MS, `${times}`);
    await Promise.all(ids.map((id) => answerOf(fleet.run(id))));
    await fleet.limit({ starts: null });

    // Each time of a schedule is a run of its own. One that waits can be cancelled; the schedule goes on.
    await fleet.pause();
    await fleet.schedule({ id: "tick", prompt: "tick" }, { everyMs: 500 });
    const [first] = await fleet.list({ states: ["waiting", "delayed"] });
    assert(first !== undefined && first.id.startsWith("repeat-tick-"), first?.id);
    await fleet.run(first.id).cancel("not this time");
    const skipped = await assertRejects(
      () => fleet.run(first.id).result({ signal: AbortSignal.timeout(5_000) }),
      RunEndedError,
    );
    assertEquals(skipped.result.status, "cancelled");
    for (const _ of [1, 2, 3, 4]) model.enqueueFor("tick", message("tock"));
    await fleet.resume();
    let answered = 0;
    for (const until = Date.now() + 20_000; answered < 2 && Date.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const done = await fleet.list({ states: ["completed"] });
      const ticks = done.filter(({ id }) => id.startsWith("repeat-tick-"));
      const ends = await Promise.all(ticks.map(({ id }) => fleet.run(id).ended()));
      answered = ends.filter((end) => end?.finalResponse === "tock").length;
    }
    assert(answered >= 2);
    assertEquals([await fleet.unschedule("tick"), await fleet.unschedule("tick")], [true, false]);
    // A time that had come before that may still run.
    for (const until = Date.now() + 20_000; (await fleet.counts()).active > 0;) {
      assert(Date.now() < until);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    // What ended before a time is forgotten.
    await assertRejects(() => fleet.forget({ endedBeforeMs: NaN }), TypeError);
    assert((await storyOf(delayed)).length > 0);
    assert(await fleet.forget({ endedBeforeMs: before }) === 0);
    const kept = (await fleet.counts()).completed;
    assertEquals(await fleet.forget({ endedBeforeMs: Date.now(), limit: 2 }), 2);
    await fleet.forget({ endedBeforeMs: Date.now() + 1_000 });
    const left = await fleet.list({ states: ["completed"] });
    assert(kept > 3 && left.length <= 1, left.map(({ id }) => id).join()); // the last one of a schedule stays
    assertEquals(await storyOf(delayed), []);
    // The thread still knows its prompt: the same id ends with the same answer, and asks nobody.
    const asked = model.requests.length;
    assertEquals(
      await answerOf(await fleet.submit({ id: "delayed", prompt: "delayed" })),
      "delayed",
    );
    assertEquals(model.requests.length, asked);

    // A job over which more workers are killed than `maxKills` is dead, and its story says so.
    const never = gate();
    model.enqueueFor("deadly", never, message("alive"));
    await fleet.pause();
    await using doomed = await it.worker("doomed", { accounts: ["deadly"] });
    await using deadly = await CodexFleet.open({ ...it.connection, account: "deadly" });
    const run = await deadly.submit({ id: "deadly", prompt: "deadly" });
    await until(run, (event) => event.type === "item");
    doomed.kill("SIGKILL");
    await using _next = await codexWorker({ ...settings, accounts: ["deadly"], maxKills: 0 });
    const signal = AbortSignal.timeout(30_000);
    const dead = await assertRejects(() => run.result({ signal }), RunEndedError);
    never.open();
    assertEquals(dead.result.status, "failed");
    const types = (await storyOf(run)).map((event) => event.type);
    assertEquals([types.filter((type) => type === "started").length, types.at(-1)], [1, "ended"]);
    assertEquals((await deadly.counts()).failed, 1);

    // A job that failed without a word, because its worker died at that moment: whoever waits ends the run.
    const mute = { ...it.connection, account: "mute" };
    await using muted = await CodexFleet.open(mute);
    const unheard = await muted.submit({ id: "unheard", prompt: "x" }, { attempts: 1 });
    const raw = await openConnection(mute);
    const { name, connection, backend } = raw.workerOf("mute");
    const failing = new raw.bullmq.Worker(
      name,
      () => Promise.reject(new Error("no word")),
      { connection: connection as never },
      backend as never,
    );
    const lost = await assertRejects(
      () => unheard.result({ signal: AbortSignal.timeout(30_000) }),
      RunEndedError,
    );
    assertEquals([lost.result.status, lost.result.error], ["failed", "no word"]);
    await failing.close();
    await raw.close();
  } finally {
    await home.remove();
  }
}
