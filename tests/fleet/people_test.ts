/** What people do with runs, through the store alone: approve, steer, cancel; and jobs that must wait. */
import { Codex } from "../../mod.ts";
import { CodexFleet, codexWorker, RunEndedError } from "../../fleet/bullmq.ts";
import { failure, gate, message, shellCommand, TemporaryCodexHome } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { answerOf, storyOf, TestFleet, until } from "./_fleet.ts";
import { hasRedis } from "./_redis.ts";

for (const kind of ["postgres", "redis"] as const) {
  const options = kind === "redis" && !hasRedis ? { skip: "there is no redis-server" } : {};
  const title =
    "people answer, steer and cancel runs from another process; limits and busy threads wait";
  test(`${title}, on ${kind} [R-110]`, () => peopleAndRuns(kind), {
    timeoutMs: 120_000,
    ...options,
  });
}

async function peopleAndRuns(kind: "postgres" | "redis"): Promise<void> {
  await using it = await TestFleet.start(kind);
  const { fleet, model } = it;
  const home = await TemporaryCodexHome.create({ modelUrl: model.url });
  const { path: codexHome, workspace: cwd, env } = home;
  try {
    await using _worker = await codexWorker({
      ...it.connection,
      name: "w",
      start: () => Codex.start({ codexHome, cwd, env }),
      handleSignals: false,
      drainMs: 0,
    });
    await using elsewhere = await CodexFleet.open(it.connection);

    // A question waits in the store, and the first valid answer counts.
    model.enqueue(shellCommand("mkdir made", { callId: "made", escalate: "please" }));
    model.enqueue(message("made it"));
    const threadOptions = { approvalMode: "ask", sandbox: "readOnly" } as const;
    const asking = await fleet.submit({ id: "asking", prompt: "Make it.", threadOptions });
    for await (const { id, request, answer } of elsewhere.run("asking").requests()) {
      assertEquals([request.kind, request.item?.type], ["commandApproval", "commandExecution"]);
      await answer("perhaps");
      await answer("accept", { by: "ann" });
      await elsewhere.run("asking").answer(id, "decline", { by: "bob" });
    }
    assertEquals(await answerOf(asking), "made it");
    assert(!model.requests.at(-1)?.functionOutputs().get("made")?.includes("rejected"));
    const told = (await storyOf(asking)).flatMap((event) =>
      event.type === "refused" || event.type === "resolved" ? [event] : []
    );
    assertEquals(told.map((event) => event.type), ["refused", "resolved"]);
    assert(told[1]?.type === "resolved" && told[1].by === "ann");

    // A steer reaches the running turn once; the other job of the thread comes after it.
    const held = gate();
    model.enqueue(held, message("thinking"));
    model.enqueue(message("blue then"));
    model.enqueue(message("as I said"));
    const first = await fleet.submit({ id: "first", prompt: "Which colour?", thread: "talk" });
    await until(first, (event) => event.type === "item" && event.item.type === "userMessage");
    const second = await fleet.submit({ id: "second", prompt: "Again?", thread: "talk" });
    for (const _ of [1, 2]) await elsewhere.run("first").steer("Take blue.", { key: "colour" });
    await until(first, (event) => event.type === "steered");
    assertEquals(await storyOf(second), []);
    held.open();
    assertEquals(await answerOf(first), "blue then");
    const result = await second.result();
    assertEquals([result.finalResponse, result.threadId], [
      "as I said",
      (await first.result()).threadId,
    ]);
    const asked = JSON.stringify(model.requests.at(-1)?.body);
    assertEquals(asked.split("Take blue.").length, 2);
    assert(asked.includes("Which colour?") && asked.includes("Again?"));

    // A cancelled turn ends at once.
    const never = gate();
    model.enqueueFor("on and on", never, message("too late"));
    const endless = await fleet.submit({ id: "endless", prompt: "Go on and on." });
    await until(endless, (event) => event.type === "item");
    await elsewhere.run("endless").cancel("enough");
    const stopped = await assertRejects(() => endless.result(), RunEndedError);
    assertEquals([stopped.result.status, stopped.result.error], ["cancelled", "enough"]);
    never.open();

    // A job whose attempts are used up has its whole story.
    for (const _ of [1, 2]) model.enqueueFor("Bad", failure({ status: 400, body: "no" }));
    const bad = await fleet.submit({ id: "bad", prompt: "Bad." }, { attempts: 2, backoffMs: 10 });
    const dead = await assertRejects(() => bad.result(), RunEndedError);
    assertEquals([dead.result.status, dead.result.attempts], ["failed", 2]);
    const types = (await storyOf(bad)).map((event) => event.type);
    assertEquals(types.filter((type) => type === "attemptFailed").length, 2);
    assertEquals(types.at(-1), "ended");

    // A used-up limit is no failed attempt: the job waits. Cancelling ends it where it waits.
    const error = { type: "usage_limit_reached", message: "The usage limit has been reached" };
    model.enqueueFor("Expensive", failure({ status: 429, body: { error } }));
    const dear = await fleet.submit({ id: "dear", prompt: "Expensive." }, { attempts: 1 });
    await until(dear, (event) => event.type === "waiting");
    for (let tries = 0; (await fleet.counts()).delayed === 0 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [listed] = await fleet.list({ states: ["delayed"] });
    assertEquals([listed?.id, listed?.attemptsMade], ["dear", 0]);
    // The account's other jobs wait as well, and ask nobody.
    const asks = model.requests.length;
    await fleet.submit({ id: "dearer", prompt: "Expensive too." });
    for (let tries = 0; (await fleet.counts()).delayed === 1 && tries < 500; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals([(await fleet.counts()).delayed, model.requests.length], [2, asks]);
    await elsewhere.run("dearer").cancel();
    await elsewhere.run("dear").cancel();
    await assertRejects(() => dear.result(), RunEndedError);
    assertEquals((await fleet.counts()).delayed, 0);
  } finally {
    await home.remove();
  }
}
