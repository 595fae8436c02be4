/** A simple model of threads, turns, items and requests, and the steps that a client and its server can take. */
import { Codex, isCodexError, type Thread, TurnFailedError, type TurnHandle } from "../../mod.ts";
import {
  agentMessage,
  type FakeAppServer,
  fakeThreadStart,
  fakeTurn,
  notification,
} from "../../testing.ts";
import type { UserRequest } from "../../mod.ts";
import { completed, itemCompleted, settled, started, textOf } from "../client/_fixture.ts";
import { COMMAND, PARAMS } from "../client/requests/_requests.ts";
import { waitAtMost } from "../../src/util/timer.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { fc } from "../_support/property.ts";

/** A turn, as it should be. */
interface ModelTurn {
  readonly id: string;
  /** The texts of its messages. */
  readonly texts: string[];
  /** Whether the last message is still open. */
  isOpen: boolean;
}

/** A thread, as it should be. */
interface ModelThread {
  readonly id: string;
  turn: ModelTurn | undefined;
  /** Whether an input waits for the running turn to end. */
  isQueued: boolean;
  isClosed: boolean;
}

/** What should be true. */
export interface Model {
  readonly threads: ModelThread[];
  /** The ids of the open requests, and the turns that they belong to. */
  readonly requests: Map<string, string>;
  /** Counts turns, items and requests. */
  count: number;
  isDead: boolean;
}

/** What a caller sees of one turn. */
interface RealTurn {
  readonly handle: TurnHandle;
  readonly text: Promise<string>;
  readonly abort: AbortController;
}

/** A turn that waits for its thread. */
interface Queued {
  readonly turn: Promise<TurnHandle>;
  readonly abort: AbortController;
}

/** The client, its server, and what the caller holds. */
export interface Real {
  readonly server: FakeAppServer;
  readonly codex: Codex;
  readonly threads: Map<string, Thread>;
  readonly turns: Map<string, RealTurn>;
  /** The turns that wait for their thread. */
  readonly queued: Map<string, Queued>;
  /** Every request that was open once. */
  readonly requests: Map<string, UserRequest>;
  /** The id that the server gives the next turn. */
  nextTurn: string;
  /** How many steps were taken. */
  steps: number;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Milliseconds for a step, which waits for nothing but this process. */
const STEP_MS = 10_000;
const REASON: Error = new Error("the caller's reason");

export function newModel(): Model {
  return { threads: [], requests: new Map(), count: 0, isDead: false };
}

/** Starts a client of a server that does what the model says. */
export async function newReal(server: FakeAppServer): Promise<Real> {
  const real: Real = {
    server,
    codex: await Codex.start({ connect: server.connect, unhandled: "leave" }),
    threads: new Map(),
    turns: new Map(),
    queued: new Map(),
    requests: new Map(),
    nextTurn: "",
    steps: 0,
  };
  let threads = 0;
  server.on("thread/start", () => fakeThreadStart(`thread-${++threads}`));
  server.on("turn/start", () => ({ turn: fakeTurn(real.nextTurn) }));
  server.on("turn/steer", () => ({}));
  server.on("thread/unsubscribe", () => ({ status: "unsubscribed" }));
  server.on("turn/interrupt", ({ threadId, turnId }, request) => {
    request.reply({});
    server.sendBatch([completed("interrupted", {}, String(turnId), String(threadId))]);
  });
  return real;
}

/** Picks one of the threads that fulfil a condition. */
function pick(
  { threads }: Model,
  at: number,
  fits: (thread: ModelThread) => boolean,
): ModelThread | undefined {
  const some = threads.filter(fits);
  return some[at % Math.max(1, some.length)];
}

/** A step on one of the threads that fulfil a condition. */
class Step implements Command {
  readonly #name: string;
  readonly #at: number;
  readonly #fits: (thread: ModelThread, model: Model) => boolean;
  readonly #work: (thread: ModelThread, model: Model, real: Real) => Promise<void> | void;

  constructor(
    at: number,
    name: string,
    fits: (thread: ModelThread, model: Model) => boolean,
    work: (thread: ModelThread, model: Model, real: Real) => Promise<void> | void,
  ) {
    this.#at = at;
    this.#name = name;
    this.#fits = fits;
    this.#work = work;
  }

  check(model: Readonly<Model>): boolean {
    return !model.isDead && this.#pick(model) !== undefined;
  }

  async run(model: Model, real: Real): Promise<void> {
    const work = async (): Promise<true> => {
      await this.#work(this.#pick(model) as ModelThread, model, real);
      await compare(model, real);
      return true;
    };
    if (await waitAtMost(work(), STEP_MS) !== true) throw new Error(`${this} hangs`);
    real.steps++;
  }

  toString(): string {
    return `${this.#name}(${this.#at})`;
  }

  #pick(model: Model): ModelThread | undefined {
    return pick(model, this.#at, (thread) => !thread.isClosed && this.#fits(thread, model));
  }
}

/** Compares everything that a caller can see. */
async function compare(model: Model, real: Real): Promise<void> {
  await settled(real);
  for (const { id, turn, isClosed } of model.threads) {
    const shown = real.threads.get(id)?.activeTurn()?.id;
    assertEquals(shown, isClosed ? undefined : turn?.id, `the running turn of ${id}`);
    if (turn === undefined) continue;
    const { handle } = real.turns.get(turn.id) as RealTurn;
    const texts = handle.partialResult().items.map((item) => (item as { text: string }).text);
    assertEquals(texts, turn.texts, `the messages of ${turn.id}`);
  }
  const open = real.codex.openRequests();
  for (const request of open) real.requests.set(String(request.id), request);
  assertEquals(open.map(({ id }) => String(id)), [...model.requests.keys()], "the open requests");
}

const isIdle = ({ turn }: ModelThread): boolean => turn === undefined;
const isBusy = ({ turn }: ModelThread): boolean => turn !== undefined;
const hasOpenItem = ({ turn }: ModelThread): boolean => turn?.isOpen === true;

function newTurn(thread: ModelThread, model: Model, real: Real): ModelTurn {
  const turn: ModelTurn = { id: `turn-${++model.count}`, texts: [], isOpen: false };
  thread.turn = turn;
  real.nextTurn = turn.id;
  return turn;
}

function hold(real: Real, handle: TurnHandle, abort: AbortController): void {
  const text = textOf(handle.textStream({ onLeave: "detach" }));
  text.catch(() => {});
  handle.run().catch(() => {});
  real.turns.set(handle.id, { handle, text, abort });
}

async function start(thread: ModelThread, model: Model, real: Real): Promise<void> {
  const { id } = newTurn(thread, model, real);
  const abort = new AbortController();
  const handle = await (real.threads.get(thread.id) as Thread).turn("hi", { signal: abort.signal });
  assertEquals([handle.id, handle.threadId], [id, thread.id]);
  hold(real, handle, abort);
  real.server.sendBatch([started(id, thread.id)]);
}

async function startWhileBusy(thread: ModelThread, _model: Model, real: Real): Promise<void> {
  const error = await (real.threads.get(thread.id) as Thread).run("hi").catch((why: unknown) =>
    why
  );
  assert(isCodexError(error) && error.code === "turn_active", String(error));
}

function delta(thread: ModelThread, model: Model, real: Real): void {
  const turn = thread.turn as ModelTurn;
  if (!turn.isOpen) turn.texts.push("");
  turn.isOpen = true;
  const at = turn.texts.length - 1;
  const text = `${++model.count} \u00e4 `;
  turn.texts[at] += text;
  const params = { threadId: thread.id, turnId: turn.id, itemId: `item-${at}` };
  real.server.sendBatch([
    ...turn.texts[at] === text
      ? [notification("item/started", { ...params, item: agentMessage(`item-${at}`, "") })]
      : [],
    notification("item/agentMessage/delta", { ...params, delta: text }),
  ]);
}

function completeItem({ id, turn }: ModelThread, _model: Model, { server }: Real): void {
  const { texts, id: turnId } = turn as ModelTurn;
  (turn as ModelTurn).isOpen = false;
  const at = texts.length - 1;
  server.sendBatch([itemCompleted(agentMessage(`item-${at}`, texts[at] ?? ""), turnId, id)]);
}

function ask({ id, turn }: ModelThread, model: Model, { server }: Real): void {
  const request = `ask-${++model.count}`;
  const turnId = (turn as ModelTurn).id;
  model.requests.set(request, turnId);
  const params = { ...PARAMS[COMMAND], threadId: id, turnId, itemId: request };
  server.sendBatch([{ method: COMMAND, id: request, params }]);
}

function answersTo({ server }: Real, id: string): number {
  return server.received.filter((message) => message.id === id && !("method" in message)).length;
}

const asked = (turn: ModelTurn | undefined, { requests }: Model): string[] =>
  [...requests].filter(([, turnId]) => turnId === turn?.id).map(([id]) => id);

async function answer(thread: ModelThread, model: Model, real: Real): Promise<void> {
  const id = asked(thread.turn, model)[0] as string;
  const request = real.requests.get(id) as UserRequest;
  if (request.kind !== "commandApproval") throw new Error(request.kind);
  request.approve();
  model.requests.delete(id);
  await settled(real);
  assertEquals([answersTo(real, id), request.state], [1, "answered"]);
}

async function resolve(thread: ModelThread, model: Model, real: Real): Promise<void> {
  const requestId = asked(thread.turn, model)[0] as string;
  model.requests.delete(requestId);
  real.server.notify("serverRequest/resolved", { threadId: thread.id, requestId });
  await settled(real);
  const request = real.requests.get(requestId) as UserRequest;
  let error: unknown;
  try {
    request.decline();
  } catch (why) {
    error = why;
  }
  assert(isCodexError(error), `a late answer: ${String(error)}`);
  assertEquals(answersTo(real, requestId), 0);
}

/** The turn has ended: its handle, its reader and its requests show it. */
async function over(
  thread: ModelThread,
  model: Model,
  real: Real,
  status: string,
  reason?: unknown,
): Promise<void> {
  const turn = thread.turn as ModelTurn;
  thread.turn = undefined;
  for (const id of asked(turn, model)) model.requests.delete(id);
  const { handle, text } = real.turns.get(turn.id) as RealTurn;
  const end = await handle.run().catch((error: unknown) => error);
  const result = handle.partialResult();
  assertEquals(result.items.map((item) => (item as { text: string }).text), turn.texts);
  const read = await text.catch((error: unknown) => error);
  if (reason !== undefined) return assertEquals([end, read], [reason, reason]);
  assertEquals(result.status, status);
  if (status === "failed") {
    assert(end instanceof TurnFailedError && read === end, `${String(end)}, ${String(read)}`);
  } else assertEquals(read, turn.texts.join("\n\n"));
}

/** The running turn ends; an input that waits for the thread then starts the next one. */
async function endBy(
  thread: ModelThread,
  model: Model,
  real: Real,
  end: (turn: ModelTurn) => Promise<void> | void,
  status: string,
  reason?: unknown,
): Promise<void> {
  const turn = thread.turn as ModelTurn;
  const next = thread.isQueued ? `turn-${++model.count}` : undefined;
  if (next !== undefined) real.nextTurn = next;
  await end(turn);
  await over(thread, model, real, status, reason);
  if (next === undefined) return;
  thread.isQueued = false;
  thread.turn = { id: next, texts: [], isOpen: false };
  const { turn: starting, abort } = real.queued.get(thread.id) as Queued;
  const handle = await starting;
  assertEquals(handle.id, next);
  hold(real, handle, abort);
  real.server.sendBatch([started(next, thread.id)]);
}

function ends(
  status: "completed" | "failed" | "interrupted",
): (thread: ModelThread, model: Model, real: Real) => Promise<void> {
  const failure = { message: "no", codexErrorInfo: null, additionalDetails: null };
  const error = status === "failed" ? failure : null;
  return (thread: ModelThread, model: Model, real: Real): Promise<void> =>
    endBy(
      thread,
      model,
      real,
      ({ id }) => real.server.sendBatch([completed(status, { error } as never, id, thread.id)]),
      status,
    );
}

const interrupt = (thread: ModelThread, model: Model, real: Real): Promise<void> =>
  endBy(
    thread,
    model,
    real,
    async ({ id }) => await real.turns.get(id)?.handle.interrupt(),
    "interrupted",
  );

async function abort(thread: ModelThread, model: Model, real: Real): Promise<void> {
  const end = ({ id }: ModelTurn): void => real.turns.get(id)?.abort.abort(REASON);
  await endBy(thread, model, real, end, "interrupted", REASON);
}

async function steer({ turn }: ModelThread, _model: Model, { turns }: Real): Promise<void> {
  await turns.get((turn as ModelTurn).id)?.handle.steer("more");
}

function queue(thread: ModelThread, _model: Model, real: Real): void {
  thread.isQueued = true;
  const abort = new AbortController();
  const options = { whenBusy: "queue", signal: abort.signal } as const;
  const turn = (real.threads.get(thread.id) as Thread).turn("next", options);
  turn.catch(() => {});
  real.queued.set(thread.id, { turn, abort });
}

async function close(thread: ModelThread, model: Model, real: Real): Promise<void> {
  const { id, turn } = thread;
  await real.threads.get(id)?.close();
  thread.isClosed = true;
  if (turn !== undefined) await over(thread, model, real, "interrupted");
  if (!thread.isQueued) return;
  const error = await real.queued.get(id)?.turn.catch((why: unknown) => why);
  assert(isCodexError(error) && error.code === "thread_closed", String(error));
}

/** What belongs to nobody, or comes too late, changes nothing. */
function noise({ id }: ModelThread, _model: Model, { server }: Real): void {
  const late = { threadId: id, turnId: "turn-0", itemId: "item-0", delta: "late" };
  server.sendBatch([
    notification("item/agentMessage/delta", late),
    notification("item/agentMessage/delta", { ...late, threadId: "thread-99" }),
    completed("completed", {}, "turn-99", "thread-99"),
    notification("serverRequest/resolved", { threadId: id, requestId: "ask-0" }),
  ]);
}

/** Opens a thread. */
class Open implements Command {
  check({ threads, isDead }: Readonly<Model>): boolean {
    return !isDead && threads.filter(({ isClosed }) => !isClosed).length < 3;
  }

  async run(model: Model, real: Real): Promise<void> {
    const thread = await real.codex.threadStart();
    assertEquals(thread.id, `thread-${model.threads.length + 1}`);
    model.threads.push({ id: thread.id, turn: undefined, isQueued: false, isClosed: false });
    real.threads.set(thread.id, thread);
  }

  toString(): string {
    return "open()";
  }
}

/** The server crashes: everything settles, and nothing works from then on. */
class Crash implements Command {
  check({ isDead, count }: Readonly<Model>): boolean {
    return !isDead && count > 20; // otherwise most rounds would be short
  }

  async run(model: Model, { server, codex, threads, turns, queued }: Real): Promise<void> {
    model.isDead = true;
    server.exit({ code: 101 });
    await codex.exited;
    for (const { turn, isQueued, id } of model.threads) {
      const waits = [
        ...turn === undefined ? [] : [turns.get(turn.id)?.handle.run(), turns.get(turn.id)?.text],
        ...isQueued ? [queued.get(id)?.turn] : [],
        threads.get(id)?.read(),
      ];
      for (const wait of waits) {
        const error = await Promise.resolve(wait).catch((why: unknown) => why);
        assert(isCodexError(error), String(error));
      }
    }
    assertEquals(codex.openRequests(), []);
  }

  toString(): string {
    return "crash()";
  }
}

const busy = (name: string, work: ConstructorParameters<typeof Step>[3]): fc.Arbitrary<Command> =>
  fc.nat(9).map((at) => new Step(at, name, isBusy, work));

/** All steps. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.constant(new Open()),
  fc.constant(new Open()),
  fc.nat(9).map((at) => new Step(at, "start", isIdle, start)),
  fc.nat(9).map((at) => new Step(at, "close", (_thread, { count }) => count % 5 === 4, close)),
  fc.nat(9).map((at) => new Step(at, "noise", () => true, noise)),
  fc.nat(9).map((at) => new Step(at, "completeItem", hasOpenItem, completeItem)),
  fc.nat(9).map((at) =>
    new Step(at, "queue", (thread) => isBusy(thread) && !thread.isQueued, queue)
  ),
  fc.nat(9).map((at) =>
    new Step(at, "answer", ({ turn }, model) => asked(turn, model).length > 0, answer)
  ),
  fc.nat(9).map((at) =>
    new Step(at, "resolve", ({ turn }, model) => asked(turn, model).length > 0, resolve)
  ),
  busy("startWhileBusy", startWhileBusy),
  busy("delta", delta),
  busy("delta", delta),
  busy("ask", ask),
  busy("steer", steer),
  busy("complete", ends("completed")),
  busy("fail", ends("failed")),
  busy("interrupted", ends("interrupted")),
  busy("interrupt", interrupt),
  busy("abort", abort),
  fc.constant(new Crash()),
];
