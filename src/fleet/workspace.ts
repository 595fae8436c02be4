/** Where a job works: a folder that a provider prepares for it. */
import type { JsonValue } from "../generated/types.ts";
import type { AgentJob, AgentJobResult } from "./job.ts";
import type { SavedWorkspace, StoredPart } from "./store.ts";

/**
 * The folder of a job on this machine.
 *
 * @example
 * ```ts
 * import type { JobWorkspace } from "@codex-app-server/sdk/fleet";
 *
 * const fixed: JobWorkspace = { cwd: "/srv/project", close: async () => {} };
 * ```
 */
export interface JobWorkspace {
  /** The working directory of the agent; it overrides the one of the job. */
  readonly cwd: string;
  /**
   * Saves the files for the next worker, after each finished command and change. `put` stores bytes; parts of the former
   * save that are not returned again are removed. Without it, the next worker begins with a fresh folder.
   */
  save?(put: (bytes: Uint8Array) => Promise<StoredPart>): Promise<SavedWorkspace>;
  /**
   * Collects what the job leaves, such as a diff: `workspace` of its result. Called before the run ends, also when it has
   * failed for good; again if the worker is killed before the end is stored.
   */
  finish?(result: AgentJobResult): Promise<JsonValue>;
  /** Removes the folder. Called after every attempt, also a failed one. */
  close(): Promise<void>;
}

/**
 * What a provider of workspaces knows of the attempt.
 *
 * @example
 * ```ts
 * import type { WorkspaceContext } from "@codex-app-server/sdk/fleet";
 *
 * const isSecondTry = ({ resumed }: WorkspaceContext): boolean => resumed;
 * ```
 */
export interface WorkspaceContext {
  /** Whether another attempt was there before: its commands may have left something. */
  readonly resumed: boolean;
  /** The fencing token of the attempt; a folder or branch with it in its name belongs to this attempt alone. */
  readonly epoch: number;
  /** What the run's last attempt has saved; `undefined` if nothing. */
  readonly saved: SavedWorkspace | undefined;
  /** Reads a saved part. */
  readonly read: (part: StoredPart) => Promise<Uint8Array>;
  /** Aborts when the attempt must end. */
  readonly signal: AbortSignal;
}

/**
 * Prepares the folder of a job, such as a clone or a worktree.
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import type { OpenWorkspace } from "@codex-app-server/sdk/fleet";
 *
 * const openWorkspace: OpenWorkspace = async (job) => {
 *   const cwd = await mkdtemp(`/tmp/${job.id}-`);
 *   return { cwd, close: () => rm(cwd, { recursive: true, force: true }) };
 * };
 * ```
 */
export type OpenWorkspace = (job: AgentJob, context: WorkspaceContext) => Promise<JobWorkspace>;
