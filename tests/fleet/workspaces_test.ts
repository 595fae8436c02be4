/** Workspaces of jobs: real git, and the real binary whose worker is killed. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { Codex } from "../../mod.ts";
import {
  type AgentJobDeps,
  type AgentJobResult,
  gitWorkspaces,
  type GitWorkspacesOptions,
  memoryStore,
  type OpenWorkspace,
  runAgentJob,
  ServerLostError,
  type StoredPart,
  WorkspaceError,
  type WorkspaceResult,
} from "../../fleet.ts";
import { gate, message, ScriptedModel, shellCommand, TemporaryCodexHome } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function run(cwd: string, ...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@localhost"];
  return execFileSync("git", [...who, ...args], { cwd, env, encoding: "utf8" }).trim();
}

/** A folder with a repository `origin` and what workers need. */
class Place implements AsyncDisposable {
  readonly folder: string;
  readonly origin: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.origin = join(folder, "origin");
  }

  static async make(): Promise<Place> {
    const place = new Place(await mkdtemp(join(tmpdir(), "codex-git-")));
    const { origin } = place;
    await mkdir(join(origin, "sub"), { recursive: true });
    run(origin, "init", "-q", "-b", "main");
    await writeFile(join(origin, "a.txt"), "one\n");
    await writeFile(join(origin, "sub/b.bin"), new Uint8Array([0, 1, 2, 255]));
    await writeFile(join(origin, ".gitignore"), "ignored\n");
    run(origin, "add", "-A");
    run(origin, "commit", "-q", "-m", "first");
    return place;
  }

  /** A provider as on a machine of its own. */
  provider(machine: string, options: Partial<GitWorkspacesOptions> = {}): OpenWorkspace {
    return gitWorkspaces({
      root: join(this.folder, machine),
      repositories: { shop: this.origin },
      folders: { plain: join(this.folder, "plain") },
      ...options,
    });
  }

  /** What attempts have left on a machine. */
  async left(machine: string): Promise<string[]> {
    return await readdir(join(this.folder, machine, "attempts"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const resultOf = (result: AgentJobResult): WorkspaceResult =>
  result.workspace as unknown as WorkspaceResult;

test("gitWorkspaces gives the next worker the files of every finished command, and pushes one commit [R-110]", async () => {
  await using place = await Place.make();
  await using scripted = await ScriptedModel.start({ sandboxMode: "danger-full-access" });
  const { model } = scripted;
  await using store = memoryStore();
  const kept = new Map<string, Uint8Array>();
  const threads: AgentJobDeps["threads"] = {
    put: (key, bytes) => Promise.resolve(void kept.set(key, bytes.slice())),
    get: (key) => Promise.resolve(kept.get(key)),
    remove: (keys) => Promise.resolve(keys.forEach((key) => kept.delete(key))),
  };
  const deps = (codex: Codex, worker: string): AgentJobDeps => ({
    ...{ codex, store, threads, worker, openWorkspace: place.provider(worker) },
  });
  const workspace = { repository: "shop", ref: "main", push: "codex/fix" };
  const job = { id: "fix", prompt: "Fix it.", workspace };
  const [base, second] = [run(place.origin, "rev-parse", "HEAD"), gate()];
  const steps = [
    "git log --format=%s && git status --porcelain && echo two >> a.txt && rm sub/b.bin",
    "mkdir new && echo new > 'new/ü \" x' && touch ignored && git -c user.name=x -c user.email=x@x commit -qam mine",
  ];
  model.enqueue(shellCommand(steps.join(" && "), { callId: "one" }));
  model.enqueue(second, shellCommand("echo never > never.txt", { callId: "two" }));

  const first = await Codex.start(scripted.options);
  const dying = runAgentJob(job, deps(first, "w1"));
  dying.catch(() => {});
  await model.waitForRequests(2);
  for (let isDone = false; !isDone;) {
    const events = await store.events(job.id, 0, 100);
    isDone = events.some(({ event }) => event.type === "item" && event.item.id === "one");
    if (!isDone) await Promise.race([dying, new Promise((resolve) => setTimeout(resolve, 10))]);
  }
  process.kill(first.pid ?? 0, "SIGKILL");
  await assertRejects(() => dying, ServerLostError);
  await first.close();
  second.open();
  assertEquals(await place.left("w1"), []);
  // The branch goes on meanwhile; the job keeps its base.
  await writeFile(join(place.origin, "later.txt"), "later\n");
  run(place.origin, "add", "-A");
  run(place.origin, "commit", "-q", "-m", "later");

  const home = await TemporaryCodexHome.create({
    modelUrl: model.url,
    sandboxMode: "danger-full-access",
  });
  try {
    model.enqueue(shellCommand("ls -a . new; git status --porcelain; echo three >> a.txt", {
      callId: "three",
    }));
    model.enqueue(message("done"));
    await using codex = await Codex.start({
      ...scripted.options,
      codexHome: home.path,
      env: home.env,
    });
    const result = await runAgentJob(job, deps(codex, "w2"));
    const seen = model.requests.at(-1)?.functionOutputs();
    assert(seen?.get("one")?.includes("first\n"));
    assert(seen?.get("three")?.includes("ü"));
    assert(!seen?.get("three")?.includes("never"));
    const left = resultOf(result);
    assertEquals(left.base, base);
    assertEquals([...left.files].sort(), ["a.txt", 'new/ü " x', "sub/b.bin"]);
    assertEquals(run(place.origin, "rev-parse", "codex/fix"), left.commit);
    assertEquals(run(place.origin, "rev-parse", "codex/fix^"), base);
    assertEquals(run(place.origin, "show", "codex/fix:a.txt"), "one\ntwo\nthree");
    assert(run(place.origin, "log", "-1", "--format=%B", "codex/fix").endsWith("Codex-Run: fix"));
    // The difference is a patch.
    run(place.origin, "checkout", "-q", "--detach", base);
    await writeFile(join(place.folder, "patch"), left.diff ?? "");
    run(place.origin, "apply", "--index", join(place.folder, "patch"));
    assertEquals(
      run(place.origin, "write-tree"),
      run(place.origin, "rev-parse", "codex/fix^{tree}"),
    );
    assertEquals(await place.left("w2"), []);
    assertEquals([...kept.keys()].filter((key) => key.includes("/files/")), []);
  } finally {
    await home.remove();
  }
});

/** Runs a provider as runAgentJob() does, without an agent. */
async function openOn(
  open: OpenWorkspace,
  id: string,
  workspace: Record<string, string>,
  saved: Awaited<ReturnType<typeof stateOf>> | undefined = undefined,
  epoch = 1,
): ReturnType<OpenWorkspace> {
  const signal = AbortSignal.timeout(60_000);
  const read = (part: StoredPart): Promise<Uint8Array> =>
    Promise.resolve(saved?.bytes.get(part.key) ?? new Uint8Array());
  return await open({ id, prompt: "", workspace }, {
    ...{ resumed: saved !== undefined, epoch, saved: saved?.saved, read, signal },
  });
}

async function stateOf(
  workspace: Awaited<ReturnType<OpenWorkspace>>,
  bytes: Map<string, Uint8Array> = new Map(),
): Promise<
  {
    saved: Awaited<ReturnType<NonNullable<typeof workspace.save>>>;
    bytes: Map<string, Uint8Array>;
  }
> {
  const saved = await workspace.save?.((part) => {
    const key = `${bytes.size}`;
    bytes.set(key, part);
    return Promise.resolve({ key, bytes: part.length });
  });
  assert(saved !== undefined);
  return { saved, bytes };
}

const done = { status: "completed" } as AgentJobResult;

test("gitWorkspaces runs nothing that an agent or a repository has planted [R-110]", async () => {
  await using place = await Place.make();
  const marker = join(place.folder, "planted");
  const evil = `touch ${marker}`;
  // What a repository brings along.
  await writeFile(join(place.origin, ".gitattributes"), "* filter=evil diff=evil\n");
  run(place.origin, "add", "-A");
  run(place.origin, "commit", "-q", "-m", "attributes");
  const workspace = await openOn(place.provider("w1"), "evil", {
    repository: "shop",
    push: "codex/evil",
  });
  const { cwd } = workspace;
  assertEquals(run(cwd, "status", "--porcelain"), "");
  // What an agent leaves: settings and hooks of its repository, and a repository within.
  const nested = join(cwd, "nested");
  await mkdir(nested);
  run(nested, "init", "-q");
  await writeFile(join(nested, "x"), "x");
  run(nested, "add", "-A");
  run(nested, "commit", "-q", "-m", "x");
  const names = ["core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "diff.external"];
  for (const repository of [cwd, nested]) {
    for (
      const name of [...names, "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"]
    ) {
      run(repository, "config", name, evil);
    }
    const hooks = join(repository, ".git", "hooks");
    await mkdir(hooks, { recursive: true });
    for (const name of ["pre-push", "post-checkout", "pre-commit", "reference-transaction"]) {
      await writeFile(join(hooks, name), `#!/bin/sh\n${evil}\n`, { mode: 0o755 });
    }
  }
  await writeFile(join(cwd, "a.txt"), "changed\n");
  await writeFile(join(cwd, "latin1.txt"), new Uint8Array([0xe4, 0x0a]));
  const state = await stateOf(workspace);
  const left = await workspace.finish?.(done) as unknown as WorkspaceResult;
  assertEquals([...left.files].sort(), ["a.txt", "latin1.txt"]);
  assert(left.commit !== null && left.diff?.includes("GIT binary patch"));
  // The next attempt finds its own branch; another run may not touch it.
  await workspace.close();
  const again = await openOn(
    place.provider("w2"),
    "evil",
    {
      repository: "shop",
      push: "codex/evil",
    },
    state,
    2,
  );
  assertEquals(await readFile(join(again.cwd, "a.txt"), "utf8"), "changed\n");
  const second = await again.finish?.(done) as unknown as WorkspaceResult;
  assertEquals(second.commit, left.commit);
  await writeFile(join(again.cwd, "a.txt"), "changed again\n");
  const third = await again.finish?.(done) as unknown as WorkspaceResult;
  assert(third.commit !== left.commit);
  await again.close();
  const other = await openOn(place.provider("w2"), "other", {
    repository: "shop",
    push: "codex/evil",
  });
  await writeFile(join(other.cwd, "a.txt"), "other\n");
  await assertRejects(
    () => other.finish?.(done) ?? Promise.resolve(),
    WorkspaceError,
    "not of this run",
  );
  await other.close();
  assert(!existsSync(marker), "something of the agent ran");

  const refused = async (request: Record<string, string>, part: string): Promise<void> => {
    const error = await openOn(place.provider("w1"), "bad", request).then(
      () => assert(false, `${JSON.stringify(request)} was taken`),
      (error: Error) => error,
    );
    assert(error?.message.includes(part), `${error?.message} does not say ${part}`);
  };
  for (
    const ref of ["--upload-pack=x", "-q", "a..b", "a@{1}", "a b", "a:b", "x.lock", "/x", "a^"]
  ) {
    await refused({ repository: "shop", ref }, "no name of a branch");
  }
  await refused({ repository: "/etc" }, "knows no repository");
  await refused({ repository: "constructor" }, "knows no repository");
  await refused({ folder: "../x" }, "knows no folder");
  await refused({ repository: "shop", push: "main" }, `must begin with "codex/"`);
  await refused({ repository: "shop", push: "codex/../x" }, "no name of a branch");
  await refused({ repository: "shop", ref: "missing" }, "git fetch failed");
  for (
    const url of [
      ...["ext::sh -c x", "ext::x", "-x", "--upload-pack=x", "http://host/x", "git://host/x"],
      ...["https://me:secret@host/x", "https://token@host/x", "ssh://-oProxyCommand=x/x"],
      ...["-oProxyCommand=x:y", "x@-oProxyCommand=x:y", "file:///x", "relative/x", "host:-x"],
    ]
  ) {
    const error = assertThrows(
      () => place.provider("w1", { repositories: { bad: url } }),
      WorkspaceError,
    );
    assert(!`${error.message}`.includes("secret"));
  }
  assertEquals(await place.left("w1"), []);
});

test("gitWorkspaces copies a folder, saves it whole, and removes what a killed worker left [R-110]", async () => {
  await using place = await Place.make();
  const plain = join(place.folder, "plain");
  await mkdir(join(plain, "deep"), { recursive: true });
  await writeFile(join(plain, "deep", "x.txt"), "x\n");
  const one = await openOn(place.provider("w1"), "copy", { folder: "plain" });
  const bytes = new Map<string, Uint8Array>();
  let state = await stateOf(one, bytes);
  for (let step = 0; step < 20; step++) {
    await writeFile(join(one.cwd, "deep", `${step % 3}.txt`), `${step}\n`);
    state = await stateOf(one, bytes);
  }
  assert(state.saved.parts.length < 20);
  await one.close();
  // Another machine has another content; the job keeps what it began with.
  await writeFile(join(plain, "deep", "x.txt"), "y\n");
  const two = await openOn(place.provider("w2"), "copy", { folder: "plain" }, state, 2);
  assertEquals(await readFile(join(two.cwd, "deep", "1.txt"), "utf8"), "19\n");
  assertEquals(await readFile(join(two.cwd, "deep", "x.txt"), "utf8"), "x\n");
  const left = await two.finish?.(done) as unknown as WorkspaceResult;
  assertEquals([...left.files].sort(), ["deep/0.txt", "deep/1.txt", "deep/2.txt"]);
  assertEquals(await readFile(join(plain, "deep", "x.txt"), "utf8"), "y\n");

  // A folder whose process is gone.
  const owner = join(dirname(two.cwd), "owner");
  const gone = 2 ** 22 + 7; // above any id
  await writeFile(owner, (await readFile(owner, "utf8")).replace(/^\d+/, `${gone}`));
  const three = await openOn(place.provider("w2"), "third", { folder: "plain" });
  assert(!existsSync(two.cwd) && existsSync(three.cwd));
  await three.close();
  await assertRejects(
    () => openOn(place.provider("w2"), "missing", { folder: "nowhere" }),
    WorkspaceError,
    "knows no folder",
  );
  assertEquals(await place.left("w2"), []);
});
