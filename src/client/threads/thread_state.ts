/** The client's state of an open thread. */
import { ThreadClosedError } from "../../errors/thread_errors.ts";
import type {
  SandboxPolicy,
  ThreadForkResponse,
  ThreadResumeResponse,
  ThreadSettings as WireSettings,
  ThreadStartParams,
  ThreadStartResponse,
  ThreadStatus,
  Turn,
} from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { EventStreams } from "../events/event_streams.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import type { ThreadTools } from "../tools/tool_call.ts";
import type { FixedSettings } from "./thread_settings.ts";

/** The server's reply to opening a thread. */
export type OpenedThread = ThreadStartResponse | ThreadResumeResponse | ThreadForkResponse;

/**
 * The settings of a thread, such as its model, directory, approval policy and sandbox: the server's reply when the thread
 * was opened, updated with the changes it has reported since.
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

/** `config.toml` settings for one thread, in the wire format. */
export type ThreadConfig = ThreadStartParams["config"];

/** The state shared by all users of one thread. */
export class ThreadState {
  readonly id: string;
  /** Whether the server keeps the thread only in memory. */
  readonly ephemeral: boolean;
  /** The configuration that the thread was opened with; the server does not store it. */
  readonly config: ThreadConfig;
  /** The readers of the thread's notifications. */
  readonly events: EventStreams = new EventStreams();
  /** The thread's request handlers, asked after those of the turn. */
  readonly handlers: HandlerScope = new HandlerScope();
  /** The turns in the reply that opened the thread, if they were asked for. */
  initialTurns: readonly Turn[] | undefined;
  /** The caller's tools, which answer before the thread's handlers; kept when the server unloads the thread. */
  tools: ThreadTools | undefined;
  /** Whether the server has unloaded the thread, which must then be resumed before its next turn. */
  unloaded = false;
  /** The settings that it was loaded with and that cannot be changed until it is loaded again. */
  fixed: FixedSettings = new Map();
  /** The pending resume, shared by all callers that need the thread loaded. */
  reopening: Promise<true> | undefined;
  /** Whether unreachable approval handlers have been reported. */
  unreachableWarned = false;
  /** The pending or finished close of the handle. */
  closing: Promise<void> | undefined;
  readonly #policies = new Map<string, SandboxPolicy>();
  #settings: ThreadSettings;
  #name: string | null = null;
  #status: ThreadStatus = { type: "idle" };
  #fate: string | undefined;

  /** Initializes the state from the server's reply. */
  constructor(opened: OpenedThread, config: ThreadConfig) {
    const { thread, ...settings } = opened;
    this.id = thread.id;
    this.ephemeral = thread.ephemeral === true;
    this.config = config;
    this.#settings = settings;
    this.refresh(opened);
  }

  /** The type of the thread's status, if the notification reports one; a closed or deleted thread counts as not loaded. */
  static statusIn(event: ServerNotification): string | undefined {
    switch (event.method) {
      case "thread/status/changed":
        return event.params.status?.type;
      case "thread/closed":
      case "thread/deleted":
        return "notLoaded";
      default:
        return undefined;
    }
  }

  /** The current settings. */
  get settings(): ThreadSettings {
    return this.#settings;
  }

  /** The last sandbox policy of each type, with its other fields. */
  get policies(): ReadonlyMap<string, SandboxPolicy> {
    return this.#policies;
  }

  /** The name of the thread; `null` without one. */
  get name(): string | null {
    return this.#name;
  }

  /** The status of the thread, as last reported by the server. */
  get status(): ThreadStatus {
    return this.#status;
  }

  /** Whether the handle is closed or the thread is gone. */
  get ended(): boolean {
    return this.#fate !== undefined;
  }

  /** Throws `ThreadClosedError` if {@linkcode ended}. */
  assertUsable(): void {
    if (this.#fate !== undefined) throw new ThreadClosedError(this.id, this.#fate);
  }

  /** Marks the handle as ended, with the reason. */
  end(fate: string): void {
    this.#fate ??= fate;
  }

  /** Updates the state from a reply that opened the thread: it is now loaded and subscribed. */
  refresh(opened: OpenedThread): void {
    const { thread, ...settings } = opened;
    this.#settings = settings;
    this.#keepPolicy(settings.sandbox);
    this.#name = thread.name ?? null;
    this.#status = thread.status ?? this.#status;
    this.unloaded = false;
  }

  /** Records a name that the server accepted: its notification arrives after the reply. */
  rename(name: string): void {
    this.#name = name;
  }

  /** Records settings that the server reports, or has accepted: its notification arrives after the reply. */
  change({ sandboxPolicy, effort, ...settings }: Partial<WireSettings>): void {
    this.#settings = {
      ...this.#settings,
      ...settings,
      ...(sandboxPolicy === undefined ? {} : { sandbox: sandboxPolicy }),
      ...(effort === undefined ? {} : { reasoningEffort: effort }),
    };
    if (sandboxPolicy !== undefined) this.#keepPolicy(sandboxPolicy);
  }

  /** Handles a notification of the thread. */
  observe(event: ServerNotification): void {
    if (this.events.size > 0) this.events.push(event);
    if (!event.method.startsWith("thread/")) return; // most belong to a turn: skip the comparisons
    switch (event.method) {
      case "thread/status/changed":
        this.#status = event.params.status ?? this.#status;
        // If another client reloads the thread, we are still not subscribed: only our own resume resets this.
        if (this.#status.type === "notLoaded") this.unloaded = true;
        break;
      case "thread/name/updated":
        this.#name = event.params.threadName ?? null;
        break;
      case "thread/settings/updated":
        if (isRecord(event.params.threadSettings)) this.change(event.params.threadSettings);
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

  #keepPolicy(policy: SandboxPolicy): void {
    if (isRecord(policy) && typeof policy.type === "string") {
      this.#policies.set(policy.type, policy);
    }
  }
}
