/**
 * Runs the shell script of `.github/workflows/upstream.yml` on a separate repository, with a `gh` that records its
 * calls.
 */
import * as yaml from "@std/yaml";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

interface Workflow {
  readonly on: Readonly<Record<string, readonly { readonly cron: string }[] | null>>;
  readonly jobs: Readonly<
    Record<string, {
      readonly if?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly steps: readonly {
        readonly name?: string;
        readonly run?: string;
        readonly if?: string;
      }[];
    }>
  >;
}

const { parse } = yaml as unknown as { parse(text: string): unknown };
const { on, jobs } = parse(
  readFileSync(join(projectRoot, ".github/workflows/upstream.yml"), "utf8"),
) as Workflow;
const posix = {
  timeoutMs: 60_000,
  ...(process.platform === "win32" ? { skip: "the workflow runs on Linux" } : {}),
};

test("the upstream workflow runs daily and by hand, and does nothing without a newer Codex", () => {
  assertEquals(Object.keys(on).sort(), ["schedule", "workflow_dispatch"]);
  assertEquals(on["schedule"]?.map(({ cron }) => /^\d+ \d+ \* \* \*$/.test(cron)), [true]);
  const steps = jobs["prepare"]?.steps ?? [];
  const newest = steps.findIndex(({ run = "" }) => run.includes("upstream --newer"));
  assert(newest > 0);
  for (const step of steps.slice(newest + 1)) {
    assertEquals(step.if, "steps.newest.outputs.version != ''");
  }
  assertEquals(jobs["propose"]?.if, "needs.prepare.outputs.version != ''");
});

test("the upstream workflow passes only variables to the shell", () => {
  const scripts = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run));
  assertEquals(scripts.filter((run) => run.includes("${{")), []);
});

test(
  "the upstream workflow proposes the prepared upgrade, and marks an incomplete one",
  async () => {
    await withProject((project) => {
      const stubs = 'case "$*" in *"release -- 1.1.0 --prepare") echo new > a; exit "$FAILS" ;; ' +
        '*--out=*) printf "# Codex\\n\\nIt.\\n" > "${*##*--out=}" ;; esac';
      for (const fails of ["0", "1"]) {
        const temp = join(project.folder, `temp${fails}`);
        mkdirSync(temp);
        project.stub("npx", stubs);
        const env = { RUNNER_TEMP: temp, FAILS: fails, GITHUB_STEP_SUMMARY: join(temp, "summary") };
        project.run("prepare", "What changed", env);
        project.run("prepare", "The upgrade", { ...env, RUN: "https://ci.invalid/runs/7" });
        const body = readFileSync(join(temp, "upgrade/body.md"), "utf8");
        const note = "\nThe preparation stopped: https://ci.invalid/runs/7 tells where.\n";
        assertEquals(body, `# Codex\n${fails === "1" ? note : ""}\nIt.\n`);
        assertStringIncludes(readFileSync(join(temp, "upgrade/upgrade.patch"), "utf8"), "+new");
        project.git("reset", "--quiet", "--hard");
      }
    });
  },
  posix,
);

test("the upstream workflow pushes its branch once, and then leaves it to people", async () => {
  await withProject((project) => {
    project.stub("gh", "");
    const push = (): void => project.run("propose", "The branch, unless it is there");
    push();
    assertEquals(project.git("log", "-1", "--format=%s", "origin/codex-1.1.0"), "Codex 1.1.0\n");
    assertEquals(project.git("show", "origin/codex-1.1.0:a"), "new\n");
    project.git("commit", "--quiet", "--allow-empty", "--message=Mended");
    project.git("push", "--quiet", "origin", "codex-1.1.0");
    project.git("switch", "--quiet", "main");
    push();
    assertEquals(
      project.git("ls-remote", "origin", "refs/heads/codex-1.1.0").slice(0, 40),
      project.git("rev-parse", "codex-1.1.0").trim(),
    );
    assertEquals(project.git("log", "-1", "--format=%s", "codex-1.1.0"), "Mended\n");
  });
}, posix);

test(
  "the upstream workflow opens one pull request, updates an open one, and leaves a closed one alone",
  async () => {
    await withProject((project) => {
      const calls = (found: string): string => {
        const log = join(project.folder, "calls");
        rmSync(log, { force: true });
        project.stub(
          "gh",
          `case "$2" in list) echo "${found}" ;; *) echo "$@" >> "${log}" ;; esac`,
        );
        project.run("propose", "The pull request, unless it was closed");
        return existsSync(log) ? readFileSync(log, "utf8") : "";
      };
      const body = "--body-file .git/upgrade/short.md\n";
      assertEquals(
        calls(""),
        `pr create --base main --head codex-1.1.0 --title Codex 1.1.0 ${body}`,
      );
      assertEquals(calls("12 OPEN"), `pr edit 12 ${body}`);
      const { run = "" } = jobs["propose"]?.steps.at(-1) ?? {};
      // Anybody can open one from a fork whose branch has the same name.
      assertStringIncludes(run, "map(select(.isCrossRepository | not))");
      assertEquals([calls("12 CLOSED"), calls("12 MERGED")], ["", ""]);
      assertEquals(readFileSync(join(project.clone, ".git/upgrade/short.md"), "utf8"), "# Codex\n");
    });
  },
  posix,
);

interface Project {
  readonly folder: string;
  readonly clone: string;
  git(...args: string[]): string;
  stub(name: string, script: string): void;
  run(job: string, step: string, env?: Readonly<Record<string, string>>): void;
}

/** Runs a function with a clone with a branch `main` that has the file `a`, and a patch for it. */
async function withProject(use: (project: Project) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "codex-workflow-"));
  const clone = join(folder, "clone");
  const bin = join(folder, "bin");
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env["PATH"]}`,
    GIT_CONFIG_GLOBAL: join(folder, "none"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@example.invalid",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@example.invalid",
  };
  const call = (cwd: string, program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd, env, encoding: "utf8", stdio: "pipe", timeout: 30_000 });
  const git = (...args: string[]): string => call(clone, "git", ...args);
  try {
    mkdirSync(bin);
    call(folder, "git", "init", "--quiet", "--bare", "--initial-branch=main", "origin");
    call(folder, "git", "clone", "--quiet", join(folder, "origin"), "clone");
    writeFileSync(join(clone, "a"), "old\n");
    git("switch", "--quiet", "--create", "main");
    git("add", "a");
    git("commit", "--quiet", "--message=First");
    git("push", "--quiet", "origin", "main");
    writeFileSync(join(clone, "a"), "new\n");
    mkdirSync(join(clone, ".git/upgrade"));
    writeFileSync(join(clone, ".git/upgrade/upgrade.patch"), git("diff", "--binary"));
    writeFileSync(join(clone, ".git/upgrade/body.md"), "# Codex\n");
    git("reset", "--quiet", "--hard");
    await use({
      folder,
      clone,
      git,
      stub: (name, script) => {
        writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
        chmodSync(join(bin, name), 0o755);
      },
      run: (job, name, more = {}) => {
        const script = jobs[job]?.steps.find((step) => step.name === name)?.run ?? "exit 9";
        const own = {
          VERSION: "1.1.0",
          BRANCH: "codex-1.1.0",
          UPGRADE: ".git/upgrade",
          GITHUB_REF_NAME: "main",
        };
        execFileSync("bash", ["-e", "-c", script], {
          cwd: clone,
          env: { ...env, ...own, ...more },
          stdio: "pipe",
          timeout: 30_000,
        });
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
