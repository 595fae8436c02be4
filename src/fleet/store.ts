/** What a fleet stores: who owns a thread, what happened in a run, what people sent to it. */
import type { JsonValue, ThreadItem } from "../generated/types.ts";
import type { UserRequestJson } from "../client/requests/user_request.ts";
import type { AgentJobResult } from "./job.ts";

/**
 * The ownership of a thread. Its `epoch` is a fencing token: it grows with each owner, and a store refuses the writes of
 * an earlier one.
 *
 * @example
 * ```ts
 * import type { Lease } from "@codex-app-server/sdk/fleet";
 *
 * const describe = ({ thread, epoch }: Lease): string => `${thread}, owner ${epoch}`;
 * ```
 */
export interface Lease {
  /** The name of the thread. */
  readonly thread: string;
  /** The run that the thread is owned for. */
  readonly runId: string;
  /** The fencing token. */
  readonly epoch: number;
}

/**
 * Whose thread is asked for.
 *
 * @example
 * ```ts
 * import type { LeaseRequest } from "@codex-app-server/sdk/fleet";
 *
 * const request: LeaseRequest = { thread: "customer-4", runId: "invoice-17", ttlMs: 30_000 };
 * ```
 */
export interface LeaseRequest {
  /** The name of the thread. */
  readonly thread: string;
  /** The run that needs it. */
  readonly runId: string;
  /** Milliseconds after which the ownership ends unless it is renewed. */
  readonly ttlMs: number;
}

/**
 * A part of a stored rollout.
 *
 * @example
 * ```ts
 * import type { StoredPart } from "@codex-app-server/sdk/fleet";
 *
 * const sizeOf = (parts: readonly StoredPart[]): number =>
 *   parts.reduce((sum, { bytes }) => sum + bytes, 0);
 * ```
 */
export interface StoredPart {
  /** The key in the {@linkcode ThreadStore}. */
  readonly key: string;
  /** Its length in bytes. */
  readonly bytes: number;
}

/**
 * Where a thread stands: which rollout belongs to it, and in which parts it is stored. Only the owner replaces it, together
 * with the events of the same moment.
 *
 * @example
 * ```ts
 * import type { Checkpoint } from "@codex-app-server/sdk/fleet";
 *
 * const isStored = (checkpoint: Checkpoint): boolean => checkpoint.parts.length > 0;
 * ```
 */
export interface Checkpoint {
  /** The id of the thread on the servers. */
  readonly threadId: string;
  /** The path of the rollout in a `CODEX_HOME`, with `/`. */
  readonly path: string;
  /** The parts of the rollout, in order. */
  readonly parts: readonly StoredPart[];
  /** The owner that wrote it. */
  readonly epoch: number;
  /** How many parts that owner has written. */
  readonly written: number;
  /** By run: what the workspaces of runs that have not ended have saved. */
  readonly workspaces?: Readonly<Record<string, SavedWorkspace>> | undefined;
}

/**
 * What a workspace has saved, so that the next worker has the files of all finished commands.
 *
 * @example
 * ```ts
 * import type { SavedWorkspace } from "@codex-app-server/sdk/fleet";
 *
 * const sizeOf = ({ parts }: SavedWorkspace): number =>
 *   parts.reduce((sum, { bytes }) => sum + bytes, 0);
 * ```
 */
export interface SavedWorkspace {
  /** What its provider notes, such as a commit. */
  readonly data: JsonValue;
  /** Its parts in the {@linkcode ThreadStore}. */
  readonly parts: readonly StoredPart[];
}

/**
 * What happened in a run. Texts in it were written by an agent: pass them through `printable()` before a terminal shows
 * them.
 *
 * @example
 * ```ts
 * import type { FleetEvent } from "@codex-app-server/sdk/fleet";
 *
 * const isOver = (event: FleetEvent): boolean => event.type === "ended";
 * ```
 */
export type FleetEvent =
  /** A worker begins, or goes on after another one. */
  | { readonly type: "started"; readonly worker: string; readonly resumed: boolean }
  /** An item of the agent began. */
  | { readonly type: "itemStarted"; readonly turnId: string; readonly item: ThreadItem }
  /** An item of the agent is finished and stored: it is never run again. */
  | { readonly type: "item"; readonly turnId: string; readonly item: ThreadItem }
  /** Another notification of the turn that the worker was told to keep. */
  | { readonly type: "notification"; readonly method: string; readonly params: JsonValue }
  /** A person is asked; `requestId` names the question in `answer()`. */
  | { readonly type: "request"; readonly requestId: string; readonly request: UserRequestJson }
  /** The question is settled; `by` is who answered, if the answer said so. */
  | {
    readonly type: "resolved";
    readonly requestId: string;
    readonly outcome: "answered" | "withdrawn" | "timedOut";
    readonly by: string | null;
  }
  /** An answer or a steer could not be used. */
  | { readonly type: "refused"; readonly message: number; readonly reason: string }
  /** Input of a person was added to the running turn. */
  | { readonly type: "steered"; readonly message: number }
  /** The job waits until a time, such as the end of a usage limit, in milliseconds since 1970. */
  | { readonly type: "waiting"; readonly untilMs: number; readonly reason: string }
  /** An attempt ended without a result; `code` is that of a `CodexError`, such as `"server_lost"`. */
  | {
    readonly type: "attemptFailed";
    readonly worker: string;
    readonly error: string;
    readonly code?: string | undefined;
  }
  /** The run is over; nothing follows. */
  | { readonly type: "ended"; readonly result: AgentJobResult };

/**
 * An event as it is stored.
 *
 * @example
 * ```ts
 * import type { StoredEvent } from "@codex-app-server/sdk/fleet";
 *
 * const lineOf = ({ seq, event }: StoredEvent): string => `${seq} ${event.type}`;
 * ```
 */
export interface StoredEvent {
  /** Its number in the run: 1, 2, 3, without gaps. */
  readonly seq: number;
  /** When it was stored, in milliseconds since 1970. */
  readonly atMs: number;
  /** The owner that wrote it. */
  readonly epoch: number;
  /** What happened. */
  readonly event: FleetEvent;
}

/**
 * What people send to a run.
 *
 * @example
 * ```ts
 * import type { FleetMessage } from "@codex-app-server/sdk/fleet";
 *
 * const yes: FleetMessage = { type: "answer", requestId: "r1", answer: "accept", by: "ann" };
 * ```
 */
export type FleetMessage =
  | {
    readonly type: "answer";
    readonly requestId: string;
    readonly answer: JsonValue;
    readonly by?: string | undefined;
  }
  | { readonly type: "steer"; readonly input: JsonValue }
  | { readonly type: "cancel"; readonly reason?: string | undefined };

/**
 * A message as it is stored.
 *
 * @example
 * ```ts
 * import type { StoredMessage } from "@codex-app-server/sdk/fleet";
 *
 * const isCancel = ({ message }: StoredMessage): boolean => message.type === "cancel";
 * ```
 */
export interface StoredMessage {
  /** Its number in the run. */
  readonly seq: number;
  /** The message. */
  readonly message: FleetMessage;
}

/**
 * What an owner writes in one step: all of it is stored, or nothing.
 *
 * @example
 * ```ts
 * import type { Commit } from "@codex-app-server/sdk/fleet";
 *
 * const commit: Commit = { after: 7, events: [{ type: "steered", message: 3 }] };
 * ```
 */
export interface Commit {
  /**
   * The number of the run's last event that the owner knows of. A store that has the new events already, because a reply was
   * lost, appends nothing.
   */
  readonly after: number;
  /** Events to append. */
  readonly events?: readonly FleetEvent[] | undefined;
  /** The thread's new checkpoint. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * The events of runs. Only the owner of the thread appends, everybody reads.
 *
 * @example
 * ```ts
 * import type { EventLog, StoredEvent } from "@codex-app-server/sdk/fleet";
 *
 * const firstOf = async (log: EventLog, runId: string): Promise<StoredEvent | undefined> =>
 *   (await log.events(runId, 0, 1))[0];
 * ```
 */
export interface EventLog {
  /**
   * Appends events and replaces the checkpoint in one step. Nothing is appended to a run that has ended.
   *
   * @throws {LeaseLostError} if the thread has another owner by now; nothing is written
   */
  commit(lease: Lease, commit: Commit): Promise<void>;
  /** Returns at most `limit` events of a run after a number, in order. */
  events(runId: string, after: number, limit: number): Promise<StoredEvent[]>;
  /** Calls back when a run may have new events or messages; missed calls are possible. Returns the function that ends it. */
  watch(runId: string, changed: () => void): () => void;
}

/**
 * Everything that a fleet stores, except the rollouts. Implementations: {@linkcode memoryStore}, {@linkcode postgresStore}
 * and {@linkcode redisStore}.
 *
 * @example
 * ```ts
 * import { type FleetStore, memoryStore } from "@codex-app-server/sdk/fleet";
 *
 * const store: FleetStore = memoryStore();
 * ```
 */
export interface FleetStore extends EventLog, AsyncDisposable {
  /**
   * Takes over a thread: if nobody owns it, its owner has not renewed it in time, or owned it for the same run. Otherwise
   * the run waits in line, and `undefined` is returned; so it is while another run is before it.
   */
  acquire(
    request: LeaseRequest,
  ): Promise<{ lease: Lease; checkpoint: Checkpoint | undefined } | undefined>;
  /** Prolongs an ownership; `false` if the thread has another owner by now. */
  renew(lease: Lease, ttlMs: number): Promise<boolean>;
  /** Ends an ownership. A run that has not ended keeps its place in line for `keepMs` milliseconds, ten minutes by default. */
  release(lease: Lease, keepMs?: number): Promise<void>;
  /** Stores a message for a run. With a key that the run has already, nothing is stored. */
  post(runId: string, message: FleetMessage, key?: string): Promise<void>;
  /** Returns the messages of a run after a number, in order. */
  messages(runId: string, after: number): Promise<StoredMessage[]>;
  /** Removes what is stored about a run that has ended: its events and messages. The thread stays. */
  forget(runId: string): Promise<void>;
  /** Ends what the store has opened itself. */
  close(): Promise<void>;
}

/**
 * Where rollouts are stored: bytes by key. A part is written once and never changed, so that eventually consistent stores
 * are enough. Implementations: {@linkcode folderThreads} and {@linkcode objectThreads}.
 *
 * @example
 * ```ts
 * import type { ThreadStore } from "@codex-app-server/sdk/fleet";
 *
 * const kept = new Map<string, Uint8Array>();
 * const threads: ThreadStore = {
 *   put: async (key, bytes) => void kept.set(key, bytes.slice()),
 *   get: async (key) => kept.get(key),
 *   remove: async (keys) => keys.forEach((key) => kept.delete(key)),
 * };
 * ```
 */
export interface ThreadStore {
  /** Stores bytes under a key. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Returns the bytes of a key; `undefined` if there are none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Removes keys, where they exist. */
  remove(keys: readonly string[]): Promise<void>;
}
