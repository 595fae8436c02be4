/** The files of an attempt and the repository that watches them, which the agent never writes. */
import { Buffer } from "node:buffer";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git, type GitCall, gitLine } from "./git.ts";

/** How every command of one attempt runs. */
export type AttemptCall = Pick<GitCall, "signal" | "timeoutMs">;

/** Git's own dates would make two snapshots of the same files differ. */
const NOBODY: Readonly<Record<string, string>> = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((who) => [
    [`GIT_${who}_NAME`, "Codex"],
    [`GIT_${who}_EMAIL`, "codex@localhost"],
    [`GIT_${who}_DATE`, "@0 +0000"],
  ]),
);

const STATE = "refs/fleet/state";

/**
 * Files that an agent may change in any way, its own `.git` included, and a private repository beside them. Git never runs
 * with the settings that an agent could have written, and nothing here makes it look into a repository within the files.
 */
export class GitFiles {
  /** The folder of the files. */
  readonly tree: string;
  readonly #repository: string;
  readonly #call: AttemptCall;
  #base = "";

  /** Makes a private repository at a path for the files at another one. */
  constructor(repository: string, tree: string, call: AttemptCall) {
    this.#repository = repository;
    this.tree = tree;
    this.#call = call;
  }

  /** The commit that the job begins with. */
  get base(): string {
    return this.#base;
  }

  /** Creates the repository; it borrows the objects of others. */
  async create(borrowed: readonly string[]): Promise<void> {
    await mkdir(this.tree, { recursive: true });
    await git(["init", "-q", "--bare", "--template=", "--", this.#repository], this.#call);
    await borrow(this.#repository, borrowed);
  }

  /** Adds the commits of a bundle. */
  async unbundle(bytes: Uint8Array): Promise<void> {
    const file = join(this.#repository, "saved.bundle");
    await writeFile(file, bytes);
    await this.#run(["bundle", "unbundle", file]);
    await rm(file);
  }

  /** Makes a folder's content the base, its ignored files aside. */
  async baseOf(folder: string): Promise<string> {
    await this.#index(folder);
    this.#base = await this.#commit(await this.#line(["write-tree"]), [], "The folder");
    return this.#base;
  }

  /** Puts the files of a commit into the folder, and a repository that begins at the base. */
  async checkOut(base: string, commit: string, branch: string | null): Promise<void> {
    this.#base = base;
    await this.#run(["read-tree", commit]);
    await this.#run(["checkout-index", "-q", "-a", "-u", "-f"], this.tree);
    const own = join(this.tree, ".git");
    const run = (args: readonly string[]): Promise<Uint8Array> =>
      git([`--git-dir=${own}`, `--work-tree=${this.tree}`, ...args], this.#call);
    await git(["init", "-q", "--template=", "--", this.tree], this.#call);
    const lent = await readFile(join(this.#repository, "objects/info/alternates"), "utf8");
    await borrow(own, [join(this.#repository, "objects"), ...lent.split("\n").filter(Boolean)]);
    if (branch !== null) await run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
    await run(["update-ref", ...(branch === null ? ["--no-deref"] : []), "HEAD", base]);
    await run(["read-tree", base]);
    await run(["update-index", "-q", "--refresh"]).catch(() => {}); // fails where files differ
  }

  /** Commits the files as they are, beside the agent's repository. Returns the former commit if nothing has changed. */
  async snapshot(former: string): Promise<string> {
    await this.#index(this.tree);
    const tree = await this.#line(["write-tree"]);
    if (tree === await this.treeOf(former)) return former;
    return await this.#commit(tree, [former], "The files of a job");
  }

  /** Returns a commit with the same files, directly after the base. */
  async flat(commit: string): Promise<string> {
    return await this.#commit(await this.treeOf(commit), [this.#base], "The files of a job");
  }

  /** Returns the commits after another one as a bundle; all without one. */
  async bundle(commit: string, after: string | null, maxBytes: number): Promise<Uint8Array> {
    await this.#run(["update-ref", STATE, commit]);
    const range = after === null ? [] : [`^${after}`];
    const args = ["bundle", "create", "-q", "-", STATE, ...range];
    return await this.#run(args, undefined, { maxBytes });
  }

  /** Returns the id of the content of a commit. */
  async treeOf(commit: string): Promise<string> {
    return await this.#line(["rev-parse", "--verify", "-q", `${commit}^{tree}`]);
  }

  /** Returns what a commit says of itself. */
  async describe(ref: string): Promise<
    {
      readonly commit: string;
      readonly tree: string;
      readonly parent: string;
      readonly message: string;
    }
  > {
    const format = "--format=%H%n%T%n%P%n%B";
    const text = await this.#line(["log", "-1", "--no-show-signature", format, ref, "--"]);
    const [commit = "", tree = "", parent = "", ...message] = text.split("\n");
    return { commit, tree, parent, message: message.join("\n") };
  }

  /** Returns the names of the files that differ from the base. */
  async changed(commit: string): Promise<string[]> {
    return names(await this.#run(["diff-tree", "-r", "-z", "--name-only", this.#base, commit]));
  }

  /** Returns the difference to the base, as `git apply` takes it; `null` if it is longer than `maxBytes`. */
  async diff(commit: string, maxBytes: number): Promise<string | null> {
    const args = [
      "-p",
      "--binary",
      "--full-index",
      "--no-ext-diff",
      "--no-textconv",
      "--no-renames",
    ];
    const read = (): Promise<Uint8Array | null> =>
      this.#run(["diff-tree", ...args, this.#base, commit], undefined, { maxBytes }).catch(
        (error) => `${error}`.includes("printed more than") ? null : Promise.reject(error),
      );
    const text = await read();
    if (text === null) return null;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
    } catch {
      // Files in another encoding travel as binary ones.
      await mkdir(join(this.#repository, "info"), { recursive: true });
      await writeFile(join(this.#repository, "info/attributes"), "* -diff\n");
      const binary = await read();
      return binary === null ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(binary);
    }
  }

  /** Commits the content of a commit anew, on the base, as an author. */
  async commitAs(
    commit: string,
    message: string,
    { name, email }: { readonly name: string; readonly email: string },
  ): Promise<string> {
    const who = Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((role) => [
        [`GIT_${role}_NAME`, name],
        [`GIT_${role}_EMAIL`, email],
      ]),
    );
    return await this.#line(
      ["commit-tree", await this.treeOf(commit), "-p", this.#base],
      { env: who, input: message },
    );
  }

  /** Runs a command that reaches a repository elsewhere. */
  async remote(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    return await this.#line(args, { env, remote: true });
  }

  async #commit(tree: string, parents: readonly string[], message: string): Promise<string> {
    const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
    return await this.#line(args, { env: NOBODY, input: message });
  }

  /** Brings the private index up to date with a folder, without looking into repositories within it. */
  async #index(folder: string): Promise<void> {
    const [added, changed] = await Promise.all([
      this.#run(["ls-files", "-z", "--others", "--exclude-standard"], folder),
      this.#run(["ls-files", "-z", "--modified", "--deleted"], folder),
    ]);
    // A name with a slash at its end is a repository of its own.
    // Bytes stay bytes, whatever their encoding.
    const files = [changed, added].flatMap((list) =>
      Buffer.from(list).toString("latin1").split("\0").filter((name) => /[^/]$/.test(name))
    );
    if (files.length === 0) return;
    const args = ["update-index", "-z", "--add", "--remove", "--replace", "--stdin"];
    const input = Buffer.from(files.map((name) => `${name}\0`).join(""), "latin1");
    await this.#run(args, folder, { input });
  }

  async #run(
    args: readonly string[],
    tree?: string,
    call: Partial<GitCall> = {},
  ): Promise<Uint8Array> {
    const where = tree === undefined ? [] : [`--work-tree=${tree}`];
    return await git([`--git-dir=${this.#repository}`, ...where, ...args], {
      cwd: this.#repository, // never the agent's files: some systems look for programs there
      ...this.#call,
      ...call,
    });
  }

  async #line(args: readonly string[], call: Partial<GitCall> = {}): Promise<string> {
    return await gitLine([`--git-dir=${this.#repository}`, ...args], {
      cwd: this.#repository,
      ...this.#call,
      ...call,
    });
  }
}

/** Lets a repository find the objects of others. */
async function borrow(repository: string, objects: readonly string[]): Promise<void> {
  const info = join(repository, "objects", "info");
  await mkdir(info, { recursive: true });
  await writeFile(join(info, "alternates"), objects.map((path) => `${path}\n`).join(""));
}

function names(output: Uint8Array): string[] {
  return new TextDecoder().decode(output).split("\0").filter((name) => name !== "");
}
