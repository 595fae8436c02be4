/** The environment of a test: variables, a folder for temporary files, a git repository. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";

/** Makes a folder a git repository, without the `git` program. */
export async function makeRepository(folder: string): Promise<void> {
  const git = join(folder, ".git");
  await mkdir(join(git, "objects"), { recursive: true });
  await mkdir(join(git, "refs"));
  await writeFile(join(git, "HEAD"), "ref: refs/heads/main\n");
}

/**
 * Whether a diff adds a file: its path is relative to the root of the git repository above the folder, or to the folder.
 * A sandbox of another test makes an empty `.git` in the folder for temporary files while it runs.
 */
export function diffAdds(diff: string, file: string): boolean {
  const path = /^\+\+\+ b\/(.*)\n@@/m.exec(diff)?.[1] ?? "";
  return path.endsWith(basename(file)) && file.endsWith(path);
}

/** Runs a function with environment variables set, and restores them. */
export async function withVariables<T>(
  variables: Readonly<Record<string, string>>,
  body: () => T | Promise<T>,
): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await body();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Runs a function with a fresh folder, also used for temporary files, and removes it. */
export async function withTemporaryFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  try {
    await withVariables({ TMPDIR: folder, TEMP: folder, TMP: folder }, () => body(folder));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
