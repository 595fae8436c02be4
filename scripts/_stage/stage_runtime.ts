/** Makes the npm package of a runtime for one platform. */
import { constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { filesUnder } from "../_lib/project.ts";
import {
  isUpstream,
  type PlatformTag,
  platformTag,
  runtimeName,
  stagedFolder,
  StageError,
  versionOf,
} from "./common.ts";
import {
  type ExecutableHeader,
  executableHeader,
  type RuntimeInput,
  runtimeInput,
} from "./runtime_input.ts";

/** What becomes a package of the runtime. */
export interface StageRuntimeOptions {
  /** The folder to make. */
  readonly folder: string;
  /** An executable, an npm package of a platform, the folder of a release, or an archive of any of them. */
  readonly input: string;
  /** A version, or the name of a release such as `rust-v0.169.0`. */
  readonly codexVersion: string;
  readonly platformTag: string;
  /** The name of the package, without the platform. */
  readonly runtimePackage?: string | undefined;
  /** Whether to replace what an earlier run made. */
  readonly force?: boolean | undefined;
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

/** What has to be executable, in the folder of the runtime. */
const PROGRAM = /^(?:bin|codex-path|codex-resources|codex-resources\/.+\/bin)\/[^/]+$/;

/**
 * Makes the npm package of one platform.
 *
 * @throws {StageError} when the input is not the runtime of that version for that platform
 */
export async function stageRuntime(options: StageRuntimeOptions): Promise<StagedRuntime> {
  return await withScratch("stage-runtime-", async (scratch) => {
    try {
      return await stageFrom(options, scratch);
    } catch (error) {
      if (!(error instanceof StageError)) throw error;
      // What was unpacked is gone by now: its files are named as those of the archive.
      throw new StageError(error.message.replaceAll(scratch, options.input));
    }
  });
}

async function stageFrom(options: StageRuntimeOptions, scratch: string): Promise<StagedRuntime> {
  const platform = platformTag(options.platformTag);
  const version = versionOf(options.codexVersion);
  const name = runtimeName(options.runtimePackage) ?? DEFAULT_NAME;
  if (isUpstream(name)) throw new StageError(`"${name}" is not yours to publish: name another`);
  const input = await runtimeInput(options.input, platform, scratch);
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
  }, { force: options.force ?? false, fault: runtimeFault });
  return {
    manifest: manifest as RuntimeManifest,
    ...(input.note === undefined ? {} : { note: input.note }),
  };
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
  const programs = filesUnder(".", "", folder).filter((file) => PROGRAM.test(file));
  for (const file of programs) await chmod(join(folder, file), 0o755);
  return copy;
}

/** The files of a package that may be executed, as `./vendor/...`; none where the file system knows no such bit. */
function executableFiles(folder: string): string[] {
  return filesUnder("vendor", "", folder)
    .filter((file) => (statSync(join(folder, file)).mode & 0o111) !== 0)
    .map((file) => `./${file}`);
}

/** Asks the executable itself, where it is one for this machine. */
async function checkVersion(
  executable: string,
  version: string,
  { os, cpu }: PlatformTag,
): Promise<void> {
  if (os !== process.platform || cpu !== process.arch) return;
  // A broken executable may be run as a shell script: what that writes stays beside it.
  const options = { cwd: dirname(executable), timeoutMs: 30_000 };
  const { code, output, stdout } = await runCommand(executable, ["--version"], options);
  if (code !== 0) {
    throw new StageError(`The executable fails when asked for its version: ${output.trim()}`);
  }
  const told = versionOf(stdout.trim().split("\n")[0] ?? "");
  if (told !== version) {
    throw new StageError(`The executable is of version ${told}, not ${version}`);
  }
}

const STAGED_BY = "@codex-app-server/sdk stage-runtime";

/** The `package.json` of a staged runtime. */
export interface RuntimeManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
  readonly files: readonly string[];
  /** Tells a folder that `--force` may replace from others. */
  readonly stagedBy: typeof STAGED_BY;
  /** Asks package managers that keep packages zipped to unpack this one. */
  readonly preferUnplugged: true;
  /** npm packs the executable bit of the file system; pnpm and Yarn pack that of the files named here. */
  readonly publishConfig: { readonly executableFiles: readonly string[] };
}

/** Describes the package of one platform. */
function runtimeManifest(
  name: string,
  version: string,
  platform: PlatformTag,
  { libc }: ExecutableHeader,
  executableFiles: readonly string[],
): RuntimeManifest {
  return {
    name: `${name}-${platform.tag}`,
    version,
    description: `The codex executable for ${platform.tag}`,
    license: "Apache-2.0",
    os: [platform.os],
    cpu: [platform.cpu],
    ...(libc === undefined ? {} : { libc }),
    files: ["vendor"],
    stagedBy: STAGED_BY,
    preferUnplugged: true,
    publishConfig: { executableFiles },
  };
}

/** The `README.md` of a staged runtime. */
function runtimeReadme({ name, version }: RuntimeManifest, base: string): string {
  return `# ${name}

The \`codex\` executable ${version} for one platform. It is installed by an \`@codex-app-server/sdk\`
that was staged with \`--runtime-package=${base}\`, or found by any other one with
\`CODEX_RUNTIME_PACKAGE=${base}\` in its environment.
`;
}

/** Returns why a folder is not a staged runtime, and nothing else; `undefined` if it is. */
function runtimeFault(folder: string): string | undefined {
  const others = readdirSync(folder).filter((name) =>
    !["README.md", "package.json", "vendor"].includes(name)
  );
  if (others.length > 0) return `stage-runtime did not make ${others.join(", ")}`;
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if ((read as Partial<RuntimeManifest> | null)?.stagedBy === STAGED_BY) return undefined;
  } catch {
    // Not there, or not JSON.
  }
  return "stage-runtime did not make its package.json";
}
