/** What passes between the client and the connections of the server, and what is kept of it. */
import { ReconnectError } from "../errors/outcome_errors.ts";
import type { Turn } from "../generated/types.ts";
import type { RequestId } from "../rpc/messages.ts";
import { AskedRequests } from "./asked_requests.ts";
import type { Gap } from "./gap.ts";
import { type GoalFate, lookUpGoals } from "./goal_calls.ts";
import {
  follow,
  followAll,
  type Followed,
  missedTurns,
  turnOfMessage,
  type Wanted,
} from "./history.ts";
import { Logins } from "./logins.ts";
import {
  AgentPieces,
  fieldsOf,
  type Message,
  methodOf,
  parse,
  replyIdOf,
  requestOf,
  stringOf,
} from "./peek.ts";
import { type PendingCall, PendingCalls } from "./pending_calls.ts";
import { RefusedError, type ServerLink } from "./server_link.ts";
import type { ThreadRecord } from "./thread_record.ts";
import { isAboutThreads, Threads } from "./threads.ts";
import { startedTurn } from "./turn_record.ts";
import { Watches } from "./watches.ts";

/** Milliseconds after which a server unloads a thread that nobody follows. */
const UNLOAD_MS = 60_000;
/** What a server says at each connection. */
const GREETING = /^\{"method":"(?:configWarning|deprecationNotice)"/;

/** How long the client was without a connection. */
export interface Outage {
  readonly attempts: number;
  /** Milliseconds since the loss. */
  readonly ms: () => number;
}

/** The reply to `initialize`, as far as it says who the server is. */
interface Server {
  readonly codexHome: unknown;
  readonly userAgent: string;
}

/** What a new connection has shown. */
interface Found {
  /** The reply to `initialize`. */
  readonly reply: unknown;
  readonly outage: Outage;
  readonly restarted: boolean;
}

/** One client, over any number of connections. */
export class Session {
  readonly #threads = new Threads();
  readonly #calls = new PendingCalls();
  readonly #asked = new AskedRequests();
  readonly #watches = new Watches();
  readonly #logins = new Logins();
  readonly #pieces = new AgentPieces();
  readonly #emit: (frames: readonly string[]) => void;
  #link: ServerLink;
  #server: Server | undefined;
  /** The server before the connection was lost. */
  #before: Server | undefined;
  #initialize: Readonly<Record<string, unknown>> | undefined;
  /** Methods of notifications that the client does not want. */
  #unwanted: ReadonlySet<unknown> = new Set();
  /** The frames that wait until the client has got what comes before them. */
  #held: string[] | undefined;

  /** Passes the first connection's frames on to `emit`. */
  constructor(link: ServerLink, emit: (frames: readonly string[]) => void) {
    this.#link = link;
    this.#emit = emit;
  }

  /** Handles frames of the client; fulfils when the connection has taken it or has ended. */
  async send(frame: string): Promise<void> {
    const request = requestOf(frame);
    if (request !== undefined) return await this.#request(request.id, request.method, frame);
    const message = parse(frame);
    if (message?.method === undefined) return await this.#answer(message, frame);
    if (message.id != null) return await this.#request(message.id, message.method, frame);
    if (message.method === "initialized") {
      if (this.#link.isInitialized) return;
      this.#link.isInitialized = true;
    }
    await this.#link.send(frame);
  }

  /** Handles frames of the server. */
  receive(link: ServerLink, frames: readonly string[]): void {
    if (link !== this.#link) return;
    const delivered: string[] = [];
    for (const frame of frames) {
      if (link.takeReply(frame)) continue;
      if (this.#held !== undefined) this.#held.push(frame);
      else this.#handle(frame, delivered);
    }
    if (delivered.length > 0) this.#emit(delivered);
  }

  /** Records that the connection was lost. */
  lose(): void {
    this.#held = undefined;
    this.#threads.lose();
    this.#before = this.#server;
    this.#deliver(this.#asked.lost());
  }

  /**
   * Takes over a new connection: delivers what the client has missed, and resends what can be resent.
   *
   * @throws {ReconnectError} if it leads to another server
   */
  async attach(link: ServerLink, outage: Outage): Promise<Gap | undefined> {
    this.#link = link;
    if (this.#initialize === undefined) return undefined;
    this.#held = [];
    const before = this.#before;
    const greeting = await this.#greet(link, outage);
    const followed = await followAll(link, this.#threads.all, this.#wanted);
    const fates = await lookUpGoals(link, this.#calls.all.filter(({ kind }) => kind === "goal"));
    await this.#watches.renew(link);
    const held = this.#held;
    const restarted = isRestarted(followed, outage, before, greeting.server);
    const logins = await this.#logins.missed(link, restarted);
    const items = this.#catchUp(followed, held, { ...greeting, outage, restarted });
    this.#deliver(logins);
    const { resent, unknown } = this.#sendAgain(link, followed, fates);
    this.#replay(held);
    return {
      ms: Math.round(outage.ms()),
      attempts: outage.attempts,
      threads: followed.filter(({ lost }) => lost === undefined).length,
      items,
      reloaded: idsOf(followed.filter(({ isReloaded, lost }) => isReloaded && lost === undefined)),
      lost: idsOf(followed.filter(({ lost }) => lost !== undefined)),
      resent,
      unknown,
      restarted,
      userAgent: greeting.server.userAgent,
      previousUserAgent: before?.userAgent ?? greeting.server.userAgent,
    };
  }

  // From the client.

  async #request(id: RequestId, method: string, frame: string): Promise<void> {
    const call = this.#calls.add(id, method, frame);
    if (method === "initialize") this.#introduce(call);
    if (call.kind === "goal") call.goalBefore = this.#threads.get(call.threadId ?? "")?.goal;
    await this.#link.send(call.frame);
  }

  async #answer(message: Message | undefined, frame: string): Promise<void> {
    if (message?.id == null) return await this.#link.send(frame);
    const answer = this.#asked.answer(message, this.#link.number);
    if (answer === undefined) return;
    await this.#link.send(answer.id === message.id ? frame : JSON.stringify(answer));
  }

  #introduce({ params }: PendingCall): void {
    this.#initialize = params;
    const { optOutNotificationMethods } = fieldsOf(params.capabilities);
    const unwanted: unknown = optOutNotificationMethods;
    this.#unwanted = new Set(Array.isArray(unwanted) ? unwanted : []);
  }

  // From the server.

  /** Handles a frame of the server; what the client gets is added to `delivered`. */
  #handle(frame: string, delivered: string[]): void {
    const place = this.#pieces.read(frame);
    if (place !== undefined) {
      if (this.#threads.append(place, this.#pieces.text)) delivered.push(frame);
      return;
    }
    const method = methodOf(frame);
    if (method?.endsWith("elta") && !this.#threads.isGapped) return void delivered.push(frame);
    const id = method === undefined ? replyIdOf(frame) : undefined;
    if (id !== undefined) return this.#reply(id, frame, delivered);
    const message = parse(frame);
    if (message === undefined) return void delivered.push(frame);
    if (message.method !== undefined && message.id == null) this.#notify(message, frame, delivered);
    else if (message.method !== undefined) this.#ask(message, frame, delivered);
    else if (message.id != null) this.#reply(message.id, frame, delivered);
    else delivered.push(frame);
  }

  #reply(id: RequestId, frame: string, delivered: string[]): void {
    delivered.push(frame);
    const call = this.#calls.take(id);
    if (call === undefined) return;
    const { method, threadId } = call;
    if (method.startsWith("fs/")) this.#watches.replied(call);
    if (method === "account/login/start") this.#logins.started(parse(frame)?.result, this.#link);
    const thread = threadId === undefined ? undefined : this.#threads.get(threadId);
    if (isAboutThreads(method) || method === "initialize") {
      const result = parse(frame)?.result;
      if (result === undefined) return;
      if (method === "initialize") this.#server ??= serverIn(result);
      this.#threads.replied(method, call.params, result);
    }
    // Its first turn stores the thread, and so it can be followed.
    if (thread?.isFollowed === false && call.kind !== "again") this.#catchUpWith(thread);
  }

  #ask(message: Message, frame: string, delivered: string[]): void {
    const { ask, answer, gone } = this.#asked.arrive(message, this.#link.number);
    for (const one of gone) this.#push(delivered, one);
    if (ask !== undefined) delivered.push(ask === message ? frame : JSON.stringify(ask));
    if (answer !== undefined) void this.#link.send(JSON.stringify(answer));
  }

  #notify(message: Message, frame: string, delivered: string[]): void {
    const params = fieldsOf(message.params);
    const isLogin = message.method === "account/login/completed";
    if (isLogin && !this.#logins.ended(params.loginId)) return;
    if (message.method === "serverRequest/resolved") {
      const resolved = this.#asked.resolved(message);
      delivered.push(resolved === message ? frame : JSON.stringify(resolved));
      return;
    }
    if (message.method === "turn/completed") {
      const turnId = stringOf(fieldsOf(params.turn).id) ?? "";
      const thread = this.#threads.get(stringOf(params.threadId) ?? "");
      const turn = thread?.hasEnded(turnId) ? undefined : thread?.turn(turnId);
      if (thread && turn?.isGapped && !turn.isWhole) {
        // What ended while the connection was lost may have reached the history only now.
        turn.isWhole = true;
        return this.#catchUpWith(thread, frame);
      }
      this.#asked.turnEnded(turnId);
    }
    const instead = this.#threads.observe(message);
    if (instead === undefined) delivered.push(frame);
    else for (const one of instead) this.#push(delivered, one);
  }

  // After the loss of a connection.

  /** Introduces the client again, as at first. */
  async #greet(
    link: ServerLink,
    { attempts, ms }: Outage,
  ): Promise<{ readonly server: Server; readonly reply: unknown }> {
    const reply = await link.call("initialize", this.#initialize).catch((cause: unknown) => {
      if (!(cause instanceof RefusedError)) throw cause;
      const why = "the server refuses the client";
      throw new ReconnectError(why, { attempts, downMs: Math.round(ms()), cause });
    });
    const server = serverIn(reply);
    const known = this.#server ??= server;
    if (known.codexHome !== server.codexHome) {
      const why = `the server is another one: its home is ${String(server.codexHome)}`;
      throw new ReconnectError(why, { attempts, downMs: Math.round(ms()) });
    }
    this.#server = server;
    link.isInitialized = true;
    await link.send('{"method":"initialized"}');
    return { server, reply };
  }

  /** Tells the client everything that it has missed; returns the number of items. */
  #catchUp(followed: readonly Followed[], held: string[], found: Found): number {
    const delivered: string[] = [];
    for (const call of this.#calls.all) {
      if (call.method !== "initialize") continue;
      this.#calls.take(call.id);
      delivered.push(call.reply(found.reply));
    }
    const heard = held.map(parse).filter((message) => message !== undefined);
    for (const message of heard) {
      const isRequest = message.method !== undefined && message.id != null;
      if (isRequest) this.#asked.mark(message, this.#link.number);
    }
    // A turn that ended meanwhile has no use for its tokens after its end.
    const early = held.filter((frame) => methodOf(frame) === "thread/tokenUsage/updated");
    delivered.push(...early);
    const later = held.filter((frame) => !early.includes(frame) && !GREETING.test(frame));
    held.splice(0, held.length, ...later);
    let items = 0;
    for (const one of followed) items += this.#catchUpThread(one, { ...found, heard }, delivered);
    this.#threads.settle();
    if (delivered.length > 0) this.#emit(delivered);
    return items;
  }

  /** Tells what was missed of one thread; returns the number of items. */
  #catchUpThread(
    one: Followed,
    { heard, outage, restarted }: Found & { readonly heard: readonly Message[] },
    delivered: string[],
  ): number {
    const { thread, status, isReloaded, lost } = one;
    const { id: threadId } = thread;
    thread.isReloaded = false;
    const running = thread.open.map(({ id }) => id);
    const begun = this.#settleStarts(one, heard, delivered);
    const merged = thread.merge(one.turns);
    const isIdle = status !== undefined && fieldsOf(status).type !== "active";
    // A server that is killed between its reply and the store of the turn loses the turn.
    if (isIdle) thread.drop(running.filter((turnId) => !one.turns.some(({ id }) => id === turnId)));
    for (const turnId of new Set([...running, ...begun])) {
      const items = merged.items.get(turnId) ?? 0;
      const loss = { ms: Math.round(outage.ms()), attempts: outage.attempts };
      const params = { threadId, turnId, ...loss, items, isReloaded, isRestarted: restarted };
      this.#push(delivered, { method: "sdk/gap", params });
    }
    const gone = thread.isFollowed ? this.#asked.gone(threadId, this.#link.number) : [];
    for (const message of [...merged.delivered, ...gone]) this.#push(delivered, message);
    if (lost !== undefined) {
      this.#push(delivered, { method: "thread/closed", params: { threadId } });
      this.#threads.leave(threadId);
    } else if (status !== undefined) {
      this.#push(delivered, { method: "thread/status/changed", params: { threadId, status } });
    }
    return [...merged.items.values()].reduce((sum, items) => sum + items, 0);
  }

  /** Answers the requests that sent a message which the history shows; returns the ids of their turns. */
  #settleStarts(
    { thread, turns }: Followed,
    heard: readonly Message[],
    delivered: string[],
  ): readonly string[] {
    const found: string[] = [];
    for (const call of this.#calls.all) {
      const { kind, messageId } = call;
      if (kind !== "lookUp" || messageId === undefined || call.threadId !== thread.id) continue;
      const turn = turnOfMessage(turns, messageId) ?? turnHeard(heard, messageId);
      if (turn === undefined) continue;
      this.#calls.take(call.id);
      if (call.method === "turn/steer") delivered.push(call.reply({ turnId: turn.id }));
      else {
        delivered.push(call.reply({ turn: startedTurn(turn) }));
        thread.replied(turn.id);
        found.push(turn.id);
      }
    }
    return found;
  }

  /** Sends the requests again that can be, and rejects the others. */
  #sendAgain(
    link: ServerLink,
    followed: readonly Followed[],
    fates: ReadonlyMap<PendingCall, GoalFate>,
  ): { readonly resent: string[]; readonly unknown: string[] } {
    // One of their turns may be that of a start that was not found.
    const doubtful = new Set(idsOf(followed.filter(({ isDoubtful }) => isDoubtful)));
    const resent: string[] = [];
    const unknown: string[] = [];
    const delivered: string[] = [];
    for (const call of this.#calls.all) {
      const { id, method, threadId = "" } = call;
      const fate = fates.get(call);
      const isDoubtful = method === "turn/start" && doubtful.has(threadId);
      if (method === "turn/interrupt" && this.#hasEnded(call)) {
        this.#calls.take(id);
        delivered.push(call.reply({}));
      } else if (typeof fate === "object") {
        this.#calls.take(id);
        this.#threads.replied(method, call.params, fate.result);
        delivered.push(call.reply(fate.result));
      } else if (fate === "again" || (call.isRepeatable && !isDoubtful)) {
        resent.push(method);
        void link.send(call.frame);
      } else {
        this.#calls.take(id);
        unknown.push(method);
        delivered.push(call.unknown);
      }
    }
    if (delivered.length > 0) this.#emit(delivered);
    return { resent, unknown };
  }

  #hasEnded({ params, threadId = "" }: PendingCall): boolean {
    return this.#threads.get(threadId)?.hasEnded(stringOf(params.turnId) ?? "") === true;
  }

  /** Reads one thread again on a connection that works; `frame` waits for it, as does what comes after. */
  #catchUpWith(thread: ThreadRecord, frame?: string): void {
    const link = this.#link;
    const held: string[] = this.#held = frame === undefined ? [] : [frame];
    const read = async (): Promise<void> => {
      const { turns } = thread.isFollowed
        ? await missedTurns(link, thread).catch(ifRefused)
        : await follow(link, thread, { wanted: this.#wanted, isLoaded: true });
      if (this.#held !== held) return;
      this.#deliver(thread.merge(turns).delivered);
      this.#threads.settle();
      this.#replay(held);
    };
    read().catch(() => link.drop());
  }

  /** Handles the frames that were held, up to one after which others must wait again. */
  #replay(held: string[]): void {
    if (this.#held !== held) return;
    this.#held = undefined;
    const delivered: string[] = [];
    for (const [at, frame] of held.entries()) {
      this.#handle(frame, delivered);
      const again = this.#held as string[] | undefined;
      if (again === undefined) continue;
      again.push(...held.slice(at + 1));
      break;
    }
    if (delivered.length > 0) this.#emit(delivered);
  }

  readonly #wanted: Wanted = {
    messages: (threadId) =>
      this.#calls.all
        .filter((call) => call.method === "turn/start" && call.threadId === threadId)
        .flatMap(({ messageId }) => messageId ?? []),
    isStarting: (threadId) =>
      this.#calls.all.some((call) =>
        (call.method === "turn/start" || call.method === "thread/goal/set") &&
        call.threadId === threadId
      ),
  };

  #deliver(messages: readonly object[]): void {
    const delivered: string[] = [];
    for (const message of messages) this.#push(delivered, message);
    if (delivered.length > 0) this.#emit(delivered);
  }

  /** Adds a message of our own, unless the client does not want its kind. */
  #push(delivered: string[], message: object): void {
    if ("method" in message && this.#unwanted.has(message.method)) return;
    delivered.push(JSON.stringify(message));
  }
}

function idsOf(followed: readonly Followed[]): readonly string[] {
  return followed.map(({ thread }) => thread.id);
}

function serverIn(reply: unknown): Server {
  const { codexHome, userAgent } = fieldsOf(reply);
  return { codexHome, userAgent: stringOf(userAgent) ?? "" };
}

/** Whether threads are gone that only a new process can have lost. */
function isRestarted(
  followed: readonly Followed[],
  outage: Outage,
  before: Server | undefined,
  server: Server,
): boolean {
  if (before !== undefined && before.userAgent !== server.userAgent) return true;
  return followed.some(({ isReloaded, turns }) =>
    isReloaded &&
    (outage.ms() < UNLOAD_MS || turns.some(({ status }) => status === "interrupted"))
  );
}

/** Returns the turn that a new connection has already reported. */
function turnHeard(heard: readonly Message[], messageId: string): Turn | undefined {
  for (const { method, params } of heard) {
    if (method !== "item/started" && method !== "item/completed") continue;
    const { item, turnId } = fieldsOf(params);
    if (fieldsOf(item).clientId !== messageId || typeof turnId !== "string") continue;
    return {
      id: turnId,
      rootTurnId: turnId,
      items: [],
      itemsView: "notLoaded",
      status: "inProgress",
      error: null,
      startedAt: null,
      completedAt: null,
      durationMs: null,
    };
  }
  return undefined;
}

/** Without a history, the client continues with what it has. */
function ifRefused(error: unknown): { readonly turns: readonly Turn[] } {
  if (error instanceof RefusedError) return { turns: [] };
  throw error;
}
