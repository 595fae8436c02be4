import { targetTriple } from "../../src/process/runtime_package.ts";
import { StageError } from "./stage_error.ts";

/** An operating system and a processor, as npm spells them. */
export interface PlatformTag {
  /** `linux-x64`: what the name of the package ends with. */
  readonly tag: string;
  readonly os: string;
  readonly cpu: string;
  /** `x86_64-unknown-linux-musl`: the folder below `vendor`. */
  readonly triple: string;
  /** `codex`, or `codex.exe` on Windows. */
  readonly executable: string;
}

/** Every tag that there is a runtime for. */
export const PLATFORM_TAGS: readonly string[] = [
  "linux-x64",
  "linux-arm64",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64",
  "win32-arm64",
];

/**
 * Reads one tag.
 *
 * @throws {StageError} for anything else, a list of tags included
 */
export function platformTag(tag: string): PlatformTag {
  const [os, cpu] = tag.split("-");
  const triple = os === undefined || cpu === undefined ? undefined : targetTriple(os, cpu);
  if (!PLATFORM_TAGS.includes(tag) || os === undefined || cpu === undefined || !triple) {
    throw new StageError(
      `Unknown platform tag ${JSON.stringify(tag)}: give one of ${PLATFORM_TAGS.join(", ")}`,
    );
  }
  return { tag, os, cpu, triple, executable: os === "win32" ? "codex.exe" : "codex" };
}
