/** What the client knows of a thread that it holds. */
import { ThreadClosedError } from "../../errors/thread_errors.ts";
import type {
  ThreadForkResponse,
  ThreadResumeResponse,
  ThreadSettings as WireSettings,
  ThreadStartParams,
  ThreadStartResponse,
  ThreadStatus,
} from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { EventStreams } from "../events/listeners.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import type { ThreadTools } from "../tools/tool_call.ts";

/** What the server answers when it opens a thread. */
export type OpenedThread = ThreadStartResponse | ThreadResumeResponse | ThreadForkResponse;

/**
 * How a thread is set up: its model, directory, approval policy and sandbox. What the server answered when the thread was
 * opened, with what it told of changes since.
 *
 * @example
 * ```ts
 * import type { ThreadSettings } from "@codex-app-server/sdk";
 *
 * const summary = ({ model, cwd }: ThreadSettings): string => `${model} in ${cwd}`;
 * ```
 */
export type ThreadSettings =
  | Omit<ThreadStartResponse, "thread">
  | Omit<ThreadResumeResponse, "thread">
  | Omit<ThreadForkResponse, "thread">;

/** Settings of `config.toml` that hold for one thread, as the wire takes them. */
export type ThreadConfig = ThreadStartParams["config"];

/** The state that all users of one thread share. */
export class ThreadState {
  readonly id: string;
  /** Whether the server keeps the thread in memory alone. */
  readonly ephemeral: boolean;
  /** The configuration that the thread was opened with: the server does not store it. */
  readonly config: ThreadConfig;
  /** The readers of the thread's notifications. */
  readonly events: EventStreams = new EventStreams();
  /** Answer what the server asks about the thread, where its turn does not. */
  readonly handlers: HandlerScope = new HandlerScope();
  /** The caller's tools, which answer before the handlers of the thread do; they outlast a loss of the thread. */
  tools: ThreadTools | undefined;
  /** Whether the server let go of the thread, so that it has to be resumed before its next turn. */
  unloaded = false;
  /** The resuming that everybody waits for who needs the thread loaded. */
  reopening: Promise<true> | undefined;
  /** Whether unreachable approval handlers were reported already. */
  unreachableWarned = false;
  /** The closing of the handle, once it has begun. */
  closing: Promise<void> | undefined;
  #settings: ThreadSettings;
  #name: string | null = null;
  #status: ThreadStatus = { type: "idle" };
  #fate: string | undefined;

  /** Takes over what the server answered. */
  constructor(opened: OpenedThread, config: ThreadConfig) {
    const { thread, ...settings } = opened;
    this.id = thread.id;
    this.ephemeral = thread.ephemeral === true;
    this.config = config;
    this.#settings = settings;
    this.refresh(opened);
  }

  /** How the thread is set up now. */
  get settings(): ThreadSettings {
    return this.#settings;
  }

  /** The name that the thread was given. */
  get name(): string | null {
    return this.#name;
  }

  /** What the thread does, as the server told last. */
  get status(): ThreadStatus {
    return this.#status;
  }

  /** Whether the handle is used up. */
  get ended(): boolean {
    return this.#fate !== undefined;
  }

  /** Throws the `ThreadClosedError` of a handle that is used up. */
  assertUsable(): void {
    if (this.#fate !== undefined) throw new ThreadClosedError(this.id, this.#fate);
  }

  /** From now on the handle is used up. */
  end(fate: string): void {
    this.#fate ??= fate;
  }

  /** Takes in what the server answered when it opened the thread again: it is loaded and subscribed to. */
  refresh(opened: OpenedThread): void {
    const { thread, ...settings } = opened;
    this.#settings = settings;
    this.#name = thread.name ?? null;
    this.#status = thread.status ?? this.#status;
    this.unloaded = false;
  }

  /** The server took a new name: its notification comes after its reply. */
  rename(name: string): void {
    this.#name = name;
  }

  /** Takes in a notification of the thread. */
  observe(event: ServerNotification): void {
    if (this.events.size > 0) this.events.push(event);
    if (!event.method.startsWith("thread/")) return; // most are of a turn: spares them the comparisons
    switch (event.method) {
      case "thread/status/changed":
        this.#status = event.params.status ?? this.#status;
        // Loaded again by others is not subscribed again: only our own resume takes this back.
        if (this.#status.type === "notLoaded") this.unloaded = true;
        break;
      case "thread/name/updated":
        this.#name = event.params.threadName ?? null;
        break;
      case "thread/settings/updated":
        this.#change(event.params.threadSettings);
        break;
      case "thread/closed":
        this.unloaded = true;
        if (this.ephemeral) this.end("the server closed it, and it was ephemeral");
        break;
      case "thread/deleted":
        this.end("it was deleted");
        break;
    }
  }

  #change(changed: WireSettings): void {
    if (!isRecord(changed)) return;
    const { sandboxPolicy: sandbox, effort: reasoningEffort, ...settings } =
      changed as WireSettings;
    this.#settings = { ...this.#settings, ...settings, sandbox, reasoningEffort };
  }
}
