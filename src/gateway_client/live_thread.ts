/** A thread in a page: its state, kept current over one stream of events, and what a person does with it. */
import { Pulse } from "../client/events/pulse.ts";
import type { InputItem } from "../client/input/input.ts";
import { after } from "../util/clock.ts";
import { onAbort } from "../util/on_abort.ts";
import { sleep } from "../util/timer.ts";
import type { Decision, PageData, ThreadEvent, TurnData } from "../gateway/wire.ts";
import { GatewayError } from "./gateway_error.ts";
import type { Http } from "./http.ts";
import { onNetwork } from "./network.ts";
import { sseEvents } from "./sse.ts";
import { applyEvent, EMPTY, type ThreadView } from "./thread_state.ts";

/** Milliseconds before a lost stream is opened again: the first time, and at most. */
const BACKOFF_MS = [500, 15_000] as const;
/** Statuses that another attempt does not change. */
const FINAL: ReadonlySet<number> = new Set([400, 401, 403, 404, 405]);

/**
 * What a page sends as input: text, or text and images as `data:` URLs.
 *
 * @example
 * ```ts
 * import type { PageInput } from "@codex-app-server/sdk/gateway/client";
 *
 * const input: PageInput = [
 *   { type: "text", text: "What is in this picture?" },
 *   { type: "image", url: "data:image/png;base64,iVBORw0KGgo=" },
 * ];
 * ```
 */
export type PageInput = string | readonly Extract<InputItem, { type: "text" | "image" }>[];

/**
 * The options of a turn that a page may set, if the gateway allows it.
 *
 * @example
 * ```ts
 * import type { PageTurnOptions } from "@codex-app-server/sdk/gateway/client";
 *
 * const options: PageTurnOptions = { effort: "high" };
 * ```
 */
export interface PageTurnOptions {
  /** The model, from this turn on. */
  readonly model?: string | undefined;
  /** The reasoning effort, from this turn on. */
  readonly effort?: string | undefined;
  /** The sandbox, from this turn on. */
  readonly sandbox?: string | undefined;
  /** The approval mode, from this turn on. */
  readonly approvalMode?: string | undefined;
}

/**
 * An answer to a request: a decision, answers by question id, or the content of a form.
 *
 * @example
 * ```ts
 * import type { PageAnswer } from "@codex-app-server/sdk/gateway/client";
 *
 * const answers: readonly PageAnswer[] = [{ decision: "accept" }, { answers: { colour: "blue" } }];
 * ```
 */
export interface PageAnswer {
  /** The decision; not for questions, unless it is `"decline"`. */
  readonly decision?: Decision | undefined;
  /** The answers to the agent's questions, by question id. */
  readonly answers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The content of an accepted form. */
  readonly content?: unknown;
}

/**
 * A thread that a page shows. Its `view` is plain data, replaced at every change; the stream behind it opens again by
 * itself and continues where it was.
 *
 * @example
 * ```ts
 * import type { LiveThread } from "@codex-app-server/sdk/gateway/client";
 *
 * async function ask(thread: LiveThread, question: string): Promise<string> {
 *   const stop = thread.subscribe(() => console.log(thread.view.turns.at(-1)?.items.length));
 *   const turn = await thread.run(question);
 *   stop();
 *   return turn.status; // "completed"
 * }
 * ```
 */
export class LiveThread implements AsyncDisposable {
  /** The id of the thread. */
  readonly id: string;
  readonly #http: Http;
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #listeners: Set<() => void> = new Set();
  readonly #change = new Pulse();
  #view: ThreadView = EMPTY;
  #lastEventId: string | undefined;
  #error: GatewayError | undefined;
  #olderCursor: string | undefined;

  /**
   * Opens the stream of a thread.
   *
   * @ignore
   */
  constructor(id: string, http: Http) {
    this.id = id;
    this.#http = http;
    this.#path = `threads/${encodeURIComponent(id)}`;
    void this.#connect();
  }

  /** The state of the thread now. A new object after every change. */
  get view(): ThreadView {
    return this.#view;
  }

  /** Why the stream was closed for good; `undefined` while it is open, and after `close()`. */
  get error(): GatewayError | undefined {
    return this.#error;
  }

  /** The running turn; `undefined` if none runs. */
  get activeTurn(): TurnData | undefined {
    const last = this.#view.turns.at(-1);
    return last?.status === "inProgress" ? last : undefined;
  }

  /** Calls back after every change. Returns a function that ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Yields the state, then the newest state after changes, until the thread is closed. */
  async *updates(): AsyncGenerator<ThreadView, void, undefined> {
    for (let seen: ThreadView | undefined;;) {
      if (seen !== this.#view) yield seen = this.#view;
      else if (seen.connection === "closed") return;
      else await this.#change.next;
    }
  }

  /**
   * Starts a turn and returns its id. If the connection breaks meanwhile, it is sent again and starts once.
   *
   * @throws {GatewayError} if the gateway refuses it, such as `"turn_active"` while another one runs
   */
  async turn(
    input: PageInput,
    options: PageTurnOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    const { signal, ...chosen } = options;
    const body = { input, ...chosen };
    const path = `${this.#path}/turns`;
    const call = { method: "POST", body, signal, isOnce: true } as const;
    return (await this.#http.json<{ id: string }>(path, call)).id;
  }

  /**
   * Starts a turn, waits for its end and returns it: `status` says how it ended.
   *
   * @throws {GatewayError} if the gateway refuses the turn, or the thread is closed before the turn has ended
   */
  async run(input: PageInput, options: PageTurnOptions = {}): Promise<TurnData> {
    return await this.done(await this.turn(input, options));
  }

  /**
   * Waits for the end of a turn and returns it.
   *
   * @throws {GatewayError} if the thread is closed before
   */
  async done(turnId: string): Promise<TurnData> {
    for await (const { turns } of this.updates()) {
      const turn = turns.find(({ id }) => id === turnId);
      if (turn !== undefined && turn.status !== "inProgress") return turn;
    }
    throw this.#error ?? new GatewayError("The thread was closed", { code: "thread_closed" });
  }

  /**
   * Adds input to the running turn.
   *
   * @throws {GatewayError} if no turn runs, or the running one accepts no input
   */
  async steer(input: PageInput): Promise<void> {
    await this.#post(`turns/${this.#running()}/steer`, { input });
  }

  /**
   * Interrupts the running turn; does nothing if none runs.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  async interrupt(): Promise<void> {
    const turn = this.activeTurn;
    if (turn !== undefined) await this.#post(`turns/${encodeURIComponent(turn.id)}/interrupt`, {});
  }

  /**
   * Answers an open request.
   *
   * @throws {GatewayError} if it was answered before (`"request_settled"`), or the decision is not among those offered
   */
  async answer(requestId: string, answer: PageAnswer): Promise<void> {
    await this.#post(`requests/${encodeURIComponent(requestId)}`, answer);
  }

  /**
   * Reads turns before those of the view and adds them. Returns whether there are more.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  async loadOlder(limit = 20): Promise<boolean> {
    const known = new Set(this.#view.turns.map(({ id }) => id));
    while (this.#view.hasOlder) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (this.#olderCursor !== undefined) query.set("cursor", this.#olderCursor);
      const page = await this.#http.json<PageData<TurnData>>(`${this.#path}/turns?${query}`);
      this.#olderCursor = page.nextCursor ?? undefined;
      const older = page.data.filter(({ id }) => !known.has(id)).toReversed();
      this.#set({
        ...this.#view,
        turns: [...older, ...this.#view.turns],
        hasOlder: page.nextCursor !== null,
      });
      if (older.length > 0) break; // the first pages may be what the view has
    }
    return this.#view.hasOlder;
  }

  /**
   * Sets the name of the thread.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  async setName(name: string): Promise<void> {
    await this.#http.json(this.#path, { method: "PATCH", body: { name } });
  }

  /** Closes the stream. The thread and its turn go on. Safe to call again. */
  close(): void {
    this.#stop.abort(new DOMException("The thread was closed", "AbortError"));
    if (this.#view.connection !== "closed") this.#set({ ...this.#view, connection: "closed" });
  }

  /** Closes the stream, like {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #running(): string {
    const turn = this.activeTurn;
    if (turn !== undefined) return encodeURIComponent(turn.id);
    throw new GatewayError("The thread runs no turn", { code: "no_active_turn" });
  }

  async #post(path: string, body: unknown): Promise<void> {
    await this.#http.json(`${this.#path}/${path}`, { method: "POST", body });
  }

  #set(view: ThreadView): void {
    this.#view = view;
    this.#change.beat();
    for (const listener of this.#listeners) listener();
  }

  async #connect(): Promise<void> {
    const { signal } = this.#stop;
    const [first, most] = BACKOFF_MS;
    for (let failures = 0; !signal.aborted; failures++) {
      let retryMs = Math.min(most, first * 2 ** failures);
      try {
        const isLive = await this.#read();
        if (this.#error !== undefined) return this.close();
        if (isLive) failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof GatewayError) {
          if (FINAL.has(error.status)) {
            this.#error = error;
            return this.close();
          }
          retryMs = Math.max(retryMs, error.retryAfterMs ?? 0);
        }
      }
      if (signal.aborted) return;
      if (this.#view.connection === "live") this.#set({ ...this.#view, connection: "lost" });
      // Not all pages at once, after a restart.
      await this.#pause(retryMs * (0.5 + Math.random() / 2));
    }
  }

  /** Waits before the next attempt, at most until the browser has its network again. */
  async #pause(ms: number): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    const stops = [onNetwork("online", end), onAbort(this.#stop.signal, end)];
    await sleep(ms, over.signal).catch(() => {});
    for (const stop of stops) stop();
  }

  /** Reads one stream to its end. Returns whether an event came. */
  async #read(): Promise<boolean> {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort(this.#stop.signal.reason);
    this.#stop.signal.addEventListener("abort", stop, { once: true });
    const { silenceMs = 45_000 } = this.#http.options;
    let cancel = (): void => {};
    const alive = (): void => {
      cancel();
      cancel = after(silenceMs, () => attempt.abort(new DOMException("Silence", "TimeoutError")));
    };
    // A stream that is cut off is silent like one without news.
    const cut = (): void => attempt.abort(new DOMException("No network", "NetworkError"));
    const ignore = onNetwork("offline", cut);
    let isLive = false;
    try {
      alive();
      const headers = this.#lastEventId === undefined
        ? { accept: "text/event-stream" }
        : { accept: "text/event-stream", "last-event-id": this.#lastEventId };
      const { signal } = attempt;
      const { body } = await this.#http.send(`${this.#path}/events`, { headers, signal });
      if (body === null) return false;
      // If nothing was missed, no event says so.
      if (this.#view.thread !== null) this.#set({ ...this.#view, connection: "live" });
      for await (const { id, data } of sseEvents(body, signal, alive)) {
        if (this.#stop.signal.aborted) return isLive;
        isLive = true;
        this.#lastEventId = id;
        this.#accept(JSON.parse(data) as ThreadEvent);
      }
    } catch (error) {
      if (!isLive) throw error;
      // It was open and broke: open it again.
    } finally {
      cancel();
      ignore();
      this.#stop.signal.removeEventListener("abort", stop);
    }
    return isLive;
  }

  #accept(event: ThreadEvent): void {
    if (!Array.isArray(event) && "type" in event && event.type === "end") {
      const { code, message } = event;
      this.#lastEventId = undefined;
      if (code === "thread_closed") this.#error = new GatewayError(message, { code });
      return;
    }
    if ("type" in event && event.type === "snapshot") this.#olderCursor = undefined;
    this.#set({ ...applyEvent(this.#view, event), connection: "live" });
  }
}
