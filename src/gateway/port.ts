/** What the gateway needs of a client: a part of `Codex`, so that other things than a local server can stand behind it. */
import type { Codex } from "../codex.ts";
import type { EventStream } from "../client/events/live_stream.ts";
import type { UserRequest } from "../client/requests/request_kinds.ts";
import type { CallOptions } from "../client/call_options.ts";
import type { TurnInput } from "../client/input/input.ts";
import type { ThreadSettings } from "../client/threads/thread_state.ts";
import type { TurnOptions } from "../client/turns/turn_options.ts";
import type { ThreadResumeOptions, ThreadStartOptions } from "../client/threads/thread_options.ts";
import type {
  Thread as StoredThread,
  ThreadReadParams,
  ThreadReadResponse,
  ThreadStatus,
  ThreadTurnsListParams,
  ThreadTurnsListResponse,
} from "../generated/types.ts";

/**
 * What the gateway needs of a running turn: a `TurnHandle` has it.
 *
 * @example
 * ```ts
 * import type { GatewayTurn } from "@codex-app-server/sdk/gateway";
 *
 * const stop = (turn: GatewayTurn): Promise<void> => turn.interrupt();
 * ```
 */
export interface GatewayTurn {
  /** The id of the turn. */
  readonly id: string;
  /** Adds input to the turn. */
  steer(input: TurnInput, options?: CallOptions): Promise<void>;
  /** Interrupts the turn and waits until it has ended. */
  interrupt(): Promise<void>;
}

/**
 * What the gateway needs of an open thread: a `Thread` has it.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import type { GatewayThread } from "@codex-app-server/sdk/gateway";
 *
 * const asGatewayThread = (thread: Thread): GatewayThread => thread;
 * ```
 */
export interface GatewayThread {
  /** The id of the thread. */
  readonly id: string;
  /** The name of the thread. */
  readonly name: string | null;
  /** The status of the thread. */
  readonly status: ThreadStatus;
  /** The settings of the thread. */
  readonly settings: Pick<ThreadSettings, "model" | "cwd">;
  /** Starts a turn. */
  turn(input: TurnInput, options?: TurnOptions): Promise<GatewayTurn>;
  /** Returns the running turn. */
  activeTurn(): GatewayTurn | undefined;
  /** Yields every notification of the thread from now on. */
  events(): Pick<EventStream, "batches" | "return">;
  /** Yields what the server asks people about the thread. */
  requests(): AsyncIterable<UserRequest> & { return(): Promise<unknown> };
  /** Returns what is stored about the thread. */
  read(): Promise<{ readonly thread: StoredThread }>;
  /** Sets the name of the thread. */
  setName(name: string): Promise<void>;
  /** Closes the handle. */
  close(): Promise<void>;
}

/**
 * What the gateway needs of a client: a `Codex` has it, over any transport.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { createGateway, type Gateway, type GatewayClient } from "@codex-app-server/sdk/gateway";
 *
 * const gatewayOver = (client: GatewayClient): Gateway => createGateway(client, { authorize: () => "me" });
 * const gateway = gatewayOver(new Codex());
 * ```
 */
export interface GatewayClient
  extends Pick<Codex, "threadList" | "threadArchive" | "models" | "rateLimits" | "notifications"> {
  /** Starts a new thread. */
  threadStart(options: ThreadStartOptions): Promise<GatewayThread>;
  /** Opens a stored thread. */
  threadResume(threadId: string, options: ThreadResumeOptions): Promise<GatewayThread>;
  /** Unarchives a thread and opens it. */
  threadUnarchive(threadId: string): Promise<GatewayThread>;
  /** Reads a page of the history of a thread. */
  request(
    method: "thread/turns/list",
    params: ThreadTurnsListParams,
  ): Promise<ThreadTurnsListResponse>;
  /** Reads what is stored of a thread, to see which thread's agent has started it. */
  request(method: "thread/read", params: ThreadReadParams): Promise<ThreadReadResponse>;
}
