import { releaseVersion } from "../_lib/release_version.ts";
import { StageError } from "./stage_error.ts";

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
  const [version = "", alias = version] = [codexVersion, runtimeVersion]
    .filter((text) => text !== undefined).map(versionOf);
  if (alias === version) return version;
  throw new StageError(
    `--codex-version is ${version} and --runtime-version is ${alias}: both name the version of Codex, give one`,
  );
}
