/// <reference lib="dom" />
/** What the page shows, and what a person does with it. */
import {
  connect,
  type GatewayConnection,
  GatewayError,
  type LiveThread,
  type ModelData,
  type PageAnswer,
  type PageInput,
  type PageUsage,
  type RequestData,
  type ThreadData,
} from "@codex-app-server/sdk/gateway/client";

/** The state of the page; `changed` draws it again. */
export class Store {
  readonly gateway: GatewayConnection = connect("/api");
  readonly changed: () => void;
  threads: readonly ThreadData[] = [];
  cursor: string | null = null;
  isArchive = false;
  live: LiveThread | undefined;
  models: readonly ModelData[] = [];
  model: string | undefined;
  effort: string | undefined;
  usage: PageUsage | undefined;
  /** Pictures of the message that is being written, as `data:` URLs. */
  images: readonly string[] = [];
  /** Ids of requests whose answers are on their way. */
  readonly sending: Set<string> = new Set();
  isNavOpen = false;
  isRenaming = false;
  isBusy = false;
  /** What went wrong last. */
  problem: string | undefined;
  #unsubscribe: () => void = () => {};
  #turnRan = false;

  /** Draws with a function. */
  constructor(changed: () => void) {
    this.changed = changed;
  }

  /** Loads the lists and opens the thread that the address names. */
  async begin(): Promise<void> {
    addEventListener("hashchange", () => this.#openFromAddress());
    this.#openFromAddress();
    await Promise.all([
      this.refresh(),
      this.#try(async () => {
        this.models = await this.gateway.models();
      }),
      this.#readUsage(),
    ]);
  }

  /** Reads the list of threads again. */
  async refresh(): Promise<void> {
    await this.#try(async () => {
      const { data, nextCursor } = await this.gateway.list({ archived: this.isArchive });
      this.threads = data;
      this.cursor = nextCursor;
    });
  }

  /** Reads the next page of the list. */
  async more(): Promise<void> {
    const { cursor } = this;
    if (cursor === null) return;
    await this.#try(async () => {
      const { data, nextCursor } = await this.gateway.list({ archived: this.isArchive, cursor });
      this.threads = [...this.threads, ...data];
      this.cursor = nextCursor;
    });
  }

  /** Shows the archive, or the other threads. */
  async showArchive(isArchive: boolean): Promise<void> {
    this.isArchive = isArchive;
    await this.refresh();
  }

  /** Shows an empty thread, which is created with its first message. */
  startNew(): void {
    this.isNavOpen = false;
    location.hash = "";
    this.#open(undefined);
  }

  /** Sends a message: to the running turn, or as a new one. Returns whether it was accepted. */
  async send(text: string): Promise<boolean> {
    const { images } = this;
    const input: PageInput = images.length === 0 ? text : [
      ...(text.trim() === "" ? [] : [{ type: "text", text } as const]),
      ...images.map((url) => ({ type: "image", url }) as const),
    ];
    this.isBusy = true;
    const isSent = await this.#try(async () => {
      if (this.live?.activeTurn !== undefined) return await this.live.steer(input);
      const { model, effort } = this;
      const created = this.live === undefined ? await this.gateway.create() : undefined;
      const live = created ?? this.live;
      if (created !== undefined) this.#open(created);
      await live?.turn(input, { model, effort });
      if (created !== undefined) history.replaceState(null, "", `#/${created.id}`);
    });
    this.isBusy = false;
    if (isSent) this.images = [];
    this.changed();
    return isSent;
  }

  /** Stops the running turn. */
  async stop(): Promise<void> {
    await this.#try(async () => await this.live?.interrupt());
  }

  /** Answers a request. */
  async answer({ id }: RequestData, answer: PageAnswer): Promise<void> {
    this.sending.add(id);
    await this.#try(async () => await this.live?.answer(id, answer));
    this.sending.delete(id);
    this.changed();
  }

  /** Gives the open thread a name. */
  async rename(name: string): Promise<void> {
    this.isRenaming = false;
    if (name.trim() !== "") await this.#try(async () => await this.live?.setName(name.trim()));
    await this.refresh();
  }

  /** Archives a thread, or takes it back. */
  async archive(id: string, archived: boolean): Promise<void> {
    await this.#try(async () => await this.gateway.archive(id, archived));
    if (archived && this.live?.id === id) this.startNew();
    await this.refresh();
  }

  /** Loads older turns. */
  async older(): Promise<void> {
    await this.#try(async () => void await this.live?.loadOlder());
  }

  /** Reads a picture for the message. */
  async attach(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      if (!/^image\/(?:png|jpeg|gif|webp)$/.test(file.type)) continue;
      if (file.size > 3_000_000) this.problem = "A picture may have 3 MB at most.";
      else this.images = [...this.images, await dataUrl(file)];
    }
    this.changed();
  }

  #openFromAddress(): void {
    const id = decodeURIComponent(location.hash.slice(2));
    if (id === (this.live?.id ?? "")) return;
    this.isNavOpen = false;
    this.#open(id === "" ? undefined : this.gateway.open(id));
  }

  #open(live: LiveThread | undefined): void {
    if (this.live !== live) this.live?.close();
    this.#unsubscribe();
    this.live = live;
    this.isRenaming = false;
    this.problem = undefined;
    this.#turnRan = live?.activeTurn !== undefined;
    this.#unsubscribe = live?.subscribe(() => this.#threadChanged()) ?? (() => {});
    this.changed();
  }

  #threadChanged(): void {
    const { live } = this;
    const thread = live?.view.thread;
    if (thread) {
      const known = this.threads.find(({ id }) => id === thread.id);
      const isNewer = known?.name !== thread.name || known?.status !== thread.status;
      if (known !== undefined && isNewer) {
        this.threads = this.threads.map((one) => one.id === thread.id ? thread : one);
      }
    }
    const runs = live?.activeTurn !== undefined;
    if (runs !== this.#turnRan) {
      this.#turnRan = runs;
      void this.refresh();
      if (!runs && this.usage !== undefined) void this.#readUsage();
    }
    this.changed();
  }

  async #readUsage(): Promise<void> {
    // Without a login there are no limits.
    this.usage = await this.gateway.usage().catch(() => undefined);
    this.changed();
  }

  /** Does something and shows what went wrong. Returns whether it went well. */
  async #try(action: () => Promise<void>): Promise<boolean> {
    this.problem = undefined;
    try {
      await action();
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.changed();
    }
  }
}

/** Returns an error in words for the person at the page. */
export function problemOf(error: unknown): string {
  const code = error instanceof GatewayError ? error.code : "";
  const known: Readonly<Record<string, string>> = {
    network: "The server cannot be reached.",
    unauthorized: "Open the address that the server has printed: it contains the key.",
    thread_not_found: "There is no such thread.",
    request_settled: "This was answered elsewhere.",
    turn_active: "The thread has a running turn.",
    too_many_turns: "Too many turns are running: wait for one to end.",
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = (): void => resolve(String(reader.result));
    reader.onerror = (): void => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
