/** Turns of all kinds over connections that are cut at random, compared with the server's own history. */
import {
  ApprovalMode,
  Codex,
  type ServerNotification,
  type Thread,
  tool,
  type Turn,
  type TurnHandle,
} from "../../mod.ts";
import { OutcomeUnknownError, TurnLostError } from "../../errors.ts";
import {
  deltas,
  functionCall,
  type Gate,
  gate,
  message,
  type RecordedRequest,
  type ResponseStep,
  shellCommand,
} from "../../testing.ts";
import { type Connect, type Gap, resilient } from "../../transport.ts";
import { Cutter } from "./_cutter.ts";
import { ListeningServer } from "./_listening_server.ts";
import { unix } from "../../transports/unix.ts";
import { websocket } from "../../transports/websocket.ts";

/** What was done, and what went wrong. */
export interface Tally {
  turns: number;
  /** How many of the turns were for a goal. */
  goals: number;
  /** How many steers were sent. */
  steers: number;
  cuts: number;
  restarts: number;
  items: number;
  tools: number;
  approvals: number;
  /** Starts that ended with `OutcomeUnknownError`. */
  unknownStarts: number;
  /** The same of steers: one shows in the history only when the model reads it. */
  unknownSteers: number;
  /** Milliseconds from each loss to the end of its repair, in order. */
  gapsMs: number[];
  faults: Faults;
}

/** What must never happen. */
export interface Faults {
  lostItems: number;
  doubledItems: number;
  wrongTexts: number;
  lostEnds: number;
  doubledTurns: number;
  repeatedTools: number;
  askedTwice: number;
}

/** The kinds of turns, which a prompt begins with. */
const KINDS = ["text", "command", "approval", "tool", "typed", "goal"] as const;

/** No fault. */
export const NO_FAULTS: Faults = {
  lostItems: 0,
  doubledItems: 0,
  wrongTexts: 0,
  lostEnds: 0,
  doubledTurns: 0,
  repeatedTools: 0,
  askedTwice: 0,
};

/** A run. */
export interface MarathonOptions {
  readonly seed: number;
  readonly turns: number;
  /** Whether the server is killed and started again at times. */
  readonly restarts?: boolean;
  /** Whether the server listens at a path or, with a token, at a port. */
  readonly at?: "path" | "port";
}

/** Numbers from 0 to 1 that a seed determines. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs turns while connections are cut, and counts what went wrong. */
export async function marathon(options: MarathonOptions): Promise<Tally> {
  const { seed, turns, restarts = false } = options;
  const random = seeded(seed);
  let run: Run | undefined;
  await using server = await ListeningServer.start(
    { respond: (request) => run?.respond(request) },
    options.at,
  );
  await using ours = await Cutter.start(server.path("ours.sock"), server.address);
  await using theirs = await Cutter.start(server.path("theirs.sock"), server.address);
  const { tally, shelf } = run = new Run(server, random);
  const onGap = ({ ms }: Gap): void => void tally.gapsMs.push(ms);
  const over = (name: string, { port }: Cutter): Connect => {
    const { token } = server;
    const connect = options.at === "port"
      ? websocket(`ws://127.0.0.1:${port}`, { token })
      : unix(server.path(name));
    return resilient(connect, { baseDelayMs: 20, onGap });
  };
  await using codex = await Codex.start({
    connect: over("ours.sock", ours),
    onCommandApproval: async (approval) => {
      run?.ask(JSON.stringify(approval.params));
      await run?.pause(30);
      approval.approve();
    },
  });
  await using onlooker = await Codex.start({
    connect: over("theirs.sock", theirs),
    unhandled: "leave",
  });
  const thread = await codex.threadStart({
    tools: [shelf],
    approvalMode: ApprovalMode.ask,
  });
  let watching: Promise<void> | undefined;
  for (let number = 0; number < turns; number++) {
    const mistreatments = [ours, theirs].map((cutter) => mistreat(cutter, random));
    // A thread whose first turn was not stored is lost with its server.
    const restart = restarts && number > 0 && random() < 0.4 ? run.restart() : undefined;
    await run.turn(thread, number);
    for (const stop of mistreatments) stop();
    await restart;
    if (watching !== undefined || tally.turns === 0) continue;
    // The first turn stored the thread, so it can be opened.
    await onlooker.threadResume(thread.id);
    watching = run.watch(onlooker);
  }
  tally.cuts = ours.cuts + theirs.cuts;
  await run.compare(thread);
  await run.untilWatched();
  await onlooker.close();
  await watching;
  run.compareWatched();
  return tally;
}

/** An event of a turn with a fault. */
function lineOf({ method, params }: ServerNotification): string {
  const { item, turn, goal, isRestarted } = params as Record<string, { id: string } | undefined>;
  return `  ${method} ${item?.id ?? JSON.stringify(turn ?? goal ?? isRestarted) ?? ""}`;
}

/** Whether a turn begins with a prompt, which the turns of a goal do not. */
function isPrompted({ items: [first] }: Turn): boolean {
  return first?.type === "userMessage" && /"[a-z]+ \d+"/.test(JSON.stringify(first.content));
}

/** How many turns a goal takes. */
function partsOf(number: number): number {
  return 1 + number % 3;
}

/** The text of a message of the user, or the objective of a goal. */
function textOf({ content, output }: RecordedRequest["inputItems"][number]): string {
  if (typeof output === "string") return output;
  const [part] = Array.isArray(content) ? content as { readonly text?: string }[] : [];
  return part?.text ?? "";
}

/** Mistreats connections until it is stopped. */
function mistreat(cutter: Cutter, random: () => number): () => void {
  const timers: ReturnType<typeof setTimeout>[] = [];
  const later = (ms: number, act: () => void): void => void timers.push(setTimeout(act, ms));
  for (let bad = Math.floor(random() * 3); bad > 0; bad--) {
    const kind = random();
    cutter.next.push({
      ...(kind < 0.4 ? { cutAfter: Math.floor(random() * 15_000) } : {}),
      ...(kind > 0.4 && kind < 0.7 ? { cutAfterSent: Math.floor(random() * 2_000) } : {}),
      ...(random() < 0.3 ? { pieceBytes: 1 + Math.floor(random() * 100) } : {}),
      ...(random() < 0.2 ? { delayMs: 1 + Math.floor(random() * 10) } : {}),
    });
  }
  if (random() < 0.3) cutter.cut();
  for (let cuts = 1 + Math.floor(random() * 2); cuts > 0; cuts--) {
    const ms = random() * 200;
    if (random() < 0.2) later(Math.max(0, ms - 30), () => cutter.freeze());
    later(ms, () => cutter.cut());
  }
  return () => {
    for (const timer of timers) clearTimeout(timer);
    cutter.next.length = 0;
    cutter.cut(); // one that is frozen would stay so
  };
}

class Run {
  readonly tally: Tally = {
    ...{
      turns: 0,
      goals: 0,
      steers: 0,
      cuts: 0,
      restarts: 0,
      items: 0,
      tools: 0,
      approvals: 0,
      unknownStarts: 0,
    },
    unknownSteers: 0,
    gapsMs: [],
    faults: { ...NO_FAULTS },
  };
  readonly shelf = tool<{ part: string }>({
    name: "shelf",
    description: "Counts parts.",
    input: { type: "object", properties: { part: { type: "string" } }, required: ["part"] },
    run: async ({ part }, { callId }) => {
      if (this.#runs.has(callId)) this.#fault("repeatedTools", callId);
      this.#runs.add(callId);
      this.tally.tools = this.#runs.size;
      await this.pause(30);
      return `${part}: 3`;
    },
  });
  readonly #server: ListeningServer;
  readonly #random: () => number;
  readonly #runs = new Set<string>();
  readonly #asked = new Set<string>();
  /** The events of each turn, as its stream gave them. */
  readonly #told = new Map<string, ServerNotification[]>();
  /** The events of each turn that the onlooker saw begin. */
  readonly #watched = new Map<string, ServerNotification[]>();
  /** The ids of the turns that run for a goal, each with the number of its parts at most. */
  readonly #goals = new Map<string, number>();
  /** How many parts of a goal the history shows. */
  readonly #parts = new Map<string, number>();
  /** How many requests the model got for each goal. */
  readonly #steps = new Map<number, number>();
  #isGoal = false;
  #history: readonly Turn[] = [];

  constructor(server: ListeningServer, random: () => number) {
    this.#server = server;
    this.#random = random;
  }

  /** Waits up to this long. */
  pause(maxMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#random() * maxMs));
  }

  /** Records an approval that a person was asked for. */
  ask(what: string): void {
    if (this.#asked.has(what)) this.#fault("askedTwice", what);
    this.#asked.add(what);
    this.tally.approvals = this.#asked.size;
  }

  /** Kills the server in the middle of a turn and starts it again. */
  async restart(): Promise<void> {
    await this.pause(200);
    await this.#server.kill();
    this.tally.restarts++;
    await this.#server.start();
  }

  /** Runs one turn and records what its stream tells. */
  async turn(thread: Thread, number: number): Promise<void> {
    const { restarts } = this.tally;
    try {
      const turn = await this.#start(thread, number);
      this.tally.turns++;
      const events: ServerNotification[] = [];
      this.#told.set(turn.id, events);
      const steering = this.#random() < 0.2 ? this.#steer(turn) : undefined;
      for await (const event of turn.stream()) events.push(event);
      await steering;
      // A part that a restart has interrupted is followed by another one.
      const extra = this.tally.restarts - restarts;
      if (this.#isGoal) this.#goals.set(turn.id, partsOf(number) + extra);
    } catch (error) {
      // A server that is killed between its reply and the store of the turn loses the turn.
      if (error instanceof TurnLostError && this.tally.restarts > 0) return;
      if (!(error instanceof OutcomeUnknownError)) throw error;
      this.tally.unknownStarts++;
    }
  }

  /** Records what an onlooker sees of the turns that begin from now on. */
  async watch(onlooker: Codex): Promise<void> {
    for await (const event of onlooker.notifications()) {
      const params = (event.params ?? {}) as { turnId?: string; turn?: { id: string } };
      const turnId = params.turnId ?? params.turn?.id ?? "";
      if (event.method === "turn/started" && !this.#watched.has(turnId)) {
        this.#watched.set(turnId, []);
      }
      this.#watched.get(turnId)?.push(event);
    }
  }

  /** Compares the streams with the history. */
  async compare(thread: Thread): Promise<void> {
    this.#history = await this.read(thread);
    // A start whose outcome is unknown may have left a turn.
    let unknown = this.tally.unknownStarts;
    const whole: Turn[] = [];
    for (const turn of this.#history) {
      const last = whole.at(-1);
      if (this.#told.has(turn.id)) whole.push(turn);
      else if (last !== undefined && this.#goals.has(last.id) && !isPrompted(turn)) {
        // The turns of a goal follow each other, and its stream is one.
        whole[whole.length - 1] = { ...last, items: [...last.items, ...turn.items] };
        this.#parts.set(last.id, (this.#parts.get(last.id) ?? 1) + 1);
      } else if (unknown-- <= 0) this.#fault("doubledTurns", turn.id);
    }
    for (const turn of whole) this.#compareTurn(turn, this.#told.get(turn.id) ?? []);
    for (const [turnId, most] of this.#goals) {
      const parts = this.#parts.get(turnId) ?? 1;
      const extra = Math.max(0, parts - most);
      unknown -= extra;
      if (extra > 0 && unknown < 0) {
        this.#fault("doubledTurns", `${parts} of at most ${most} for ${turnId}`);
      }
    }
  }

  /** Waits until the onlooker, whose connection may have been cut at the end too, has seen every end. */
  async untilWatched(): Promise<void> {
    const hasEnded = (events: readonly ServerNotification[]): boolean =>
      events.some(({ method }) => method === "turn/completed");
    for (let waits = 0; waits < 1_000 && ![...this.#watched.values()].every(hasEnded); waits++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Compares what the onlooker has seen with the history. */
  compareWatched(): void {
    for (const turn of this.#history) {
      const events = this.#watched.get(turn.id);
      if (events !== undefined) this.#compareTurn(turn, events);
    }
  }

  async read(thread: Thread): Promise<readonly Turn[]> {
    const turns: Turn[] = [];
    const order = { itemsView: "full", sortDirection: "asc" } as const;
    for await (const turn of thread.turns(order)) turns.push(turn);
    return turns;
  }

  async #steer(turn: TurnHandle): Promise<void> {
    await this.pause(60);
    this.tally.steers++;
    await turn.steer("and").catch((error: unknown) => {
      if (error instanceof OutcomeUnknownError) this.tally.unknownSteers++;
    });
  }

  async #start(thread: Thread, number: number): Promise<TurnHandle> {
    const random = KINDS[Math.floor(this.#random() * KINDS.length)];
    const kind = number === 1 ? "goal" : random; // also in a short run
    const input = `${kind} ${number}`;
    this.#isGoal = kind === "goal";
    if (kind === "goal") {
      this.tally.goals++;
      return await thread.turn(input, { goal: true });
    }
    if (kind !== "typed") return await thread.turn(input);
    const properties = { answer: { type: "number" } };
    const outputSchema = {
      type: "object",
      properties,
      required: ["answer"],
      additionalProperties: false,
    };
    return await thread.turn(input, { outputSchema });
  }

  /** The model: a call and then an answer, or only that. */
  respond(request: RecordedRequest): readonly ResponseStep[] {
    const asked = request.inputItems.map(textOf).findLast((text) => /^[a-z]+ \d+$/.test(text));
    const [kind, number] = (asked ?? "text 0").split(" ");
    if (kind === "goal") return this.#pursue(request, Number(number));
    const callId = `call-${number}`;
    if (!request.functionOutputs().has(callId)) {
      if (kind === "command") return [shellCommand("echo one; sleep 0.05; echo two", { callId })];
      if (kind === "approval") return [shellCommand("echo free", { callId, escalate: "test" })];
      if (kind === "tool") return [functionCall("shelf", { part: "gear" }, { callId })];
    }
    if (kind === "typed") return [message(`{"answer":${number}}`)];
    return [deltas(this.#slow(`${number} some "words" and more, `.repeat(8)))];
  }

  /** The model for a goal: some turns that end with a text, and one that ends the goal. */
  #pursue(request: RecordedRequest, number: number): readonly ResponseStep[] {
    const step = this.#steps.get(number) ?? 0;
    this.#steps.set(number, step + 1);
    const callId = `end-${number}-${step}`;
    const hasEnded = String(request.inputItems.at(-1)?.["call_id"]).startsWith("end-");
    if (!hasEnded && step + 1 >= partsOf(number)) {
      return [functionCall("update_goal", { status: "complete" }, { callId })];
    }
    return [deltas(this.#slow(`${number} a "step" and more, `.repeat(4)))];
  }

  /** A text in pieces with pauses. */
  #slow(text: string): (string | Gate)[] {
    return text.split(/(?<= )/).flatMap((word) => {
      if (this.#random() > 0.1) return [word];
      const pause = gate();
      void pause.reached.then(() => this.pause(40)).then(() => pause.open());
      return [word, pause];
    });
  }

  #compareTurn(
    turn: Turn,
    events: readonly ServerNotification[],
  ): void {
    const counts = new Map<string, number>();
    const texts = new Map<string, string>();
    for (const event of events) {
      const { method } = event;
      if (method === "item/started" || method === "item/completed") {
        const key = `${method} ${event.params.item.id}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      } else if (method === "turn/started" || method === "turn/completed") {
        counts.set(method, (counts.get(method) ?? 0) + 1);
      } else if (method === "item/agentMessage/delta") {
        const { itemId, delta } = event.params;
        texts.set(itemId, (texts.get(itemId) ?? "") + delta);
      }
    }
    const before = JSON.stringify(this.tally.faults);
    for (const [key, count] of counts) if (count > 1) this.#fault("doubledItems", key);
    if (counts.get("turn/completed") !== 1) this.#fault("lostEnds", turn.id);
    for (const item of turn.items) {
      this.tally.items++;
      for (const method of ["item/started", "item/completed"]) {
        if (!counts.has(`${method} ${item.id}`)) this.#fault("lostItems", `${method} ${item.id}`);
      }
      if (item.type === "agentMessage" && texts.get(item.id) !== item.text) {
        this.#fault("wrongTexts", `${texts.get(item.id)} | ${item.text}`);
      }
    }
    if (before !== JSON.stringify(this.tally.faults)) console.error(events.map(lineOf).join("\n"));
  }

  #fault(kind: keyof Faults, what: string): void {
    this.tally.faults[kind]++;
    console.error(`${kind}: ${what}`);
  }
}
