/** What a machine keeps of a repository, so that a job downloads only what is new. */
import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { git, type GitCall, gitLine } from "./git.ts";
import { isCommit } from "./git_names.ts";

/** Copies of repositories, which jobs borrow objects from. Nothing in them is ever removed. */
export class GitMirrors {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  /** The last fetch of each copy: two at a time would download the same. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** Keeps the copies in a folder. */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** The folder of the objects of a repository. */
  objectsOf(url: string): string {
    return join(this.#pathOf(url), "objects");
  }

  /** Brings a reference up to date. Returns its commit. */
  async fetch(url: string, ref: string, call: GitCall): Promise<string> {
    const path = this.#pathOf(url);
    const before = this.#turns.get(path) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => this.#fetch(path, url, ref, call));
    this.#turns.set(path, turn);
    return await turn;
  }

  async #fetch(path: string, url: string, ref: string, call: GitCall): Promise<string> {
    const here = (args: readonly string[], more: Partial<GitCall> = {}): Promise<string> =>
      gitLine([`--git-dir=${path}`, ...args], { cwd: path, ...call, ...more });
    await git(["init", "-q", "--bare", "--template=", "--", path], call);
    if (isCommit(ref)) {
      const known = await here(["rev-parse", "-q", "--verify", `${ref}^{commit}`]).catch(() => "");
      if (known === ref) return ref;
    }
    const target = `refs/fleet/jobs/${randomUUID()}`;
    const args = ["fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
    await here([...args, "--", url, `+${ref}:${target}`], { env: this.#env, remote: true });
    const commit = await here(["rev-parse", "-q", "--verify", `${target}^{commit}`]);
    // The next fetch says that this is here already.
    const kept = `refs/fleet/seen/${createHash("sha256").update(ref).digest("hex")}`;
    await here(["update-ref", kept, commit]).catch(() => {}); // another process does the same
    await here(["update-ref", "-d", target]);
    return commit;
  }

  #pathOf(url: string): string {
    const hash = createHash("sha256").update(url).digest("hex").slice(0, 24);
    return join(this.#folder, hash);
  }
}
