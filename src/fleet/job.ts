/** A job for an agent and its result: plain data, so that a queue can carry both. */
import type { JsonValue, ThreadTokenUsage } from "../generated/types.ts";
import type { TurnInput } from "../client/input/input.ts";
import type { ThreadOpenOptions } from "../client/threads/thread_options.ts";
import type { TurnOptions } from "../client/turns/turn_options.ts";

/**
 * Settings of the thread of a job: those of {@linkcode ThreadOpenOptions} that are plain data.
 *
 * @example
 * ```ts
 * import type { JobThreadOptions } from "@codex-app-server/sdk/fleet";
 *
 * const thread: JobThreadOptions = { sandbox: "workspaceWrite", approvalMode: "ask" };
 * ```
 */
export type JobThreadOptions = Pick<
  ThreadOpenOptions,
  | "model"
  | "modelProvider"
  | "cwd"
  | "config"
  | "baseInstructions"
  | "developerInstructions"
  | "approvalMode"
  | "sandbox"
>;

/**
 * Settings of the turn of a job: those of {@linkcode TurnOptions} that are plain data.
 *
 * @example
 * ```ts
 * import type { JobTurnOptions } from "@codex-app-server/sdk/fleet";
 *
 * const turn: JobTurnOptions = { effort: "low", timeoutMs: 600_000 };
 * ```
 */
export type JobTurnOptions = Pick<
  TurnOptions,
  "effort" | "summary" | "personality" | "timeoutMs" | "idleTimeoutMs"
>;

/**
 * One prompt for one thread, as {@linkcode runAgentJob} makes it durable. It must survive `JSON.stringify()`.
 *
 * @example
 * ```ts
 * import type { AgentJob } from "@codex-app-server/sdk/fleet";
 *
 * const job: AgentJob = { id: "invoice-17", prompt: "Check invoice 17.", thread: "customer-4" };
 * ```
 */
export interface AgentJob {
  /** The id of the run. A job with an id that has ended returns the stored result and runs nothing. */
  readonly id: string;
  /** What to ask. Data of images and audio travels through the queue: prefer URLs or files. */
  readonly prompt: TurnInput;
  /**
   * A name of your own for the conversation: jobs with the same name continue one thread, one after the other. Defaults to
   * the id of the job, which is a thread of its own.
   */
  readonly thread?: string | undefined;
  /** Settings of the thread. */
  readonly threadOptions?: JobThreadOptions | undefined;
  /** Settings of the turn. */
  readonly turnOptions?: JobTurnOptions | undefined;
  /** The JSON Schema of the answer, as the model gets it. */
  readonly outputSchema?: JsonValue | undefined;
  /** What a provider of workspaces needs, such as a git reference. */
  readonly workspace?: JsonValue | undefined;
  /**
   * Milliseconds that a request for a person waits for an answer in the store; after that it is declined.
   *
   * @default {3_600_000}
   */
  readonly answerTimeoutMs?: number | undefined;
}

/**
 * How a job ended.
 *
 * @example
 * ```ts
 * import type { AgentJobResult } from "@codex-app-server/sdk/fleet";
 *
 * const textOf = (result: AgentJobResult): string => result.finalResponse ?? result.error ?? "";
 * ```
 */
export interface AgentJobResult {
  /** The id of the job. */
  readonly runId: string;
  /** `"failed"` is final: no attempt is left. */
  readonly status: "completed" | "failed" | "cancelled";
  /** The id of the thread on whichever server held it; `null` if the job ended before it had one. */
  readonly threadId: string | null;
  /** The id of the turn that ended the job; `null` if there was none. */
  readonly turnId: string | null;
  /** The agent's answer; `null` if it gave none. */
  readonly finalResponse: string | null;
  /** Why the job failed; `null` otherwise. */
  readonly error: string | null;
  /** The tokens that the thread has used so far; `null` if the server did not report them. */
  readonly usage: ThreadTokenUsage | null;
  /** How many workers held the job, one after the other. */
  readonly attempts: number;
  /** What the workspace left, such as a diff; `null` without a workspace. */
  readonly workspace: JsonValue;
}

/** The name of a job's thread. */
export function threadOf(job: Pick<AgentJob, "id" | "thread">): string {
  return job.thread ?? job.id;
}

/**
 * Checks what a job needs before anything is stored.
 *
 * @throws {TypeError} if the id, the thread or the prompt has the wrong type
 */
export function checkJob(job: AgentJob): void {
  for (const [name, value] of [["id", job.id], ["thread", job.thread ?? job.id]] as const) {
    if (typeof value !== "string" || !/^[^\s/:\\]{1,200}$/.test(value)) {
      throw new TypeError(
        `"${name}" of a job must be 1 to 200 characters without spaces, slashes or colons, got ${
          JSON.stringify(value)
        }`,
      );
    }
  }
  if (typeof job.prompt !== "string" && typeof job.prompt !== "object") {
    throw new TypeError(`"prompt" of a job must be text or input, got ${typeof job.prompt}`);
  }
}
