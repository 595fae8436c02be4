/** What both staging tasks share: names, versions, platforms and the output folder. */
import { lstatSync, readdirSync, renameSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { isPackageName, targetTriple } from "../../src/process/runtime_package.ts";
import { runMain } from "../_lib/command_line.ts";
import { withScratch } from "../_lib/interruption.ts";
import { releaseVersion } from "../_lib/release_version.ts";

/** Input that cannot be staged; the message says what to do about it. */
export class StageError extends Error {
  override readonly name: string = "StageError";
}

/** Stages something and prints a description of it, or one line about a wrong input. */
export async function stageCommand(stage: () => Promise<string>): Promise<void> {
  await runMain(async () => {
    try {
      console.log(`Staged ${await stage()}`);
    } catch (error) {
      throw error instanceof StageError ? new Error(`Cannot stage: ${error.message}`) : error;
    }
  });
}

/**
 * Reads a version of Codex, or the name of a release such as `rust-v0.169.0`.
 *
 * @throws {StageError} if it is neither
 */
export function versionOf(text: string): string {
  try {
    return releaseVersion(text);
  } catch (error) {
    throw new StageError((error as Error).message);
  }
}

/**
 * Returns the version that `--codex-version` or its alias `--runtime-version` names.
 *
 * @throws {StageError} if the two name different versions
 */
export function versionOption(codexVersion?: string, runtimeVersion?: string): string {
  const version = versionOf(codexVersion ?? runtimeVersion ?? "");
  const alias = versionOf(runtimeVersion ?? version);
  if (alias === version) return version;
  throw new StageError(
    `--codex-version is ${version} and --runtime-version is ${alias}: both name the version of Codex, give one`,
  );
}

/** An operating system and a processor, as npm spells them. */
export interface PlatformTag {
  /** Such as `linux-x64`: the end of the package's name. */
  readonly tag: string;
  readonly os: string;
  readonly cpu: string;
  /** The folder below `vendor`, such as `x86_64-unknown-linux-musl`. */
  readonly triple: string;
  /** `codex`, or `codex.exe` on Windows. */
  readonly executable: string;
}

/** Every tag that Codex has a runtime for. */
export const PLATFORM_TAGS: readonly string[] = ["linux", "darwin", "win32"]
  .flatMap((os) => [`${os}-x64`, `${os}-arm64`]);

/**
 * Reads one tag.
 *
 * @throws {StageError} for anything else, including a list of tags
 */
export function platformTag(tag: string): PlatformTag {
  const [os = "", cpu = ""] = tag.split("-");
  const triple = PLATFORM_TAGS.includes(tag) ? targetTriple(os, cpu) : undefined;
  if (triple !== undefined) {
    return { tag, os, cpu, triple, executable: os === "win32" ? "codex.exe" : "codex" };
  }
  throw new StageError(
    `Unknown platform tag ${JSON.stringify(tag)}: give one of ${PLATFORM_TAGS.join(", ")}`,
  );
}

/**
 * Returns the common start of the packages' names, from the option or `CODEX_RUNTIME_PACKAGE`.
 *
 * @throws {StageError} if it is not the name of a package, or ends with a platform
 */
export function runtimeName(option: string | undefined): string | undefined {
  const name = option ?? (process.env["CODEX_RUNTIME_PACKAGE"] || undefined);
  if (name === undefined) return undefined;
  if (!isPackageName(name)) {
    throw new StageError(`${JSON.stringify(name)} is not a valid npm package name`);
  }
  const tag = PLATFORM_TAGS.find((one) => name.endsWith(`-${one}`));
  if (tag === undefined) return name;
  throw new StageError(
    `Give the name without the platform: "${name.slice(0, -tag.length - 1)}", not "${name}"`,
  );
}

/** When a folder that is not empty may be replaced. */
export interface Replacement {
  /** Whether `--force` was given. */
  readonly force: boolean;
  /** Returns why an earlier run did not make the folder, or `undefined` if it did. */
  readonly fault: (folder: string) => string | undefined;
}

/**
 * Fills a new folder, which appears under its name once it is complete. Returns what `fill` returns.
 *
 * @throws {StageError} if the folder exists and must not be replaced
 */
export async function stagedFolder<T>(
  path: string,
  fill: (folder: string) => Promise<T>,
  replacement?: Replacement,
): Promise<T> {
  const target = resolve(path);
  const exists = checkTarget(path, target, replacement);
  await mkdir(dirname(target), { recursive: true });
  return await withScratch(`${dirname(target)}/.${basename(target)}-`, async (scratch) => {
    const made = join(scratch, "new");
    await mkdir(made);
    const result = await fill(made);
    await chmod(made, 0o755);
    // Synchronous, so that no signal comes in between: one of the folders always exists.
    if (exists) renameSync(target, join(scratch, "old"));
    renameSync(made, target);
    return result;
  });
}

/** Returns whether there is something to replace. */
function checkTarget(path: string, target: string, replacement?: Replacement): boolean {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw new StageError(`"${path}" is not a folder: give a new one`);
  if (readdirSync(target).length === 0) return true;
  if (replacement === undefined) throw new StageError(`"${path}" is not empty: give a new folder`);
  const fault = replacement.fault(target);
  if (replacement.force && fault === undefined) return true;
  throw new StageError(
    fault === undefined
      ? `"${path}" is not empty: give a new folder, or --force to replace the package in it`
      : `"${path}" is not empty, and --force does not replace it, as ${fault}: give a new folder`,
  );
}
