import { constants, existsSync, readdirSync, statSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { type CommandResult, runCommand } from "../_lib/command.ts";
import { filesUnder } from "../_lib/project.ts";
import { releaseVersion } from "../_lib/release_version.ts";
import { executableHeader } from "./executable_header.ts";
import { type PlatformTag, platformTag } from "./platform_tag.ts";
import { type RuntimeInput, runtimeInput } from "./runtime_input.ts";
import { type RuntimeManifest, runtimeManifest, runtimeReadme } from "./runtime_manifest.ts";
import { isUpstream, runtimeName } from "./runtime_name.ts";
import { StageError } from "./stage_error.ts";
import { stagedFolder } from "./staged_folder.ts";

/** What becomes a package of the runtime. */
export interface StageRuntimeOptions {
  /** The folder to make. */
  readonly folder: string;
  /** An executable, an npm package of a platform, or the unpacked folder of a release. */
  readonly input: string;
  /** A version, or the name of a release such as `rust-v0.169.0`. */
  readonly codexVersion: string;
  readonly platformTag: string;
  /** The name of the package, without the platform. */
  readonly runtimePackage?: string | undefined;
}

/** The package that was made. */
export interface StagedRuntime {
  readonly manifest: RuntimeManifest;
  readonly note?: string;
}

/** The name that is taken where none is given. */
const DEFAULT_NAME = "@codex-app-server/runtime";

/** What belongs to the runtime, of all that may be in its folder. */
const PARTS = ["bin", "codex-path", "codex-resources", "codex-package.json"];

/**
 * Makes the npm package of one platform.
 *
 * @throws {StageError} when the input is not the runtime of that version for that platform
 */
export async function stageRuntime(options: StageRuntimeOptions): Promise<StagedRuntime> {
  const platform = platformTag(options.platformTag);
  const version = versionOf(options.codexVersion);
  const name = runtimeName(options.runtimePackage) ?? DEFAULT_NAME;
  if (isUpstream(name)) throw new StageError(`"${name}" is not yours to publish: name another`);
  const input = runtimeInput(options.input, platform);
  checkClaims(input, version, platform);
  const header = await executableHeader(input.executable);
  if (header.os !== platform.os || header.cpu !== platform.cpu) {
    throw new StageError(
      `"${input.executable}" is for ${header.os}-${header.cpu}, not for ${platform.tag}`,
    );
  }
  let manifest: RuntimeManifest | undefined;
  await stagedFolder(options.folder, async (folder) => {
    const executable = await copyRuntime(input, join(folder, "vendor", platform.triple), platform);
    await checkVersion(executable, version, platform);
    manifest = runtimeManifest(name, version, platform, header, executableFiles(folder));
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
    await writeFile(join(folder, "README.md"), runtimeReadme(manifest, name));
  });
  return {
    manifest: manifest as RuntimeManifest,
    ...(input.note === undefined ? {} : { note: input.note }),
  };
}

/** Reads a version, told as a matter of staging. */
export function versionOf(text: string): string {
  try {
    return releaseVersion(text);
  } catch (error) {
    throw new StageError((error as Error).message);
  }
}

function checkClaims({ claims }: RuntimeInput, version: string, { triple }: PlatformTag): void {
  for (const claim of claims) {
    if (claim.version !== undefined && claim.version !== version) {
      throw new StageError(`"${claim.file}" says version ${claim.version}, not ${version}`);
    }
    if (claim.target !== undefined && claim.target !== triple) {
      throw new StageError(`"${claim.file}" says target ${claim.target}, not ${triple}`);
    }
  }
}

/** Copies what belongs to the runtime, links followed: npm leaves links out of a package. */
async function copyRuntime(
  { executable, layout }: RuntimeInput,
  folder: string,
  platform: PlatformTag,
): Promise<string> {
  const copy = join(folder, "bin", platform.executable);
  await mkdir(dirname(copy), { recursive: true });
  if (layout === undefined) {
    await copyFile(executable, copy, constants.COPYFILE_FICLONE);
  } else {
    for (const part of PARTS.filter((one) => existsSync(join(layout, one)))) {
      await cp(join(layout, part), join(folder, part), {
        recursive: true,
        dereference: true,
        mode: constants.COPYFILE_FICLONE,
      });
    }
  }
  // An artifact that was downloaded or unzipped has often lost its bit.
  for (const place of ["bin", "codex-path"]) await makeExecutable(join(folder, place));
  return copy;
}

/** The files of a package that may be executed, as `./vendor/...`; none where the file system knows no such bit. */
function executableFiles(folder: string): string[] {
  return filesUnder("vendor", "", folder)
    .filter((file) => (statSync(join(folder, file)).mode & 0o111) !== 0)
    .map((file) => `./${file}`);
}

async function makeExecutable(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile()) await chmod(join(folder, entry.name), 0o755);
  }
}

/** Asks the executable itself, where it is one for this machine. */
async function checkVersion(
  executable: string,
  version: string,
  { os, cpu }: PlatformTag,
): Promise<void> {
  if (os !== process.platform || cpu !== process.arch) return;
  const { code, output, stdout } = await askVersion(executable);
  if (code !== 0) {
    throw new StageError(`The executable fails when asked for its version: ${output.trim()}`);
  }
  const told = versionOf(stdout.trim().split("\n")[0] ?? "");
  if (told !== version) {
    throw new StageError(`The executable is of version ${told}, not ${version}`);
  }
}

async function askVersion(
  executable: string,
): Promise<Pick<CommandResult, "code" | "output" | "stdout">> {
  try {
    // A broken executable may be taken for a shell script: what that writes stays beside it.
    return await runCommand(executable, ["--version"], {
      cwd: dirname(executable),
      timeoutMs: 30_000,
    });
  } catch (error) {
    // Bun throws at once where the others tell by an event.
    return { code: null, output: String(error), stdout: "" };
  }
}
