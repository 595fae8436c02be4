/** Workspaces from git repositories and folders. */
import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { JsonValue } from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs } from "../util/timer.ts";
import { makeAttemptFolder, removeAttemptFolder, sweepAttemptFolders } from "./attempt_folders.ts";
import { WorkspaceError } from "./errors.ts";
import { type AttemptCall, GitFiles } from "./git_files.ts";
import { GitMirrors } from "./git_mirror.ts";
import { checkRef, checkUrl, isCommit } from "./git_names.ts";
import { pushBranch } from "./git_push.ts";
import type { AgentJob, AgentJobResult } from "./job.ts";
import type { SavedWorkspace, StoredPart } from "./store.ts";
import type { JobWorkspace, OpenWorkspace, WorkspaceContext } from "./workspace.ts";
import {
  readWorkspaceRequest,
  type WorkspaceRequest,
  type WorkspaceResult,
} from "./workspace_request.ts";

/**
 * Options of {@linkcode gitWorkspaces}.
 *
 * @example
 * ```ts
 * import type { GitWorkspacesOptions } from "@codex-app-server/sdk/fleet";
 *
 * const options: GitWorkspacesOptions = {
 *   root: "/var/lib/worker/git",
 *   repositories: { shop: "git@example.com:acme/shop.git" },
 * };
 * ```
 */
export interface GitWorkspacesOptions {
  /**
   * An absolute path: copies of the repositories and the folders of the attempts go there. Workers of one machine may share
   * it. Keep it out of the temporary folders, where agents may write.
   */
  readonly root: string;
  /** The addresses of the repositories that jobs may name; a function returns `undefined` for an unknown name. */
  readonly repositories?:
    | Readonly<Record<string, string>>
    | ((name: string) => string | undefined)
    | undefined;
  /** The absolute paths of the folders that jobs may name. */
  readonly folders?: Readonly<Record<string, string>> | undefined;
  /**
   * How the name of a pushed branch must begin.
   *
   * @default {"codex/"}
   */
  readonly branchPrefix?: string | undefined;
  /**
   * The author of pushed commits.
   *
   * @default {{ name: "Codex", email: "codex@localhost" }}
   */
  readonly author?: { readonly name: string; readonly email: string } | undefined;
  /** Further variables for commands that reach a repository, such as `GIT_SSH_COMMAND` or `GIT_ASKPASS`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * Maximum length of the difference in a result, in bytes.
   *
   * @default {1_048_576}
   */
  readonly maxDiffBytes?: number | undefined;
  /**
   * Maximum size of what one save stores, in bytes. An attempt that needs more fails.
   *
   * @default {268_435_456}
   */
  readonly maxSavedBytes?: number | undefined;
  /**
   * Milliseconds that one command of git may take.
   *
   * @default {600_000}
   */
  readonly timeoutMs?: number | undefined;
}

const OPTIONS: OptionNames<GitWorkspacesOptions> = {
  root: true,
  repositories: true,
  folders: true,
  branchPrefix: true,
  author: true,
  env: true,
  maxDiffBytes: true,
  maxSavedBytes: true,
  timeoutMs: true,
};

/** Number of saves after which all changes are stored again as one. */
const MAX_SAVES = 16;
const MAX_FILES = 10_000;

/**
 * Provides a fresh folder per attempt, from a git repository or a folder that the worker allows. The files are saved with
 * each finished command, so that the next worker has them all. Needs git 2.31 or newer.
 *
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @throws {WorkspaceError} if an address has credentials in it, or names a program
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { gitWorkspaces } from "@codex-app-server/sdk/fleet";
 * import { codexWorker } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * async function main(): Promise<void> {
 *   await using worker = await codexWorker({
 *     postgres: "postgres://fleet@db/agents",
 *     start: (slot) => Codex.start({ codexHome: `/var/lib/worker/home-${slot}` }),
 *     openWorkspace: gitWorkspaces({
 *       root: "/var/lib/worker/git",
 *       repositories: { shop: "git@example.com:acme/shop.git" },
 *     }),
 *   });
 *   await worker.closed;
 * }
 * ```
 */
export function gitWorkspaces(options: GitWorkspacesOptions): OpenWorkspace {
  checkOptionNames("gitWorkspaces()", options, OPTIONS);
  const { root, repositories = {}, folders = {}, branchPrefix = "codex/", env = {} } = options;
  checkLimitMs("timeoutMs", options.timeoutMs);
  for (const [name, path] of [["root", root], ...Object.entries(folders)]) {
    if (typeof path !== "string" || !isAbsolute(path)) {
      throw new TypeError(`"${name}" must be an absolute path, got ${JSON.stringify(path)}`);
    }
  }
  if (typeof repositories !== "function") Object.values(repositories).forEach(checkUrl);
  checkRef(`${branchPrefix}x`);
  const mirrors = new GitMirrors(join(root, "mirrors"), env);
  return async (job, context) => {
    const request = readWorkspaceRequest(job.workspace, branchPrefix);
    const source = sourceOf(request, { repositories, folders });
    const attempts = join(root, "attempts");
    await sweepAttemptFolders(attempts);
    const folder = await makeAttemptFolder(attempts, job.id, context.epoch);
    try {
      const workspace = new GitWorkspace(folder, request, source, { job, context, options });
      await workspace.open(mirrors);
      return workspace;
    } catch (error) {
      await removeAttemptFolder(folder);
      throw error;
    }
  };
}

/** The address of the repository, or the path of the folder, that a job names. */
function sourceOf(
  request: WorkspaceRequest,
  { repositories, folders }: {
    readonly repositories: NonNullable<GitWorkspacesOptions["repositories"]>;
    readonly folders: Readonly<Record<string, string>>;
  },
): string {
  const [kind, name] = "folder" in request
    ? ["folder", request.folder]
    : ["repository", request.repository];
  const known = "folder" in request ? folders : repositories;
  const source = typeof known === "function"
    ? known(name)
    : Object.hasOwn(known, name)
    ? known[name]
    : undefined;
  if (source === undefined) {
    throw new WorkspaceError(
      `the worker knows no ${kind} ${JSON.stringify(name)}; add it to "${
        kind === "folder" ? "folders" : "repositories"
      }" of gitWorkspaces()`,
      "workspace_unknown",
    );
  }
  return "folder" in request ? source : checkUrl(source);
}

/** What the checkpoint notes. */
interface SavedData {
  readonly base: string;
  readonly commit: string;
}

class GitWorkspace implements JobWorkspace {
  readonly cwd: string;
  readonly #folder: string;
  readonly #request: WorkspaceRequest;
  readonly #source: string;
  readonly #job: AgentJob;
  readonly #context: WorkspaceContext;
  readonly #options: GitWorkspacesOptions;
  readonly #call: AttemptCall;
  readonly #files: GitFiles;
  #commit = "";
  #parts: readonly StoredPart[] = [];

  constructor(
    folder: string,
    request: WorkspaceRequest,
    source: string,
    of: {
      readonly job: AgentJob;
      readonly context: WorkspaceContext;
      readonly options: GitWorkspacesOptions;
    },
  ) {
    this.#folder = folder;
    this.#request = request;
    this.#source = source;
    this.#job = of.job;
    this.#context = of.context;
    this.#options = of.options;
    this.cwd = join(folder, "files");
    this.#call = { signal: of.context.signal, timeoutMs: of.options.timeoutMs ?? 600_000 };
    this.#files = new GitFiles(join(folder, "repository"), this.cwd, this.#call);
  }

  /** Prepares the folder: as the last attempt has saved it, or as the reference or the folder is now. */
  async open(mirrors: GitMirrors): Promise<void> {
    const { saved, read } = this.#context;
    const data = dataOf(saved);
    const base = "folder" in this.#request
      ? await this.#openFolder()
      : await this.#fetchBase(mirrors, data, this.#request.ref ?? "HEAD");
    if (saved !== undefined) {
      for (const part of saved.parts) await this.#files.unbundle(await read(part));
    }
    const start = data?.base ?? base ?? await this.#baseOfFolder();
    this.#commit = data?.commit ?? start;
    this.#parts = saved?.parts ?? [];
    await this.#files.checkOut(start, this.#commit, branchOf(this.#request));
  }

  async save(put: (bytes: Uint8Array) => Promise<StoredPart>): Promise<SavedWorkspace> {
    const { maxSavedBytes = 256 * 1024 * 1024 } = this.#options;
    const files = this.#files;
    const isFolder = "folder" in this.#request;
    const first: StoredPart[] = [];
    if (isFolder && this.#parts.length === 0) {
      // Another machine may have another content, or none.
      first.push(await put(await files.bundle(files.base, null, maxSavedBytes)));
    }
    let commit = await files.snapshot(this.#commit);
    let parts = [...this.#parts, ...first];
    if (commit !== this.#commit) {
      if (parts.length < MAX_SAVES) {
        parts.push(await put(await files.bundle(commit, this.#commit, maxSavedBytes)));
      } else {
        commit = await files.flat(commit);
        const kept = isFolder ? parts.slice(0, 1) : [];
        parts = [...kept, await put(await files.bundle(commit, files.base, maxSavedBytes))];
      }
    }
    this.#commit = commit;
    this.#parts = parts;
    const data: SavedData = { base: files.base, commit };
    return { data: { ...data }, parts };
  }

  async finish({ status }: AgentJobResult): Promise<JsonValue> {
    const { maxDiffBytes = 1024 * 1024, author, env = {} } = this.#options;
    const files = this.#files;
    const commit = await files.snapshot(this.#commit);
    const changed = await files.changed(commit);
    const { push } = this.#request as { readonly push?: string };
    const pushed = push === undefined || status !== "completed" || changed.length === 0
      ? null
      : await pushBranch(files, commit, {
        ...{ url: this.#source, branch: push, runId: this.#job.id, env },
        author: author ?? { name: "Codex", email: "codex@localhost" },
      });
    const result: WorkspaceResult = {
      base: files.base,
      files: changed.slice(0, MAX_FILES),
      diff: await files.diff(commit, maxDiffBytes),
      branch: pushed === null ? null : push ?? null,
      commit: pushed,
    };
    return { ...result, files: [...result.files] };
  }

  async close(): Promise<void> {
    await removeAttemptFolder(this.#folder);
  }

  async #fetchBase(
    mirrors: GitMirrors,
    saved: SavedData | undefined,
    ref: string,
  ): Promise<string> {
    const wanted = saved?.base ?? ref;
    const commit = await mirrors.fetch(this.#source, wanted, this.#call).catch(async (error) => {
      // Some servers give no commits by name: the reference has it, unless it was rewritten.
      if (saved === undefined || this.#call.signal?.aborted) throw error;
      await mirrors.fetch(this.#source, ref, this.#call);
      return await mirrors.fetch(this.#source, wanted, this.#call);
    });
    await this.#files.create([mirrors.objectsOf(this.#source)]);
    return commit;
  }

  async #openFolder(): Promise<undefined> {
    await this.#files.create([]);
  }

  async #baseOfFolder(): Promise<string> {
    const info = await stat(this.#source).catch(() => undefined);
    if (!info?.isDirectory()) {
      throw new WorkspaceError("the folder does not exist on this worker", "workspace_unknown");
    }
    return await this.#files.baseOf(this.#source);
  }
}

function dataOf(saved: SavedWorkspace | undefined): SavedData | undefined {
  const { base, commit } = isRecord(saved?.data) ? saved.data : {};
  if (typeof base !== "string" || typeof commit !== "string") return undefined;
  return isCommit(base) && isCommit(commit) ? { base, commit } : undefined;
}

/** The branch that the agent sees itself on. */
function branchOf(request: WorkspaceRequest): string | null {
  if ("folder" in request) return "main";
  const ref = request.ref?.replace(/^refs\/heads\//, "") ?? "HEAD";
  return ref === "HEAD" || isCommit(ref) || ref.startsWith("refs/") ? null : ref;
}
