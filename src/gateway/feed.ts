/** What one thread does, as a state and a log of its changes, for any number of readers. */
import { isCodexError } from "../errors/codex_error.ts";
import type { Thread as StoredThread, Turn, TurnError } from "../generated/types.ts";
import type { UserRequest } from "../client/requests/request_kinds.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { after, now } from "../util/clock.ts";
import { isRecord } from "../util/is_record.ts";
import { EventLog, type EventLogLimits } from "./event_log.ts";
import { FeedItem, isAdded } from "./feed_items.ts";
import { FeedTurn, headOf, turnError } from "./feed_turns.ts";
import type { GatewayThread } from "./port.ts";
import { requestData } from "./request_data.ts";
import type { RequestData, ThreadData, ThreadEvent, ThreadSnapshot, TurnHead } from "./wire.ts";

/** Characters that make a piece worth a frame of its own. */
const PIECE_CHARS = 96;
/** Milliseconds between two pieces if there are that many characters, and if there are fewer. */
const PIECE_MS = [40, 250] as const;
/** Milliseconds between two reports of the diff of a turn, each of which is the whole diff. */
const DIFF_MS = 2_000;
/** What is known of a message that is under way. */
const MESSAGE = {
  type: "agentMessage",
  text: "…",
  phase: null,
  delivery: null,
  moderation: null,
  memoryCitation: null,
  questions: null,
} as const;
/** Characters of the first message that make the preview of a new thread. */
const PREVIEW_CHARS = 200;

/** Options of a feed. */
export interface FeedOptions {
  readonly log: EventLogLimits;
  /** How many turns a snapshot has. */
  readonly turns: number;
  /** How many characters the items have, about. */
  readonly chars: number;
  /** Whether decisions that outlive the thread are offered. */
  readonly always: boolean;
  /** The name of a directory for pages. */
  readonly workspaceOf: (cwd: string) => string | null;
  /** Called once, when the feed has ended. */
  readonly onEnd: () => void;
  /** Called when a turn has ended or a request was answered. */
  readonly onQuiet: () => void;
}

/** What is known of a thread when its feed opens. */
export interface FeedStart {
  readonly stored?: StoredThread | undefined;
  /** The last turns, oldest first. */
  readonly turns?: readonly Turn[];
  readonly hasOlder?: boolean;
}

/** An open request. */
export interface FeedRequest {
  readonly request: UserRequest;
  readonly data: RequestData;
}

/** Why a feed has ended. */
export interface FeedEnd {
  readonly code: string;
  readonly message: string;
}

/** Reads a thread from the moment it is created; the readers of pages read its log. */
export class ThreadFeed {
  readonly thread: GatewayThread;
  readonly log: EventLog;
  /** The requests that are open, by the id for pages. */
  readonly requests: Map<string, FeedRequest> = new Map();
  readonly #options: FeedOptions;
  readonly #events: ReturnType<GatewayThread["events"]>;
  readonly #inbox: ReturnType<GatewayThread["requests"]>;
  readonly #turns: FeedTurn[] = [];
  readonly #items: Map<string, FeedItem> = new Map();
  /** Text that is not in the log yet, by item and path. */
  readonly #pending: Map<string, { key: number; path: string | undefined; text: string }> =
    new Map();
  #data: ThreadData;
  #hasOlder = false;
  #nextKey = 1;
  /** Characters of the items, about: exact when they are bounded. */
  #chars = 0;
  #pendingChars = 0;
  #flushedAt = -Infinity;
  #diff: { readonly turn: FeedTurn; readonly diff: string } | undefined;
  #diffAt = -Infinity;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #end: FeedEnd | undefined;

  /** Subscribes to a thread; `begin()` reads what arrives. */
  constructor(thread: GatewayThread, options: FeedOptions) {
    this.thread = thread;
    this.#options = options;
    this.log = new EventLog(options.log);
    this.#events = thread.events();
    this.#inbox = thread.requests();
    this.#data = this.#threadData(undefined);
  }

  /** Why the feed has ended; `undefined` while it runs. */
  get ended(): FeedEnd | undefined {
    return this.#end;
  }

  /** The id of the running turn. */
  get activeTurnId(): string | undefined {
    const { id, status } = this.#turns.at(-1)?.head ?? {};
    return status === "inProgress" ? id : undefined;
  }

  /** The thread as a page sees it. */
  get data(): ThreadData {
    return this.#data;
  }

  /** Takes over what is stored, and reads the thread from then on. */
  begin({ stored, turns = [], hasOlder = false }: FeedStart): void {
    this.#data = this.#threadData(stored);
    this.#hasOlder = hasOlder;
    for (const turn of turns) {
      const kept = this.#addTurn(turn);
      for (const item of turn.items) this.#addItem(kept, item).end({ item });
    }
    this.#chars = this.#sized();
    void this.#readEvents();
    void this.#readRequests();
  }

  /** Returns everything that a page needs to show the thread, as of the end of the log. */
  snapshot(): ThreadSnapshot {
    this.#flush();
    return {
      type: "snapshot",
      thread: this.#data,
      turns: this.#turns.map(({ data }) => data),
      hasOlder: this.#hasOlder,
      requests: [...this.requests.values()].map(({ data }) => data),
    };
  }

  /** Notes that a turn was started, which its first notification may not have told yet. */
  expect(turnId: string): void {
    if (this.#end === undefined) this.#startTurn({ id: turnId });
  }

  /** Changes what pages see of the thread. */
  change(thread: Partial<ThreadData>): void {
    this.#data = { ...this.#data, ...thread };
    this.#push({ type: "thread", thread });
  }

  /** Ends the feed for its readers. */
  end(end: FeedEnd): void {
    if (this.#end !== undefined) return;
    this.#flush();
    this.#push({ type: "end", ...end });
    this.#end = end;
    this.#timer?.cancel();
    for (const { request } of this.requests.values()) {
      if (request.state === "open") request.decline();
    }
    void this.#events.return();
    void this.#inbox.return();
    this.log.wake();
    this.#options.onEnd();
  }

  #threadData(stored: StoredThread | undefined): ThreadData {
    const { id, name, status, settings } = this.thread;
    return {
      id,
      name,
      preview: stored?.preview ?? "",
      status: status.type,
      model: settings.model ?? null,
      workspace: this.#options.workspaceOf(settings.cwd),
      createdAt: stored?.createdAt ?? null,
      updatedAt: stored?.updatedAt ?? null,
      parentThreadId: stored?.parentThreadId ?? null,
    };
  }

  async #readEvents(): Promise<void> {
    try {
      for await (const batch of this.#events.batches()) {
        for (const event of batch) this.#accept(event);
        this.#bound();
        this.#flushWhenDue();
      }
      this.end({ code: "thread_closed", message: "The thread was closed" });
    } catch (error) {
      const isGone = isCodexError(error) && error.code === "transport_closed";
      this.end(
        isGone
          ? { code: "agent_unavailable", message: "The connection to the agent ended" }
          : { code: "gap", message: "Events were lost: connect again" },
      );
    }
  }

  async #readRequests(): Promise<void> {
    // Ids of the server count from 0 after its restart: the position makes them unlike earlier ones.
    const prefix = this.log.end.toString(36);
    try {
      for await (const request of this.#inbox) this.#open(`${prefix}-${request.id}`, request);
    } catch {
      // The events end with the same error.
    }
  }

  #open(id: string, request: UserRequest): void {
    const data = requestData(id, request, this.#options.always);
    this.requests.set(id, { request, data });
    this.#push({ type: "request", request: data });
    void request.done.then((state) => {
      this.requests.delete(id);
      if (this.#end !== undefined) return;
      this.#push({ type: "answered", id, state });
      this.#options.onQuiet();
    });
  }

  /** Applies one notification. */
  #accept(event: ServerNotification): void {
    const { method, params } = event;
    switch (method) {
      case "turn/started":
        this.#startTurn(params.turn);
        return;
      case "turn/completed":
        return this.#endTurn(params.turn);
      case "error":
        if (params.willRetry !== true) return;
        return this.#retry(params.turnId, params.error);
      case "item/started":
      case "item/completed": {
        this.#goOn(params.turnId);
        const turn = this.#turn(params.turnId) ?? this.#startTurn({ id: params.turnId });
        if (turn === undefined || !isRecord(params.item)) return;
        const isOver = method === "item/completed";
        const known = this.#item(params.turnId, params.item.id);
        if (known !== undefined && !isOver) return;
        const item = known ?? this.#addItem(turn, params.item);
        if (known !== undefined) return this.#endItem(known, { item: params.item });
        if (isOver) item.end({ item: params.item });
        this.#push({ type: "item", turnId: turn.head.id, ...item.data });
        return this.#preview(item);
      }
      case "turn/plan/updated": {
        const { explanation, plan } = params;
        const steps = Array.isArray(plan) ? plan : [];
        return this.#changeTurn(params.turnId, {
          plan: { explanation: explanation ?? null, steps },
        });
      }
      case "turn/diff/updated": {
        const turn = this.#turn(params.turnId);
        if (turn !== undefined) this.#diff = { turn, diff: params.diff };
        return;
      }
      case "thread/tokenUsage/updated":
        return this.#changeTurn(params.turnId, { usage: params.tokenUsage });
      case "thread/name/updated":
        return this.change({ name: params.threadName ?? null });
      case "thread/status/changed":
        return this.change({ status: params.status.type });
      case "thread/settings/updated": {
        const { model } = params.threadSettings;
        return model === this.#data.model ? undefined : this.change({ model });
      }
      default:
        return this.#fold(event);
    }
  }

  #fold(event: ServerNotification): void {
    const { params } = event;
    if (!isRecord(params) || typeof params.turnId !== "string") return;
    const id = params.itemId ?? params.targetItemId;
    if (typeof id !== "string") return;
    const item = this.#item(params.turnId, id) ?? this.#joined(event, params.turnId, id);
    const change = item?.fold(event);
    if (item === undefined || change === undefined) return;
    this.#goOn(params.turnId);
    if (!isAdded(change)) return this.#push(change);
    const { text, path } = change;
    item.size += text.length;
    this.#chars += text.length;
    const name = `${item.key} ${path ?? ""}`;
    const pending = this.#pending.get(name);
    if (pending === undefined) this.#pending.set(name, { key: item.key, path, text });
    else pending.text += text;
    this.#pendingChars += text.length;
  }

  /** Returns a message that began before the thread was opened: its beginning comes with its end. */
  #joined({ method }: ServerNotification, turnId: string, id: string): FeedItem | undefined {
    const turn = this.#turn(turnId);
    if (method !== "item/agentMessage/delta" || turn === undefined) return undefined;
    const item = this.#addItem(turn, { ...MESSAGE, id });
    this.#push({ type: "item", turnId, ...item.data });
    return item;
  }

  #startTurn(turn: Partial<Turn> & { readonly id: string }): FeedTurn | undefined {
    if (!isRecord(turn)) return undefined;
    const known = this.#turn(turn.id);
    if (known !== undefined) return known;
    const started = this.#addTurn(turn);
    this.#push({ type: "turn", ...started.head });
    return started;
  }

  #endTurn(turn: Turn): void {
    const ended = this.#turn(turn.id);
    if (ended === undefined) return;
    const reported = new Map((turn.items ?? []).map((item) => [item.id, item]));
    for (const item of ended.items) {
      const final = reported.get(item.view.id);
      // The agent ends its turn while a command runs only if it has left it in the background.
      const runsOn = turn.status === "completed" && item.view.type === "commandExecution";
      this.#endItem(
        item,
        final === undefined ? runsOn ? "background" : "interrupted" : { item: final },
      );
    }
    this.#reportDiff();
    const { status, error, startedAt, completedAt } = headOf(turn);
    this.#goOn(turn.id);
    this.#changeTurn(turn.id, { status, error: error ?? ended.head.error, startedAt, completedAt });
    if (completedAt !== null) this.change({ updatedAt: completedAt });
    this.#options.onQuiet();
  }

  #endItem(item: FeedItem, by: Parameters<FeedItem["end"]>[0]): void {
    this.#chars -= item.size;
    const change = item.end(by);
    this.#chars += item.size;
    if (change !== undefined) this.#push(change);
  }

  #changeTurn(id: string, change: Partial<TurnHead>): void {
    const turn = this.#turn(id);
    if (turn === undefined) return;
    turn.head = { ...turn.head, ...change };
    this.#push({ type: "turn", id, ...change });
  }

  #retry(turnId: string, error: TurnError): void {
    const attempt = (this.#turn(turnId)?.head.retry?.attempt ?? 0) + 1;
    this.#changeTurn(turnId, { retry: { ...turnError(error), attempt } });
  }

  /** Notes that the model answers again. */
  #goOn(turnId: string): void {
    if (this.#turn(turnId)?.head.retry != null) this.#changeTurn(turnId, { retry: null });
  }

  #turn(id: string): FeedTurn | undefined {
    return this.#turns.findLast(({ head }) => head.id === id);
  }

  #item(turnId: string, id: string): FeedItem | undefined {
    return this.#items.get(`${turnId} ${id}`);
  }

  #addTurn(turn: Partial<Turn> & { readonly id: string }): FeedTurn {
    const added = new FeedTurn(turn);
    this.#turns.push(added);
    while (this.#turns.length > this.#options.turns) {
      const gone = this.#turns.shift();
      for (const { view } of gone?.items ?? []) this.#items.delete(`${view.turnId} ${view.id}`);
      this.#hasOlder = true;
    }
    return added;
  }

  #addItem(turn: FeedTurn, item: Turn["items"][number]): FeedItem {
    const place = { threadId: this.thread.id, turnId: turn.head.id };
    const added = new FeedItem(this.#nextKey++, item, place);
    turn.items.push(added);
    this.#items.set(`${place.turnId} ${item.id}`, added);
    this.#chars += added.size;
    return added;
  }

  #sized(): number {
    return this.#turns.reduce(
      (sum, { items }) => items.reduce((part, { size }) => part + size, sum),
      0,
    );
  }

  /** Shortens or leaves out the oldest items once there are too many characters. */
  #bound(): void {
    const { chars: most } = this.#options;
    if (this.#chars <= most) return;
    this.#flush(); // before keys are gone
    this.#chars = this.#sized();
    // A quarter at once: rarely.
    const enough = (): boolean => this.#chars <= most * 0.75;
    for (const item of this.#turns.flatMap(({ items }) => items)) {
      if (enough()) return;
      this.#chars -= item.size;
      item.shorten();
      this.#chars += item.size;
    }
    for (const { items } of this.#turns) {
      while (items.length > 1 && !enough()) {
        const gone = items.shift();
        if (gone === undefined) break;
        this.#chars -= gone.size;
        this.#items.delete(`${gone.view.turnId} ${gone.view.id}`);
      }
    }
  }

  #preview({ view }: FeedItem): void {
    const { item } = view;
    if (this.#data.preview !== "" || item.type !== "userMessage") return;
    const text = item.content.find((part) => part.type === "text")?.text ?? "";
    if (text !== "") this.change({ preview: text.slice(0, PREVIEW_CHARS) });
  }

  /** Logs an event, after the text that came before it. */
  #push(event: ThreadEvent): void {
    this.#flush();
    if (this.#end === undefined) this.log.push(event);
  }

  #flush(): void {
    if (this.#pending.size === 0) return;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#pendingChars = 0;
    this.#flushedAt = now();
    for (const { key, path, text } of pending) {
      this.log.push(path === undefined ? [key, text] : [key, text, path]);
    }
  }

  #reportDiff(): void {
    const report = this.#diff;
    this.#diff = undefined;
    if (report === undefined || report.diff === report.turn.head.diff) return;
    this.#diffAt = now();
    this.#changeTurn(report.turn.head.id, { diff: report.diff });
  }

  /** Logs text now if it is due, or when it will be: few frames for many characters. */
  #flushWhenDue(): void {
    if (this.#end !== undefined) return;
    const [soon, late] = PIECE_MS;
    const wait = this.#pendingChars >= PIECE_CHARS ? soon : late;
    const textAt = this.#pending.size === 0 ? Infinity : this.#flushedAt + wait;
    const diffAt = this.#diff === undefined ? Infinity : this.#diffAt + DIFF_MS;
    const time = now();
    if (textAt <= time) this.#flush();
    if (diffAt <= time) this.#reportDiff();
    const at = Math.min(textAt <= time ? Infinity : textAt, diffAt <= time ? Infinity : diffAt);
    if (this.#timer?.at === at) return;
    this.#timer?.cancel();
    this.#timer = at === Infinity ? undefined : {
      at,
      cancel: after(at - time, () => {
        this.#timer = undefined;
        this.#flushWhenDue();
      }),
    };
  }
}
