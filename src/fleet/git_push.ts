/** The branch of a job. */
import { randomUUID } from "node:crypto";
import { WorkspaceError } from "./errors.ts";
import type { GitFiles } from "./git_files.ts";

/** Where the result of a run goes. */
export interface BranchOfRun {
  readonly url: string;
  readonly branch: string;
  readonly runId: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Pushes the files of a commit as one commit on the base. The branch must be new, or from an earlier attempt of the run.
 *
 * @throws {WorkspaceError} if the branch has something else
 */
export async function pushBranch(
  files: GitFiles,
  commit: string,
  { url, branch, runId, author, env }: BranchOfRun,
): Promise<string> {
  const target = `refs/heads/${branch}`;
  const listed = await files.remote(["ls-remote", "--", url, target], env);
  const found = /^[0-9a-f]{40}/.exec(listed)?.[0];
  const trailer = `Codex-Run: ${runId}`;
  if (found !== undefined) {
    const local = `refs/fleet/${randomUUID()}`;
    const args = ["fetch", "-q", "--no-tags", "--no-write-fetch-head"];
    await files.remote([...args, "--", url, `+${target}:${local}`], env);
    const pushed = await files.describe(local);
    if (pushed.parent !== files.base || !pushed.message.split("\n").includes(trailer)) {
      throw new WorkspaceError(
        `branch ${JSON.stringify(branch)} exists already and is not of this run; name another one`,
        "workspace_branch",
      );
    }
    if (pushed.tree === await files.treeOf(commit)) return pushed.commit;
  }
  const message = `Changes of job ${runId}\n\n${trailer}\n`;
  const made = await files.commitAs(commit, message, author);
  const lease = `--force-with-lease=${target}:${found ?? ""}`;
  await files.remote(["push", "-q", "--no-verify", lease, "--", url, `${made}:${target}`], env);
  return made;
}
