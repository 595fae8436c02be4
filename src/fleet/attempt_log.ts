/** The log of one attempt: what it writes about the run. */
import { LeaseLostError } from "./errors.ts";
import { Committer } from "./committer.ts";
import type { AgentJob, AgentJobResult } from "./job.ts";
import type { JsonValue } from "../generated/types.ts";
import type { RolloutCopy } from "./rollout.ts";
import type { WorkspaceCopy } from "./workspace_copy.ts";
import { type LoggedRun, readLog } from "./run_history.ts";
import type { FleetEvent, FleetStore, Lease } from "./store.ts";

/** Writes the events of an attempt, and its end. */
export class AttemptLog {
  /** What was known before. */
  readonly logged: LoggedRun;
  /** Writes the events. */
  readonly committer: Committer;
  /** What the workspace has left, for the result. */
  workspace: JsonValue = null;
  readonly #job: AgentJob;
  readonly #store: FleetStore;
  readonly #reported: Set<string>;

  constructor(
    job: AgentJob,
    { lease, ttlMs }: { readonly lease: Lease; readonly ttlMs: number },
    store: FleetStore,
    logged: LoggedRun,
  ) {
    this.logged = logged;
    this.#job = job;
    this.#store = store;
    this.#reported = new Set(logged.items);
    this.committer = new Committer(store, lease, { ttlMs, after: logged.lastSeq });
  }

  /** Whether somebody has cancelled the run. */
  async isCancelled(): Promise<boolean> {
    const messages = await this.#store.messages(this.#job.id, 0);
    return messages.some(({ message }) => message.type === "cancel");
  }

  /** From now on, the rollout is stored with the events. */
  follow(copy: RolloutCopy, files?: WorkspaceCopy): void {
    this.committer.follow(copy, files);
  }

  /** Adds an event. A finished item is reported once, whoever saw it end. */
  add(event: FleetEvent, awaited: readonly string[] = []): void {
    if (event.type === "item") {
      if (this.#reported.has(event.item.id)) return;
      this.#reported.add(event.item.id);
    }
    this.committer.add(event, awaited);
  }

  /** Fulfils when everything is stored. */
  flush(): Promise<void> {
    return this.committer.flush();
  }

  /** Ends the run. Returns the stored result. */
  async end(
    status: AgentJobResult["status"],
    fields: Partial<AgentJobResult>,
    awaited: readonly string[] = [],
  ): Promise<AgentJobResult> {
    const result: AgentJobResult = {
      runId: this.#job.id,
      threadId: null,
      turnId: null,
      finalResponse: null,
      error: null,
      usage: null,
      attempts: this.logged.attempts + 1,
      workspace: this.workspace,
      ...fields,
      status,
    };
    this.add({ type: "ended", result }, awaited);
    await this.flush();
    return result;
  }
}

/**
 * Ends a run that no worker holds, such as one that was cancelled while it waited, or one whose workers were killed too
 * often. Returns `false` if another worker holds the thread or the run has ended.
 *
 * @example
 * ```ts
 * import { endRun, type FleetStore } from "@codex-app-server/sdk/fleet";
 *
 * const giveUp = (store: FleetStore): Promise<boolean> =>
 *   endRun(store, { id: "invoice-17" }, { status: "failed", error: "no worker is left" });
 * ```
 */
export async function endRun(
  store: FleetStore,
  job: Pick<AgentJob, "id" | "thread">,
  end: { readonly status: "failed" | "cancelled"; readonly error?: string },
): Promise<boolean> {
  const owned = await store.acquire({ thread: job.thread ?? job.id, runId: job.id, ttlMs: 5_000 });
  if (owned === undefined) return false;
  try {
    const logged = await readLog(store, job.id);
    if (logged.result !== undefined) return false;
    const log = new AttemptLog({ ...job, prompt: "" }, { ...owned, ttlMs: 5_000 }, store, {
      ...logged,
      attempts: logged.attempts - 1,
    });
    const { threadId = null } = owned.checkpoint ?? {};
    await log.end(end.status, { threadId, error: end.error ?? null });
    return true;
  } catch (error) {
    if (error instanceof LeaseLostError) return false;
    throw error;
  } finally {
    await store.release(owned.lease).catch(() => {});
  }
}
