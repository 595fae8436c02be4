/** One durable job on the real binary, without a queue: what a second worker finds and does. */
import { mkdir, rm } from "node:fs/promises";
import process from "node:process";
import { Codex } from "../../mod.ts";
import {
  type AgentJobDeps,
  type AgentJobResult,
  type FleetEvent,
  type FleetStore,
  memoryStore,
  runAgentJob,
  ServerLostError,
  type ThreadStore,
} from "../../fleet.ts";
import { gate, message, ScriptedModel, shellCommand, TemporaryCodexHome } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const memoryThreads = (kept = new Map<string, Uint8Array>()): ThreadStore => ({
  put: (key, bytes) => Promise.resolve(void kept.set(key, bytes.slice())),
  get: (key) => Promise.resolve(kept.get(key)),
  remove: (keys) => Promise.resolve(keys.forEach((key) => kept.delete(key))),
});

async function eventsOf(store: FleetStore, runId: string): Promise<FleetEvent[]> {
  return (await store.events(runId, 0, 1_000)).map(({ event }) => event);
}

const finished = (events: readonly FleetEvent[]): string[] =>
  events.flatMap((event) => event.type === "item" ? [event.item.id] : []);

/** Waits until an item of a run is stored. */
async function stored(store: FleetStore, runId: string, itemId: string): Promise<void> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const stop = store.watch(runId, () => resolve(stop()));
    });
    if (finished(await eventsOf(store, runId)).includes(itemId)) return;
    await changed;
  }
}

test("runAgentJob goes on in another home after its server is killed, and repeats no finished command [R-110]", async () => {
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  const { model } = scripted;
  await using store = memoryStore();
  const kept = new Map<string, Uint8Array>();
  const threads = memoryThreads(kept);
  const deps = (codex: Codex, worker: string): AgentJobDeps => ({ codex, store, threads, worker });
  const job = { id: "job-1", prompt: "two steps" };
  const second = gate();
  model.enqueue(shellCommand("echo one >> log", { callId: "one" }));
  model.enqueue(second, shellCommand("echo two >> log", { callId: "two" }));

  const first = await Codex.start(scripted.options);
  const dying = runAgentJob(job, deps(first, "w1"));
  dying.catch(() => {});
  await model.waitForRequests(2); // the first command has ended and its output was sent
  await stored(store, job.id, "one");
  process.kill(first.pid ?? 0, "SIGKILL");
  await assertRejects(() => dying, ServerLostError);
  await first.close();
  second.open();

  const home = await TemporaryCodexHome.create({
    modelUrl: model.url,
    sandboxMode: "danger-full-access",
  });
  try {
    model.enqueue(shellCommand("echo three >> log", { callId: "three" }));
    model.enqueue(message("done"));
    await using codex = await Codex.start({
      ...scripted.options,
      codexHome: home.path,
      env: home.env,
    });
    const result = await runAgentJob(job, deps(codex, "w2"));
    assertEquals([result.status, result.finalResponse, result.attempts], ["completed", "done", 2]);
    assertEquals(await codex.fs.readText(`${scripted.options.cwd}/log`), "one\nthree\n");
    const prompts = model.requests.at(-1)?.body;
    assertEquals(JSON.stringify(prompts).split("two steps").length - 1, 1);
    // Again: nothing runs.
    assertEquals(await runAgentJob(job, deps(codex, "w3")), result);
    assertEquals(await codex.loadedThreads(), []);
    // A second job of the thread goes on with it.
    model.enqueue(message("more"));
    const more = await runAgentJob(
      { id: "job-2", prompt: "more?", thread: "job-1" },
      deps(codex, "w2"),
    );
    assertEquals([more.finalResponse, more.threadId], ["more", result.threadId]);
  } finally {
    await home.remove();
  }
  const events = await eventsOf(store, job.id);
  const ids = finished(events);
  assertEquals(new Set(ids).size, ids.length);
  assertEquals(ids.filter((id) => ["one", "two", "three"].includes(id)), ["one", "three"]);
  assertEquals(events.at(-1)?.type, "ended");
});

test("runAgentJob ends its attempt if the rollout vanishes, and leaves what is stored to the next one [R-110]", async () => {
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  const { model } = scripted;
  await using store = memoryStore();
  const threads = memoryThreads();
  await using codex = await Codex.start(scripted.options);
  const job = { id: "job-1", prompt: "two steps" };
  const second = gate();
  model.enqueue(shellCommand("echo one >> log", { callId: "one" }));
  model.enqueue(second, shellCommand("echo two >> log", { callId: "two" }));
  const attempt = runAgentJob(job, { codex, store, threads });
  attempt.catch(() => {});
  await stored(store, job.id, "one");
  const [id = ""] = await codex.loadedThreads();
  const { thread } = await codex.request("thread/read", { threadId: id, includeTurns: false });
  await rm(thread.path ?? "");
  second.open();
  await assertRejects(() => attempt, ServerLostError, "has no longer what is stored");
  assertEquals(finished(await eventsOf(store, job.id)).includes("two"), false);

  model.enqueue(message("done"));
  const result = await runAgentJob(job, { codex, store, threads });
  assertEquals([result.status, result.finalResponse], ["completed", "done"]);
  const sent = JSON.stringify(model.requests.at(-1)?.body);
  assertEquals([sent.includes("two steps"), sent.includes("echo one")], [true, true]);
});

test("runAgentJob goes on in the server's own folder if that of the thread is not on this machine [R-110]", async () => {
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  const { model } = scripted;
  await using store = memoryStore();
  const threads = memoryThreads();
  const [gone, kept] = [`${scripted.options.cwd}/gone`, `${scripted.options.cwd}/kept`];
  await Promise.all([mkdir(gone), mkdir(kept)]);
  const run = async (id: string, cwd: string): Promise<string> => {
    model.enqueue(shellCommand("pwd", { callId: id }));
    model.enqueue(message("done"));
    await using codex = await Codex.start({ ...scripted.options, cwd });
    await runAgentJob({ id, prompt: "Where are you?", thread: "t" }, { codex, store, threads });
    return model.requests.at(-1)?.functionOutputs().get(id) ?? "";
  };
  assert((await run("one", gone)).includes(`${gone}\n`));
  assert((await run("two", kept)).includes(`${gone}\n`)); // the thread's own, for as long as it is there
  await rm(gone, { recursive: true });
  assert((await run("three", kept)).includes(`${kept}\n`));
});

test("runAgentJob reports no command as finished whose output a killed server has not written, even if its end is there [R-110]", async () => {
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  const { model } = scripted;
  const kept = new Map<string, Uint8Array>();
  const threads = memoryThreads(kept);
  await using whole = memoryStore();
  await using cut = memoryStore();
  await using codex = await Codex.start(scripted.options);
  const job = { id: "job-1", prompt: "one step" };
  model.enqueue(shellCommand("echo one", { callId: "one" }));
  model.enqueue(message("done"));
  await runAgentJob(job, { codex, store: whole, threads });

  // What is stored if the server is killed after the end of the command, and before its output.
  const owner = { thread: "job-1", runId: "job-1", ttlMs: 60_000 };
  const { checkpoint } = await whole.acquire(owner) ?? {};
  const decoder = new TextDecoder();
  const stored = checkpoint?.parts.map(({ key }) => decoder.decode(kept.get(key))).join("") ?? "";
  const lines = stored.split("\n");
  const bytes = new TextEncoder().encode(
    `${
      lines.slice(0, lines.findIndex((line) => line.includes('"call_id":"one","output"'))).join(
        "\n",
      )
    }\n`,
  );
  kept.set("cut", bytes);
  const owned = await cut.acquire(owner);
  assert(owned !== undefined && checkpoint !== undefined);
  await cut.commit(owned.lease, {
    after: 0,
    events: [{ type: "started", worker: "w1", resumed: false }],
    checkpoint: { ...checkpoint, parts: [{ key: "cut", bytes: bytes.length }] },
  });
  await cut.release(owned.lease);

  model.enqueue(shellCommand("echo again", { callId: "two" }));
  model.enqueue(message("done"));
  await runAgentJob(job, { codex, store: cut, threads });
  const ids = finished(await eventsOf(cut, job.id));
  assertEquals(ids.filter((id) => id === "one" || id === "two"), ["two"]);
});

test("a lost server is no failed attempt of runAgentJob, until a job has lost too many [R-110]", async () => {
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  const { model } = scripted;
  await using store = memoryStore();
  const threads = memoryThreads();
  const never = gate();
  const attempt = async (no: number): Promise<AgentJobResult> => {
    model.enqueue(never, message("never"));
    await using codex = await Codex.start(scripted.options);
    const deps = { codex, store, threads, isLastAttempt: true, maxLostServers: 1 };
    for (const maxLostServers of [NaN, -1]) {
      const endless = runAgentJob({ id: "poison", prompt: "" }, { ...deps, maxLostServers });
      await assertRejects(() => endless, RangeError, "maxLostServers");
    }
    const running = runAgentJob({ id: "poison", prompt: "Kill it." }, deps);
    running.catch(() => {});
    await model.waitForRequests(no);
    process.kill(codex.pid ?? 0, "SIGKILL");
    return await running;
  };
  await assertRejects(() => attempt(1), ServerLostError);
  const { status, attempts } = await attempt(2);
  assertEquals([status, attempts], ["failed", 2]);
  never.open();
  const codes = (await eventsOf(store, "poison")).flatMap((event) =>
    event.type === "attemptFailed" ? [event.code] : []
  );
  assertEquals(codes, ["server_lost", "server_lost"]);
});

test("a store that is away for a moment does not end an attempt of runAgentJob; a wrong password does at once [R-110]", async () => {
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  await using store = memoryStore();
  await using codex = await Codex.start(scripted.options);
  const threads = memoryThreads();
  scripted.model.enqueue(message("done"));
  const failing = new Set(["events", "acquire", "messages"]);
  const away = new Proxy(store, {
    get(whole, name): unknown {
      const method = Reflect.get(whole, name).bind(whole);
      if (!failing.delete(String(name))) return method;
      return () => Promise.reject(new Error("Connection terminated unexpectedly"));
    },
  });
  const result = await runAgentJob({ id: "run", prompt: "x" }, { codex, store: away, threads });
  assertEquals([result.status, result.attempts, failing.size], ["completed", 1, 0]);
  const error = Object.assign(new Error("password authentication failed"), { code: "28P01" });
  const closed = { ...memoryStore(), events: () => Promise.reject(error) } as FleetStore;
  const refused = runAgentJob({ id: "other", prompt: "x" }, { codex, store: closed, threads });
  await assertRejects(() => refused, Error, "password authentication failed");
});

test("a question is the same one when the next attempt works in another folder [R-110]", async () => {
  await using scripted = await ScriptedModel.start();
  const { model } = scripted;
  await using store = memoryStore();
  const threads = memoryThreads();
  const [gone, kept] = [`${scripted.options.cwd}/gone`, `${scripted.options.cwd}/kept`];
  await Promise.all([mkdir(gone), mkdir(kept)]);
  const asked = async (): Promise<string[]> =>
    (await eventsOf(store, "run")).flatMap((event) =>
      event.type === "request" ? [event.requestId] : []
    );
  const job = {
    id: "run",
    prompt: "x",
    threadOptions: { approvalMode: "ask", sandbox: "readOnly" },
  } as const;
  const leave = new AbortController();
  {
    model.enqueue(shellCommand("mkdir made", { callId: "one", escalate: "please" }));
    await using codex = await Codex.start({ ...scripted.options, cwd: gone });
    const first = runAgentJob(job, { codex, store, threads, signal: leave.signal });
    first.catch(() => {});
    for (const until = Date.now() + 30_000; (await asked()).length === 0;) {
      assert(Date.now() < until);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    leave.abort(new Error("left"));
    await assertRejects(() => first, Error, "left");
  }
  await rm(gone, { recursive: true });
  const [requestId = ""] = await asked();
  await store.post("run", { type: "answer", requestId, answer: "accept" });
  model.enqueue(shellCommand("mkdir made", { callId: "two", escalate: "please" }));
  model.enqueue(message("done"));
  await using codex = await Codex.start({ ...scripted.options, cwd: kept });
  const signal = AbortSignal.timeout(20_000);
  const result = await runAgentJob(job, { codex, store, threads, signal });
  assertEquals([result.finalResponse, await asked()], ["done", [requestId]]);
});
