/** What a job names as its workspace, and what it gets back. */
import type { JsonValue } from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import { WorkspaceError } from "./errors.ts";
import { checkRef } from "./git_names.ts";

/**
 * The workspace of a job, for {@linkcode gitWorkspaces}: a repository or a folder that the worker knows by this name.
 *
 * @example
 * ```ts
 * import type { AgentJob, WorkspaceRequest } from "@codex-app-server/sdk/fleet";
 *
 * const workspace: WorkspaceRequest = { repository: "shop", ref: "main", push: "codex/fix-17" };
 * const job: AgentJob = { id: "fix-17", prompt: "Fix issue 17.", workspace: { ...workspace } };
 * ```
 */
export type WorkspaceRequest =
  | {
    /** The name of the repository. */
    readonly repository: string;
    /**
     * A branch, a tag or the whole name of a commit.
     *
     * @default {"HEAD"}
     */
    readonly ref?: string | undefined;
    /** The branch that gets the result as one commit. Without it, the result is the difference alone. */
    readonly push?: string | undefined;
  }
  | {
    /** The name of the folder. The job works on a copy of it, ignored files aside. */
    readonly folder: string;
  };

/**
 * What a job with a {@linkcode WorkspaceRequest} leaves: `workspace` of its result. An agent wrote the content.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { WorkspaceResult } from "@codex-app-server/sdk/fleet";
 *
 * const show = ({ files }: WorkspaceResult): string => files.map((name) => printable(name)).join("\n");
 * ```
 */
export interface WorkspaceResult {
  /** The commit that the job began with. For a folder, one that stands for its content. */
  readonly base: string;
  /** The names of the files that differ, at most 10,000. */
  readonly files: readonly string[];
  /** The difference, as `git apply` takes it; `null` if it is larger than `maxDiffBytes`. */
  readonly diff: string | null;
  /** The branch that was pushed; `null` if there was none to push, or nothing has changed, or the job did not complete. */
  readonly branch: string | null;
  /** The commit on that branch; `null` without one. */
  readonly commit: string | null;
}

/**
 * Reads the workspace of a job.
 *
 * @throws {TypeError} if it is none
 * @throws {WorkspaceError} if a name in it cannot be one
 */
export function readWorkspaceRequest(
  value: JsonValue | undefined,
  branchPrefix: string,
): WorkspaceRequest {
  const fields = isRecord(value) ? Object.entries(value) : [];
  const known = ["repository", "ref", "push", "folder"];
  for (const [name, text] of fields) {
    if (!known.includes(name) || typeof text !== "string" || text === "") {
      throw new TypeError(
        `"workspace" of a job has { repository, ref?, push? } or { folder }, all of them text; ${
          JSON.stringify(name)
        } is something else`,
      );
    }
  }
  const { repository, ref = "HEAD", push, folder } = Object.fromEntries(fields) as Record<
    string,
    string
  >;
  if ((repository === undefined) === (folder === undefined)) {
    throw new TypeError(
      `"workspace" of a job must have either "repository" or "folder" for this worker`,
    );
  }
  if (folder !== undefined) return { folder };
  checkRef(ref);
  if (push !== undefined && (!push.startsWith(branchPrefix) || push === branchPrefix)) {
    throw new WorkspaceError(
      `the branch to push must begin with ${JSON.stringify(branchPrefix)}, got ${
        JSON.stringify(push)
      }; "branchPrefix" of the worker sets it`,
      "workspace_branch",
    );
  }
  if (push !== undefined) checkRef(push);
  return { repository: repository as string, ref, ...(push === undefined ? {} : { push }) };
}
