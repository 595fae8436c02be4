/** Runs one cell of the matrix, and judges it by the same rules as every other one. */
import process from "node:process";
import { Codex, isCodexError } from "../../mod.ts";
import { FakeAppServer, type FakeMessage, type FakeRequest } from "../../testing.ts";
import type { Connect } from "../../src/transport/transport.ts";
import { completed, countingSignal } from "../client/_fixture.ts";
import "./_loaded.ts";
import { type FakeClock, fakeClock } from "../_support/fake_clock.ts";
import "../_support/loaded_modules.ts";
import type { Fault, Scene } from "./_faults.ts";
import { HEALTHY, LIMIT_MS, type Step, type Subject } from "./_steps.ts";

/** How the bytes between the client and the server travel. */
export interface Carrier {
  readonly name: string;
  readonly over: (connect: Connect) => Connect;
}

/** Milliseconds for a client to close: an interrupt, a silent peer, and one that has to be ended. */
const CLOSE_MS = 10_000;
/** Milliseconds after which a step counts as one that hangs. */
const HANGS_MS = 120_000;
/** Milliseconds of the transport to notice its end, and for rounding. */
const SLACK_MS = 2_100;

/** How a cell ended. */
export interface Verdict {
  readonly outcome: "value" | "error" | "hang";
  readonly error?: unknown;
  /** Milliseconds until the step settled. */
  readonly tookMs: number;
  /** Milliseconds that the client took to close then. */
  readonly closeMs: number;
  /** What is wrong; nothing in a green cell. */
  readonly faults: readonly string[];
}

const REASON: Error = new Error("the caller's reason");

function healthyServer(): FakeAppServer {
  const server = new FakeAppServer();
  for (const [method, reply] of Object.entries(HEALTHY)) server.on(method, () => reply);
  server.on("turn/interrupt", ({ threadId, turnId }, request) => {
    request.reply();
    server.sendBatch([completed("interrupted", {}, String(turnId), String(threadId))]);
  });
  return server;
}

/** A callback of a caller that always throws. */
function fails(): never {
  throw new Error("a callback that throws");
}

/** Whether a caller can tell what an error is about. */
function isTyped(error: unknown): boolean {
  return error === REASON || isCodexError(error);
}

/** A clock that all cells of a step share: they run at the same time. */
type Clock = Pick<FakeClock, "elapsedMs">;

/** Runs the step with the faults, and returns what is wrong, and in which cell. */
export async function runStep(
  step: Step,
  faults: readonly Fault[],
  carrier: Carrier,
  onVerdict: (cell: string, verdict: Verdict) => void = () => {},
): Promise<string[]> {
  const row = `${step.name} / ${carrier.name}`;
  const red: string[] = [];
  const unhandled = (error: unknown): void => void red.push(`${row}: unhandled: ${String(error)}`);
  process.on("unhandledRejection", unhandled);
  try {
    using clock = fakeClock({ limitMs: Infinity, waitsForModules: true });
    await Promise.all(faults.map(async (fault) => {
      const cell = `${step.name} / ${fault.name} / ${carrier.name}`;
      const verdict = await judge(step, fault, carrier, clock);
      onVerdict(cell, verdict);
      red.push(...verdict.faults.map((wrong) => `${cell}: ${wrong}`));
    }));
  } catch (error) {
    red.push(`${row}: ${String(error)}`); // timers are left
  }
  await new Promise((resolve) => setImmediate(resolve)); // unhandled rejections are reported by then
  process.off("unhandledRejection", unhandled);
  return red;
}

async function judge(
  step: Step,
  fault: Fault,
  carrier: Carrier,
  clock: Clock,
): Promise<Verdict> {
  const faults: string[] = [];
  const { controller, listeners } = countingSignal();
  const server = healthyServer();
  const connect = carrier.over(server.connect);
  const codex = await Codex.start({ connect, onDiagnostic: fails, onCommandApproval: fails });
  codex.on("item/agentMessage/delta", fails);
  codex.notifications(); // which nobody reads
  const thread = await codex.threadStart();
  const limits = { signal: controller.signal, timeoutMs: LIMIT_MS };
  const subject: Subject = { codex, thread, server, limits };
  const made = await step.prepare?.(subject);
  const timers: ReturnType<typeof setTimeout>[] = [];
  const later = (ms: number, work: () => void): void => void timers.push(setTimeout(work, ms));
  const close = (): void => void codex.close();
  const abort = (): void => controller.abort(REASON);
  const begin = (request?: FakeRequest): void => {
    if (happened) return void request?.reply(step.reply);
    happened = true;
    const scene = sceneOf(step, { server, request, later, close, abort });
    if (fault.happen === undefined) scene.reply();
    else fault.happen(scene);
  };
  let happened = false;
  if (step.method !== undefined) {
    server.on(step.method, (_params, request) => {
      begin(request);
      return new Promise(() => {});
    });
  }
  fault.before?.(sceneOf(step, { server, request: undefined, later, close, abort }));
  const startedMs = clock.elapsedMs;
  const outcome = attempt(() => step.run(subject, made as never));
  if (step.method === undefined) later(1, () => happened || begin());
  if (step.isEndless) later(LIMIT_MS, close);
  const ended = await Promise.race([outcome, hangs(later)]);
  const tookMs = clock.elapsedMs - startedMs;
  const closingMs = clock.elapsedMs;
  const closed = await Promise.race([codex.close().then(() => true), hangs(later)]);
  const closeMs = clock.elapsedMs - closingMs;
  if (closed !== true || closeMs > CLOSE_MS) faults.push(`close() took ${closeMs} ms`);
  await server[Symbol.asyncDispose]();
  for (const timer of timers) clearTimeout(timer);
  if (listeners() > 0) faults.push(`${listeners()} listeners are left on the signal`);
  check(step, fault, { ...ended, tookMs, closeMs }, faults);
  return { ...ended, tookMs, closeMs, faults };
}

type Ended = Pick<Verdict, "outcome" | "error">;

async function attempt(work: () => Promise<unknown>): Promise<Ended> {
  try {
    await work();
    return { outcome: "value" };
  } catch (error) {
    return { outcome: "error", error };
  }
}

function hangs(later: Scene["later"]): Promise<Ended> {
  return new Promise((resolve) => later(HANGS_MS, () => resolve({ outcome: "hang" })));
}

/** What every step must do, whatever the fault. */
function check(
  { isEndless = false, isMoot = false, undoMs = 0, method }: Step,
  { ends, isDeaf = false }: Fault,
  { outcome, error, tookMs }: Omit<Verdict, "faults">,
  faults: string[],
): void {
  if (outcome === "hang") return void faults.push("it hangs");
  if (outcome === "error" && !isTyped(error)) faults.push(`not typed: ${String(error)}`);
  const isLimited = method !== undefined && !isEndless && !isMoot && undoMs === 0;
  if (isLimited && ends !== undefined && outcome !== ends) {
    faults.push(`it ended with ${outcome === "error" ? String(error) : "a value"}`);
  }
  const limitMs = LIMIT_MS + (isDeaf ? undoMs : Math.max(undoMs, SLACK_MS)) +
    (isEndless ? CLOSE_MS : 0);
  if (tookMs > limitMs) faults.push(`it settled after ${tookMs} ms, past ${limitMs}`);
}

interface Parts extends Pick<Scene, "server" | "later" | "close" | "abort"> {
  readonly request: FakeRequest | undefined;
}

function sceneOf({ reply, events = [] }: Step, { server, request, ...others }: Parts): Scene {
  const id = request?.id;
  const send = (messages: readonly FakeMessage[]): void => {
    try {
      server.sendBatch(messages);
    } catch {
      // The client has gone.
    }
  };
  return {
    ...others,
    server,
    id,
    healthy: id === undefined ? events.at(-1)?.params : reply,
    reply: (...given) => {
      if (id !== undefined) {
        const result = given.length > 0 ? given[0] : reply;
        return send([{ id, result }, ...events]);
      }
      // A step that only waits gets its last notification changed.
      const last = events.at(-1) as FakeMessage;
      const changed = given.length > 0 ? [{ ...last, params: given[0] }] : [];
      send([...(given.length > 0 ? events.slice(0, -1) : events), ...changed]);
    },
    fail: (error) => {
      if (id !== undefined) return send([{ id, error }]);
      send([{ method: "error", params: { error, threadId: "thread-1", turnId: "turn-1" } }]);
    },
  };
}
