/** A client over a fake server, and helpers that most tests of the client share. */
import { Codex, TurnFailedError } from "../../mod.ts";
import type {
  CodexOptions,
  Connect,
  ServerNotification,
  Thread,
  ThreadSettings,
  TurnHandle,
  TurnResult,
} from "../../mod.ts";
import {
  agentMessage,
  FakeAppServer,
  fakeThreadStart,
  fakeTurn,
  notification,
  turnEvents,
} from "../../testing.ts";
import type { FakeMessage, TurnEventsOptions } from "../../testing.ts";
import type { Turn } from "../../protocol.ts";
import { assertInstanceOf } from "../_support/assert.ts";

export const THREAD = "thread-1";
export const TURN = "turn-1";

/** A client and its fake server; disposing closes both. */
export interface Connected extends AsyncDisposable {
  readonly server: FakeAppServer;
  readonly codex: Codex;
}

/** A fake server that opens threads and starts turns, and the client connected to it. */
export interface Fixture extends Connected {
  readonly thread: Thread;
}

/** Creates a client of a fake server. */
export function clientOf(server: FakeAppServer, options: CodexOptions = {}): Connected {
  const codex = new Codex({ connect: server.connect, ...options });
  return {
    server,
    codex,
    async [Symbol.asyncDispose](): Promise<void> {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/**
 * Creates a fake server that opens `thread-1` and starts `turn-1`, `turn-2` and so on, which do nothing by themselves.
 */
export function fakeServer(settings: Partial<ThreadSettings> = {}): FakeAppServer {
  const server = new FakeAppServer({}, { maxMessages: 100_000 });
  let turns = 0;
  let threads = 0;
  server.on("thread/start", () => ({ ...fakeThreadStart(`thread-${++threads}`), ...settings }));
  server.on("turn/start", () => ({ turn: fakeTurn(`turn-${++turns}`) }));
  server.on("turn/interrupt", ({ threadId, turnId }, request) => {
    request.reply();
    server.sendBatch([completed("interrupted", {}, String(turnId), String(threadId))]);
  });
  server.on("thread/unsubscribe", () => ({ status: "unsubscribed" }));
  return server;
}

/** Creates a client with an open thread of these settings; disposing closes both ends. */
export async function open(
  options: CodexOptions = {},
  settings: Partial<ThreadSettings> = {},
): Promise<Fixture> {
  const client = clientOf(fakeServer(settings), options);
  return { ...client, thread: await client.codex.threadStart() };
}

/** The notifications of a complete turn of `thread-1`. */
export function events(options: Partial<TurnEventsOptions> = {}): FakeMessage[] {
  return turnEvents({ threadId: THREAD, turnId: TURN, ...options });
}

/** A delta of the message `item`. */
export function delta(
  text: string,
  item = "item-1",
  turnId: string = TURN,
  threadId: string = THREAD,
): FakeMessage {
  return notification("item/agentMessage/delta", { threadId, turnId, itemId: item, delta: text });
}

/** The completion of an item. */
export function itemCompleted(
  item: unknown,
  turnId: string = TURN,
  threadId: string = THREAD,
): FakeMessage {
  return notification("item/completed", { threadId, turnId, item, completedAtMs: 0 });
}

/** The beginning of a turn. */
export function started(turnId: string = TURN, threadId: string = THREAD): FakeMessage {
  return notification("turn/started", { threadId, turn: fakeTurn(turnId) });
}

/** The end of a turn. */
export function completed(
  status: string = "completed",
  overrides: Partial<Turn> = {},
  turnId: string = TURN,
  threadId: string = THREAD,
): FakeMessage {
  const turn = fakeTurn(turnId, status as Turn["status"], overrides);
  return notification("turn/completed", { threadId, turn });
}

/** A turn that answers with one message. */
export function answer(text: string, turnId: string = TURN): FakeMessage[] {
  return events({ turnId, items: [agentMessage(`message of ${turnId}`, text)] });
}

/** Returns the methods of all events until the reader's end. */
export async function methods(stream: AsyncIterable<ServerNotification>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of stream) seen.push(event.method);
  return seen;
}

/** Returns all text of a reader. */
export async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}

/** Returns how many requests for a method arrived. */
export function count(server: FakeAppServer, method: string): number {
  return server.received.filter((message) => message.method === method).length;
}

/** Waits until everything sent so far has been delivered: a request is answered after it. */
export async function settled({ server, codex }: Pick<Fixture, "server" | "codex">): Promise<void> {
  server.on("thread/loaded/list", () => ({ data: [], nextCursor: null }));
  await codex.request("thread/loaded/list", {});
}

/** Returns the value that a promise rejects with. */
export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("The promise was fulfilled");
}

/** A signal that counts its listeners. */
export function countingSignal(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const added = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>): void => {
    const [, listener, options] = args;
    added.add(listener);
    add(...args);
    // The runtime removes such a listener itself.
    if (typeof options === "object" && options.once) add("abort", () => added.delete(listener));
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
    added.delete(args[1]);
    remove(...args);
  };
  return { controller, listeners: () => added.size };
}

/** Makes the server complete the turn of a handle. */
export async function finish(server: FakeAppServer, turn: TurnHandle, text = "ok"): Promise<void> {
  server.sendBatch(answer(text, turn.id));
  await turn.run();
}

/** Returns the outcome of `thread.run()` when the server sends these. */
export async function runTurn(messages: readonly FakeMessage[]): Promise<TurnResult> {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: TURN } });
    server.sendBatch(messages);
  });
  return await thread.run("hi");
}

/** The error of a turn that fails in this way. */
export async function failureOf(
  messages: readonly FakeMessage[],
): Promise<TurnFailedError<TurnResult>> {
  const error = await reasonOf(runTurn(messages));
  assertInstanceOf(error, TurnFailedError);
  return error as TurnFailedError<TurnResult>;
}

/** Counts the connections to a server. */
export function counting(server: FakeAppServer): { connect: Connect; connects: () => number } {
  let connects = 0;
  return {
    connect: (options) => {
      connects++;
      return server.connect(options);
    },
    connects: () => connects,
  };
}
