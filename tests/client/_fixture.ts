/** A client over a fake server, and the few things that most tests of the client do. */
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

/** A fake server that opens threads and starts turns, and the client that talks to it. */
export interface Fixture extends AsyncDisposable {
  readonly server: FakeAppServer;
  readonly codex: Codex;
  readonly thread: Thread;
}

/** A fake server that opens `thread-1` and starts `turn-1`, `turn-2` and so on, which do nothing by themselves. */
export function fakeServer(settings: Partial<ThreadSettings> = {}): FakeAppServer {
  const server = new FakeAppServer();
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

/** A client with an open thread, of these settings; both ends are closed at the end. */
export async function open(
  options: CodexOptions = {},
  settings: Partial<ThreadSettings> = {},
): Promise<Fixture> {
  const server = fakeServer(settings);
  const codex = new Codex({ connect: server.connect, ...options });
  const thread = await codex.threadStart();
  return {
    server,
    codex,
    thread,
    async [Symbol.asyncDispose](): Promise<void> {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The notifications of a whole turn of `thread-1`. */
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

/** An item's completion. */
export function itemCompleted(
  item: unknown,
  turnId: string = TURN,
  threadId: string = THREAD,
): FakeMessage {
  return notification("item/completed", { threadId, turnId, item, completedAtMs: 0 });
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

/** Every method that a reader of events gives until its end. */
export async function methods(stream: AsyncIterable<ServerNotification>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of stream) seen.push(event.method);
  return seen;
}

/** All the text of a reader. */
export async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}

/** How many requests for a method came. */
export function count(server: FakeAppServer, method: string): number {
  return server.received.filter((message) => message.method === method).length;
}

/** Everything that was sent so far has been handed out once a request was answered after it. */
export async function settled({ server, codex }: Pick<Fixture, "server" | "codex">): Promise<void> {
  server.on("thread/loaded/list", () => ({ data: [], nextCursor: null }));
  await codex.request("thread/loaded/list", {});
}

/** What a promise rejects with, whatever that is. */
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
    // The runtime takes such a listener away itself.
    if (typeof options === "object" && options.once) add("abort", () => added.delete(listener));
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
    added.delete(args[1]);
    remove(...args);
  };
  return { controller, listeners: () => added.size };
}

/** The turn of a handle, driven to its end by the server. */
export async function finish(server: FakeAppServer, turn: TurnHandle, text = "ok"): Promise<void> {
  server.sendBatch(answer(text, turn.id));
  await turn.run();
}

/** What `thread.run()` comes to when the server sends these. */
export async function runTurn(messages: readonly FakeMessage[]): Promise<TurnResult> {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: TURN } });
    server.sendBatch(messages);
  });
  return await thread.run("hi");
}

/** The failure that such a turn ends with. */
export async function failureOf(
  messages: readonly FakeMessage[],
): Promise<TurnFailedError<TurnResult>> {
  const error = await reasonOf(runTurn(messages));
  assertInstanceOf(error, TurnFailedError);
  return error as TurnFailedError<TurnResult>;
}

/** Counts how often a server is connected to. */
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
