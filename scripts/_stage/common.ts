/** What both staging tasks share: names, platforms and the output folder. */
import { lstatSync, readdirSync, renameSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { isPackageName, targetTriple } from "../../src/process/runtime_package.ts";
import { withScratch } from "../_lib/interruption.ts";

/** An operating system and a processor, as npm spells them. */
export interface PlatformTag {
  /** Such as `linux-x64`: the end of the package's name. */
  readonly tag: string;
  readonly os: string;
  readonly cpu: string;
  /** The folder below `vendor`, such as `x86_64-unknown-linux-musl`. */
  readonly triple: string;
}

export const PLATFORM_TAGS: readonly string[] = ["linux", "darwin", "win32"]
  .flatMap((os) => [`${os}-x64`, `${os}-arm64`]);

/**
 * Reads one tag.
 *
 * @throws {TypeError} for anything else, including a list of tags
 */
export function platformTag(tag: string): PlatformTag {
  const [os = "", cpu = ""] = tag.split("-");
  const triple = PLATFORM_TAGS.includes(tag) ? targetTriple(os, cpu) : undefined;
  if (triple !== undefined) return { tag, os, cpu, triple };
  throw new TypeError(
    `Unknown platform tag ${JSON.stringify(tag)}: give one of ${PLATFORM_TAGS.join(", ")}`,
  );
}

/**
 * Returns the common start of the packages' names, from the option or `CODEX_RUNTIME_PACKAGE`.
 *
 * @throws {TypeError} if it is not the name of a package, or ends with a platform
 */
export function runtimeName(option: string | undefined): string | undefined {
  const name = option ?? (process.env["CODEX_RUNTIME_PACKAGE"] || undefined);
  if (name === undefined) return undefined;
  if (!isPackageName(name)) {
    throw new TypeError(`${JSON.stringify(name)} is not a valid npm package name`);
  }
  const tag = PLATFORM_TAGS.find((one) => name.endsWith(`-${one}`));
  if (tag === undefined) return name;
  throw new TypeError(
    `Give the name without the platform: "${name.slice(0, -tag.length - 1)}", not "${name}"`,
  );
}

/**
 * Fills a folder that appears under its name once it is complete. Returns what `fill` returns.
 *
 * @param mayReplace whether a folder that is not empty is replaced
 * @throws {TypeError} if the path is taken
 */
export async function stagedFolder<T>(
  path: string,
  fill: (folder: string) => Promise<T>,
  mayReplace: (folder: string) => boolean = () => false,
): Promise<T> {
  const target = resolve(path);
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found?.isDirectory() === false) throw new TypeError(`"${path}" is not a folder`);
  if (found !== undefined && readdirSync(target).length > 0 && !mayReplace(target)) {
    throw new TypeError(
      `"${path}" is not empty: give a new folder. --force replaces only the package of an earlier stage-runtime`,
    );
  }
  await mkdir(dirname(target), { recursive: true });
  return await withScratch(`${dirname(target)}/.${basename(target)}-`, async (scratch) => {
    const made = join(scratch, "new");
    await mkdir(made);
    const result = await fill(made);
    await chmod(made, 0o755);
    // Synchronous, so that no signal comes in between: one of the folders always exists.
    if (found !== undefined) renameSync(target, join(scratch, "old"));
    renameSync(made, target);
    return result;
  });
}
