/** Errors of the fleet. */
import { CodexError } from "../errors/codex_error.ts";

/**
 * Another worker owns the thread now: nothing more can be written, and nothing needs to be undone.
 *
 * @example
 * ```ts
 * import { LeaseLostError } from "@codex-app-server/sdk/fleet";
 *
 * const wasReplaced = (error: unknown): boolean => error instanceof LeaseLostError;
 * ```
 */
export class LeaseLostError extends CodexError {
  /** The class name. */
  override readonly name: string = "LeaseLostError";
  /** The name of the thread. */
  readonly thread: string;

  /** Creates the error for a thread. */
  constructor(thread: string, options: ErrorOptions = {}) {
    super(`Cannot write for thread "${thread}": another worker owns it by now`, {
      ...options,
      code: "lease_lost",
    });
    this.thread = thread;
  }
}

/**
 * Another job has the thread, or is before this one: try again later. No attempt should be counted.
 *
 * @example
 * ```ts
 * import { ThreadBusyError } from "@codex-app-server/sdk/fleet";
 *
 * const isLater = (error: unknown): boolean => error instanceof ThreadBusyError;
 * ```
 */
export class ThreadBusyError extends CodexError {
  /** The class name. */
  override readonly name: string = "ThreadBusyError";
  /** The name of the thread. */
  readonly thread: string;

  /** Creates the error for a thread. */
  constructor(thread: string) {
    super(`Cannot run the job: another job has thread "${thread}"; try again later`, {
      code: "thread_busy",
    });
    this.thread = thread;
  }
}

/**
 * The account has used up its limit: the job goes on after `retryAtMs`. No attempt should be counted.
 *
 * @example
 * ```ts
 * import { UsageLimitError } from "@codex-app-server/sdk/fleet";
 *
 * function waitMs(error: unknown): number | undefined {
 *   if (error instanceof UsageLimitError) return error.retryAtMs - Date.now();
 * }
 * ```
 */
export class UsageLimitError extends CodexError {
  /** The class name. */
  override readonly name: string = "UsageLimitError";
  /** When to try again, in milliseconds since 1970. */
  readonly retryAtMs: number;

  /** Creates the error for a time in milliseconds since 1970. */
  constructor(retryAtMs: number, options: ErrorOptions = {}) {
    super(`Cannot run the job now: the usage limit is reached; try again at ${retryAtMs} ms`, {
      ...options,
      code: "usage_limit",
    });
    this.retryAtMs = retryAtMs;
  }
}

/**
 * A stored thread cannot be restored: a part is missing, or has another size than was written.
 *
 * @example
 * ```ts
 * import { StoredThreadError } from "@codex-app-server/sdk/fleet";
 *
 * const keyOf = (error: unknown): string | undefined =>
 *   error instanceof StoredThreadError ? error.key : undefined;
 * ```
 */
export class StoredThreadError extends CodexError {
  /** The class name. */
  override readonly name: string = "StoredThreadError";
  /** The key of the part. */
  readonly key: string;

  /** Creates the error for a part. */
  constructor(key: string, problem: string) {
    super(`Cannot restore the thread: part "${key}" ${problem}; check the store's retention`, {
      code: "stored_thread_damaged",
    });
    this.key = key;
  }
}

/**
 * The pool gives no more servers: it is drained or closed, or too many jobs wait already.
 *
 * @example
 * ```ts
 * import { PoolClosedError } from "@codex-app-server/sdk/fleet";
 *
 * const isShutdown = (error: unknown): boolean => error instanceof PoolClosedError;
 * ```
 */
export class PoolClosedError extends CodexError {
  /** The class name. */
  override readonly name: string = "PoolClosedError";

  /** Creates the error with the state of the pool. */
  constructor(state: string) {
    super(`Cannot lease a server: ${state}`, { code: "pool_closed" });
  }
}

/**
 * The server of a job ended or stopped answering in the middle of it: the next attempt goes on.
 *
 * @example
 * ```ts
 * import { ServerLostError } from "@codex-app-server/sdk/fleet";
 *
 * const isCrash = (error: unknown): boolean => error instanceof ServerLostError;
 * ```
 */
export class ServerLostError extends CodexError {
  /** The class name. */
  override readonly name: string = "ServerLostError";

  /** Creates the error with what happened to the server. */
  constructor(what: string, options: ErrorOptions = {}) {
    super(`Cannot go on with the job here: the server ${what}`, {
      ...options,
      code: "server_lost",
    });
  }
}

/**
 * The folder of a job cannot be prepared, saved or handed over, such as when a reference does not exist.
 *
 * @example
 * ```ts
 * import { WorkspaceError } from "@codex-app-server/sdk/fleet";
 *
 * const isWrongRef = (error: unknown): boolean =>
 *   error instanceof WorkspaceError && error.code === "workspace_ref";
 * ```
 */
export class WorkspaceError extends CodexError {
  /** The class name. */
  override readonly name: string = "WorkspaceError";

  /** Creates the error with the problem and its code. */
  constructor(problem: string, code: string, options: ErrorOptions = {}) {
    super(`Cannot provide the workspace: ${problem}`, { ...options, code });
  }
}
