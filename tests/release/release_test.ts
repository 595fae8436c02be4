/** Runs `deno task release` in a project of its own, whose commands only write down that they were called. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { runCommand } from "../../scripts/_lib/command.ts";
import { denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const posix = {
  timeoutMs: 120_000,
  ...(process.platform === "win32" ? { skip: "the commands are shell scripts" } : {}),
};

const PREPARATION = [
  "npm install --package-lock-only --ignore-scripts",
  "node scripts/setup.mjs",
  "deno run -A scripts/generate_types.ts",
  "deno run -A scripts/check_exports.ts --write",
  "deno run -A scripts/generate_api_docs.ts",
];
const CHANGELOG = "# Changelog\n\n## Unreleased\n\n- A fix.\n";

test(
  "deno task release stops where the gate fails, and can be run again once that is mended",
  async () => {
    await withProject(async (project) => {
      const first = await project.release({ FAILS: "scripts/ok.ts" }, "2.1.0");
      assertEquals([first.code, project.calls()], [1, [
        ...PREPARATION,
        "deno run -A scripts/ok.ts",
      ]]);
      assertStringIncludes(first.output, "scripts/ok.ts ended with 3: no candidate");
      assertEquals(project.versions(), { package: "2.1.0", codex: "2.1.0" });
      assert(!existsSync(join(project.root, "release")));

      project.commit("Mended");
      const again = await project.release({}, "2.1.0");
      assertEquals(again.code, 0, again.output);
      assertEquals(project.calls().slice(PREPARATION.length), [
        "deno run -A scripts/ok.ts",
        "deno run -A scripts/build_npm.ts",
        "npm publish --dry-run --tag=latest",
        "deno publish --dry-run --allow-dirty",
        "npm pack ./npm --pack-destination=release",
      ]);
      assertEquals(project.read("release/NOTES.md"), "- A fix.\n");
      const [, heading = ""] = /^## (.*)$/m.exec(project.read("CHANGELOG.md")) ?? [];
      assertEquals(heading.replace(/\d{4}-\d\d-\d\d/, "DAY"), "2.1.0 (DAY, Codex 2.1.0)");

      project.commit("Release 2.1.0");
      project.git("tag", "v2.1.0");
      const tagged = await project.release({}, "2.1.0");
      assertEquals([tagged.code, project.calls()], [1, []]);
      assertStringIncludes(tagged.output, "Cannot release: 2.1.0 is not newer than 2.1.0");
    });
  },
  posix,
);

test(
  "deno task release stops where the npm build fails, and publishes nothing from an old one",
  async () => {
    await withProject(async (project) => {
      project.write("npm/package.json", JSON.stringify({ version: "2.1.0" }));
      const { code } = await project.release({ FAILS: "scripts/build_npm.ts" }, "2.1.0");
      assertEquals([code, project.calls().at(-1)], [1, "deno run -A scripts/build_npm.ts"]);
      project.write("npm/package.json", JSON.stringify({ version: "2.0.9" }));
      const packed = await project.release({}, "--artifacts");
      assertEquals([packed.code, project.calls()], [1, []]);
      assertStringIncludes(packed.output, "npm/ holds 2.0.9, not 2.1.0");
    });
  },
  posix,
);

test(
  "deno task release --prepare writes the pins and what follows, and leaves CHANGELOG.md open",
  async () => {
    await withProject(async (project) => {
      const { code } = await project.release({}, "2.1.0", "--prepare");
      assertEquals([code, project.calls()], [0, PREPARATION]);
      assertEquals(project.versions(), { package: "2.1.0", codex: "2.1.0" });
      assertEquals(project.read("CHANGELOG.md"), CHANGELOG);
    });
  },
  posix,
);

test("deno task release of a fix of the SDK keeps Codex, and --codex names another", async () => {
  await withProject(async (project) => {
    await project.release({}, "2.0.1", "--prepare");
    assertEquals(project.versions(), { package: "2.0.1", codex: "2.0.0" });
    project.commit("Prepared");
    await project.release({}, "2.0.2", "--prepare", "--codex=2.0.1");
    assertEquals(project.versions(), { package: "2.0.2", codex: "2.0.1" });
  });
}, posix);

test(
  "deno task release writes nothing with --dry, in a changed tree, or for a wrong version",
  async () => {
    await withProject(async (project) => {
      const dry = await project.release({}, "2.1.0-rc.1", "--dry");
      assertEquals(dry.code, 0, dry.output);
      assertStringIncludes(dry.output, '2.1.0-rc.1 with Codex 2.1.0, on npm as "next"');
      assertStringIncludes(dry.output, "- A fix.");
      project.write("new.txt", "");
      for (
        const [version, words] of [["2.1.0", "uncommitted changes\n?? new.txt"], [
          "2.1",
          "not a version",
        ]]
      ) {
        const { code, output } = await project.release({}, version ?? "");
        assertEquals(code, 1);
        assertStringIncludes(output, words ?? "");
      }
      assertEquals([project.calls(), project.git("status", "--porcelain")], [[], "?? new.txt\n"]);
    });
  },
  posix,
);

interface Project {
  readonly root: string;
  read(file: string): string;
  write(file: string, text: string): void;
  git(...args: string[]): string;
  commit(message: string): void;
  /** Runs the script; a command that has `FAILS` in it ends with code 3. */
  release(
    env: Readonly<Record<string, string>>,
    ...args: string[]
  ): Promise<{ code: number | null; output: string }>;
  /** Returns the commands that the last release ran. */
  calls(): string[];
  versions(): { package: string; codex: string };
}

/** Passes on a repository of the SDK 2.0.0 with Codex 2.0.0. */
async function withProject(use: (project: Project) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "codex-release-"));
  const root = join(folder, "project");
  const log = join(folder, "calls");
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.invalid", ...args], {
      ...{ cwd: root, encoding: "utf8", stdio: "pipe", timeout: 30_000 },
      env: { ...process.env, GIT_CONFIG_GLOBAL: join(folder, "none"), GIT_CONFIG_NOSYSTEM: "1" },
    });
  const stub = (path: string, name: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      `#!/bin/sh
echo "${name} $*" >> "${log}"
case "$*" in *"$FAILS"*) exit 3 ;; *build_npm*) mkdir -p npm && cp deno.json npm/package.json ;; esac
`,
    );
    chmodSync(path, 0o755);
  };
  try {
    for (const copied of ["scripts", "src"]) {
      cpSync(join(projectRoot, copied), join(root, copied), { recursive: true });
    }
    const version = "2.0.0";
    const dependencies = { "@openai/codex": version };
    const overrides = { other: dependencies };
    const { imports } = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8"));
    write("deno.json", JSON.stringify({ version, imports, nodeModulesDir: "manual" }, null, 2));
    write("package.json", JSON.stringify({ dependencies, overrides }, null, 2));
    write("src/util/sdk_version.ts", `SDK_VERSION: string = "${version}"`);
    write("src/process/runtime_version.ts", `export const RUNTIME_VERSION: string = "${version}"`);
    write("docs/runtime-packages.md", `--runtime-version=${version}`);
    write("CHANGELOG.md", CHANGELOG);
    write(".gitignore", "node_modules\nnpm\nrelease\n");
    stub(join(root, "node_modules/deno/deno"), "deno");
    for (const name of ["npm", "node"]) stub(join(folder, "bin", name), name);
    symlinkSync(join(projectRoot, "node_modules/semver"), join(root, "node_modules/semver"));
    git("init", "--quiet");
    const commit = (message: string): void => {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", `--message=${message}`);
    };
    commit("First");
    await use({
      ...{ root, read, write, git, commit },
      release: (env, ...args) => {
        rmSync(log, { force: true });
        return runCommand(denoPath(), ["run", "-A", "--no-check", "scripts/release.ts", ...args], {
          cwd: root,
          env: {
            PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}`,
            FAILS: "none",
            ...env,
          },
        });
      },
      calls: () => existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [],
      versions: () => ({
        package: JSON.parse(read("deno.json")).version,
        codex: JSON.parse(read("package.json")).overrides.other["@openai/codex"],
      }),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
