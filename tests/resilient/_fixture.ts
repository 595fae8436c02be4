/** A client over `resilient()` and a scripted server whose connections can be lost. */
import { Codex, type CodexOptions, type ServerNotification, type Thread } from "../../mod.ts";
import type { ThreadItem, Turn } from "../../protocol.ts";
import { FakeAppServer, fakeThreadStart, fakeTurn, notification } from "../../testing.ts";
import {
  type Connect,
  type Gap,
  resilient,
  type ResilientOptions,
  tapTransport,
} from "../../transport.ts";

export const THREAD = "thread-1";
export const TURN = "turn-1";

/** A scripted server with one thread. */
export class Peer implements AsyncDisposable {
  readonly server: FakeAppServer = new FakeAppServer();
  /** What was told to `onGap`. */
  readonly gaps: Gap[] = [];
  /** The frames that reached the client. */
  readonly told: string[] = [];
  /** The turns in the history of the thread, oldest first. */
  turns: Turn[] = [];
  /** The threads that the server has loaded. */
  loaded: string[] = [THREAD];
  /** What the server sends when the thread is resumed. */
  onResume: () => void = () => {};
  #codex: Codex | undefined;

  constructor() {
    this.server
      .on("thread/start", () => fakeThreadStart(THREAD))
      .on("thread/unsubscribe", () => ({ status: "unsubscribed" }))
      .on("thread/loaded/list", () => ({ data: this.loaded, nextCursor: null }))
      .on("thread/resume", () => {
        this.onResume();
        const isActive = this.turns.some((turn) => turn?.status === "inProgress");
        const status = isActive
          ? { type: "active" as const, activeFlags: [] }
          : { type: "idle" as const };
        return { ...fakeThreadStart(THREAD, { status }), turnsBackwardsCursor: null };
      })
      .on("thread/turns/list", () => ({ data: this.turns.toReversed(), nextCursor: null }))
      .on("turn/start", () => ({ turn: fakeTurn(TURN) }));
  }

  /** Starts a client. */
  async codex(options: CodexOptions = {}, how: ResilientOptions = {}): Promise<Codex> {
    const onGap = (gap: Gap): void => void this.gaps.push(gap);
    const open = resilient(this.server.connect, { onGap, ...how });
    const connect: Connect = async (opening) =>
      tapTransport(await open(opening), { onReceive: (frame) => this.told.push(frame) });
    return this.#codex = await Codex.start({ connect, ...options });
  }

  /** Starts a client with a thread. */
  async thread(options: CodexOptions = {}, how: ResilientOptions = {}): Promise<Thread> {
    return await (await this.codex(options, how)).threadStart();
  }

  /** Sends a notification of the turn. */
  tell(method: string, params: object = {}): void {
    this.server.notify(method, { threadId: THREAD, turnId: TURN, ...params });
  }

  /** Sends the start of an item. */
  start(item: ThreadItem): void {
    this.tell("item/started", { item, startedAtMs: 0 });
  }

  /** Sends the end of an item. */
  complete(item: ThreadItem): void {
    this.tell("item/completed", { item, completedAtMs: 0 });
  }

  /** Sends the start of the turn. */
  begin(): void {
    this.server.notify("turn/started", { threadId: THREAD, turn: fakeTurn(TURN) });
  }

  /** Sends the end of the turn. */
  end(items: ThreadItem[] = []): void {
    const turn = fakeTurn(TURN, "completed", { items, itemsView: "summary" });
    this.server.notify("turn/completed", { threadId: THREAD, turn });
  }

  /** Loses the connection, and waits until there is another one and the client knows what it has missed. */
  async lose(): Promise<Gap> {
    const before = this.gaps.length;
    this.server.exit();
    while (this.gaps.length === before) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.gaps.at(-1) as Gap;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#codex?.close();
    await this.server[Symbol.asyncDispose]();
  }
}

/** The delta of a message. */
export function delta(itemId: string, text: string): ReturnType<typeof notification> {
  const params = { threadId: THREAD, turnId: TURN, itemId, delta: text };
  return notification("item/agentMessage/delta", params);
}

/** The events as short lines. */
export function lines(events: readonly ServerNotification[]): string[] {
  return events.map((event) => {
    switch (event.method) {
      case "item/started":
      case "item/completed":
        return `${event.method} ${event.params.item.id}`;
      case "item/agentMessage/delta":
        return `delta ${event.params.itemId} ${event.params.delta}`;
      case "sdk/gap":
        return `sdk/gap ${event.params.items}`;
      default:
        return event.method;
    }
  });
}
