/** The turn of a job on a server of this machine. */
import { stat } from "node:fs/promises";
import type { JsonValue, ThreadItem, Turn } from "../generated/types.ts";
import type { TurnInput } from "../client/input/input.ts";
import type { Thread } from "../client/threads/thread.ts";
import { finalResponseOf } from "../client/turns/final_response.ts";
import type { TurnHandle } from "../client/turns/turn_handle.ts";
import type { TurnResult } from "../client/turns/turn_result.ts";
import { onAbort } from "../util/on_abort.ts";
import { waitAtMost } from "../util/timer.ts";
import type { AttemptLog } from "./attempt_log.ts";
import { LeaseLostError, ServerLostError } from "./errors.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { type AgentJob, type AgentJobResult, threadOf } from "./job.ts";
import { readPart, restoreRollout, RolloutCopy, rolloutPath } from "./rollout.ts";
import type { AgentJobDeps } from "./run_agent_job.ts";
import { messageId, readLog, turnsOfRun } from "./run_history.ts";
import { RunMessages } from "./run_messages.ts";
import { RunRequests } from "./run_requests.ts";
import type { Checkpoint, Lease } from "./store.ts";
import type { JobWorkspace } from "./workspace.ts";
import { WorkspaceCopy } from "./workspace_copy.ts";

const GO_ON = "You were interrupted. Check what is done already, then go on where you stopped.";
const ANSWER_TIMEOUT_MS = 3_600_000;
/** Milliseconds for the server to interrupt a turn, and to forget a thread. */
const CLEANUP_MS = 5_000;

/** The items whose output the rollout has under their id. */
const CALLS: ReadonlySet<string> = new Set([
  "commandExecution",
  "fileChange",
  "mcpToolCall",
  "dynamicToolCall",
]);

/** Runs what is left of a job. */
export class JobTurn {
  readonly #job: AgentJob;
  readonly #deps: AgentJobDeps;
  readonly #lease: Lease;
  readonly #checkpoint: Checkpoint | undefined;
  readonly #signal: AbortSignal;
  readonly #log: AttemptLog;

  constructor(
    job: AgentJob,
    deps: AgentJobDeps,
    owned: {
      readonly lease: Lease;
      readonly checkpoint: Checkpoint | undefined;
      readonly heartbeat: Heartbeat;
    },
    log: AttemptLog,
  ) {
    this.#job = job;
    this.#deps = deps;
    this.#lease = owned.lease;
    this.#checkpoint = owned.checkpoint;
    this.#signal = owned.heartbeat.signal;
    this.#log = log;
  }

  /** Runs the job to its end. */
  async run(): Promise<AgentJobResult> {
    const { openWorkspace, threads } = this.#deps;
    const workspace = await openWorkspace?.(this.#job, {
      resumed: this.#log.logged.attempts > 0,
      epoch: this.#lease.epoch,
      saved: this.#checkpoint?.workspaces?.[this.#job.id],
      read: (part) => readPart(threads, part),
      signal: this.#signal,
    });
    if (workspace === undefined) return await this.#inWorkspace(undefined, undefined);
    const files = await this.#copyOf(workspace);
    try {
      return await this.#inWorkspace(workspace, files);
    } catch (error) {
      await this.#log.flush().catch(() => {}); // saves what is finished
      if (this.#deps.isLastAttempt && !this.#signal.aborted) {
        this.#log.workspace = await this.#left(workspace, "failed", {}).catch(() => null);
      }
      throw error;
    } finally {
      files.close();
      await workspace.close();
    }
  }

  async #copyOf(workspace: JobWorkspace): Promise<WorkspaceCopy> {
    const { store, threads } = this.#deps;
    const ended: string[] = [];
    for (const id of Object.keys(this.#checkpoint?.workspaces ?? {})) {
      if (id !== this.#job.id && (await readLog(store, id)).result !== undefined) ended.push(id);
    }
    return new WorkspaceCopy(workspace, threads, this.#lease, this.#checkpoint, ended);
  }

  async #left(
    workspace: JobWorkspace | undefined,
    status: AgentJobResult["status"],
    fields: Partial<AgentJobResult>,
  ): Promise<JsonValue> {
    const result = { ...BLANK, runId: this.#job.id, status, ...fields };
    return await workspace?.finish?.(result) ?? null;
  }

  async #inWorkspace(
    workspace: JobWorkspace | undefined,
    files: WorkspaceCopy | undefined,
  ): Promise<AgentJobResult> {
    const { codex } = this.#deps;
    const thread = await this.#open(workspace?.cwd);
    try {
      const { codexHome } = codex.metadata;
      const { path, cwd } = (await thread.read()).thread;
      if (path === null) throw new ServerLostError("does not store the thread");
      const copy = new RolloutCopy(this.#deps.threads, path, {
        thread: threadOf(this.#job),
        threadId: thread.id,
        path: rolloutPath(codexHome, path),
        epoch: this.#lease.epoch,
      }, this.#checkpoint);
      this.#log.follow(copy, files);
      const end = await this.#ended(thread, copy) ?? await this.#goOn(thread, cwd);
      const fields = { threadId: thread.id, ...end.fields };
      await this.#log.flush();
      this.#log.workspace = await this.#left(workspace, end.status, fields);
      files?.end();
      return await this.#log.end(end.status, fields, end.awaited);
    } finally {
      // The store has it; a later job restores what is newest by then. A new owner may have it in the same home already.
      if (this.#signal.reason instanceof LeaseLostError) await thread.close().catch(() => {});
      else await codex.threadDelete(thread.id, { timeoutMs: CLEANUP_MS }).catch(() => {});
    }
  }

  /** Opens the job's thread: from the store, or a new one. */
  async #open(cwd: string | undefined): Promise<Thread> {
    const { codex, threads, threadOptions } = this.#deps;
    const options = {
      ...this.#job.threadOptions,
      ...await threadOptions?.(this.#job),
      ...(cwd === undefined ? {} : { cwd }),
    };
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined || checkpoint.parts.length === 0) {
      return await codex.threadStart(options);
    }
    // A server that still holds an older state of the thread would write that on.
    await codex.threadDelete(checkpoint.threadId, { timeoutMs: CLEANUP_MS }).catch(() => {});
    await restoreRollout(threads, checkpoint, codex.metadata.codexHome);
    const own = options.cwd ?? await this.#cwdInstead(checkpoint.threadId);
    return await codex.threadResume(checkpoint.threadId, {
      ...options,
      ...(own === undefined ? {} : { cwd: own }),
    });
  }

  /** Without its folder, such as on another machine, no command of a thread can start: the server's own replaces it. */
  async #cwdInstead(threadId: string): Promise<string | undefined> {
    const params = { threadId, includeTurns: false };
    const { thread: { cwd } } = await this.#deps.codex.request("thread/read", params);
    return await stat(cwd).then((found) => found.isDirectory(), () => false) ? undefined : ".";
  }

  /** What an earlier attempt has finished: its items are reported now, and its end is the end. */
  async #ended(thread: Thread, copy: RolloutCopy): Promise<End | undefined> {
    if (this.#checkpoint === undefined) return undefined;
    const { turns } = await turnsOfRun(thread, this.#job.id);
    const outputs = await copy.outputs();
    for (const turn of turns) {
      for (const item of turn.items) {
        const isWhole = turn.status === "completed" || !CALLS.has(item.type) ||
          outputs.has(item.id);
        if (isFinished(item) && isWhole) this.#log.add({ type: "item", turnId: turn.id, item });
      }
    }
    const last = turns.at(-1);
    if (last?.status !== "completed") return undefined;
    return { status: "completed", fields: fieldsOf(last), awaited: [] };
  }

  /** Begins the turn, or goes on with it. */
  async #goOn(thread: Thread, cwd: string): Promise<End> {
    const { id, prompt, answerTimeoutMs = ANSWER_TIMEOUT_MS } = this.#job;
    const { sent } = this.#checkpoint === undefined
      ? { sent: new Set<string>() }
      : await turnsOfRun(thread, id);
    const requests = new RunRequests(this.#log.committer, this.#log.logged, answerTimeoutMs, cwd);
    const messages = new RunMessages(this.#job.id, this.#deps, this.#log, requests, sent);
    try {
      await messages.read();
      const isSent = sent.has(messageId(id, "prompt"));
      const input = isSent ? this.#deps.goOnPrompt ?? GO_ON : prompt;
      const part = isSent ? `go-on-${this.#lease.epoch}` as const : "prompt";
      const turn = await thread.turn(input as TurnInput, this.#options(messageId(id, part)));
      return await this.#follow(turn, messages, requests);
    } finally {
      messages.stop();
    }
  }

  #options(clientUserMessageId: string): Record<string, unknown> {
    const { outputSchema, turnOptions } = this.#job;
    return {
      ...turnOptions,
      clientUserMessageId,
      signal: this.#signal,
      ...(outputSchema === undefined ? {} : { outputSchema }),
    };
  }

  async #follow(
    turn: TurnHandle,
    messages: RunMessages,
    requests: RunRequests,
  ): Promise<End> {
    const serving = requests.serve(turn).catch(() => {});
    const reading = this.#report(turn).catch(() => {}); // run() tells why
    const stop = onAbort(
      this.#signal,
      () => void turn.interrupt({ timeoutMs: CLEANUP_MS }).catch(() => {}),
    );
    messages.steerInto(turn);
    try {
      const aborted = new Promise<never>((_, reject) => {
        onAbort(this.#signal, () => reject(this.#signal.reason));
      });
      aborted.catch(() => {});
      const failed = this.#log.committer.failed;
      const result = await Promise.race([turn.run(), failed, aborted]);
      await Promise.race([Promise.all([reading, serving]), failed]);
      requests.end();
      const isCompleted = result.status === "completed";
      return {
        status: isCompleted ? "completed" : "cancelled",
        fields: fieldsOf(result, messages.cancelReason),
        awaited: [turn.id],
      };
    } catch (error) {
      await waitAtMost(turn.interrupt({ timeoutMs: CLEANUP_MS }).catch(() => {}), CLEANUP_MS);
      throw error;
    } finally {
      stop();
    }
  }

  /** Writes what happens in the turn to the log. */
  async #report(turn: TurnHandle): Promise<void> {
    const turnId = turn.id;
    for await (const event of turn.stream({ onLeave: "detach" })) {
      if (event.method === "item/started") {
        this.#log.add({ type: "itemStarted", turnId, item: event.params.item });
      } else if (event.method === "item/completed") {
        const { item } = event.params;
        this.#log.add({ type: "item", turnId, item }, CALLS.has(item.type) ? [item.id] : []);
      } else if (this.#deps.keep?.(event)) {
        const params = event.params as JsonValue;
        this.#log.add({ type: "notification", method: event.method, params });
      }
    }
  }
}

interface End {
  readonly status: "completed" | "cancelled";
  readonly fields: Partial<AgentJobResult>;
  /** What the rollout must have before the end is stored. */
  readonly awaited: readonly string[];
}

const BLANK: Omit<AgentJobResult, "runId" | "status"> = {
  threadId: null,
  turnId: null,
  finalResponse: null,
  error: null,
  usage: null,
  attempts: 1,
  workspace: null,
};

function fieldsOf(turn: Turn | TurnResult, error: string | null = null): Partial<AgentJobResult> {
  return {
    turnId: turn.id,
    error,
    finalResponse: "finalResponse" in turn ? turn.finalResponse : finalResponseOf(turn.items),
    usage: "usage" in turn && turn.usage !== null
      ? {
        total: turn.usage.total,
        last: turn.usage.last,
        modelContextWindow: turn.usage.modelContextWindow,
      }
      : null,
  };
}

/** Whether an item of a stored turn has ended by itself. */
function isFinished(item: ThreadItem): boolean {
  return !("status" in item) || item.status !== "inProgress";
}
