import { constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { filesUnder } from "../_lib/project.ts";
import { releaseVersion } from "../_lib/release_version.ts";
import { type PlatformTag, platformTag, runtimeName, stagedFolder } from "./common.ts";
import { executableHeader } from "./executable_header.ts";
import { type RuntimeInput, runtimeInput } from "./runtime_input.ts";

export interface StageRuntimeOptions {
  readonly folder: string;
  /** An executable, an npm package of a platform, a release folder, or an archive of any of them. */
  readonly input: string;
  /** A version, or the name of a release such as `rust-v0.169.0`. */
  readonly codexVersion: string;
  readonly platformTag: string;
  /** The name of the package, without the platform. @default {"@codex-app-server/runtime"} */
  readonly runtimePackage?: string | undefined;
  /** Whether to replace the package of an earlier run. @default {false} */
  readonly force?: boolean | undefined;
}

/** The generated `package.json`, and the files that the package omits. */
export interface StagedRuntime {
  readonly manifest: RuntimeManifest;
  readonly note?: string | undefined;
}

/** The part of a staged `package.json` that differs between packages. */
export interface RuntimeManifest {
  readonly name: string;
  readonly version: string;
  readonly publishConfig: { readonly executableFiles: readonly string[] };
  readonly [field: string]: unknown;
}

const STAGED_BY = "@codex-app-server/sdk stage-runtime";

/** What belongs to the runtime, of all that may be in its folder. */
const PARTS = ["bin", "codex-path", "codex-resources", "codex-package.json"];

/** What has to be executable, in the folder of the runtime. */
const PROGRAM = /^(?:bin|codex-path|codex-resources|codex-resources\/.+\/bin)\/[^/]+$/;

/**
 * Makes the npm package of one platform.
 *
 * @throws {Error} if the input is not the runtime of that version for that platform
 */
export async function stageRuntime(options: StageRuntimeOptions): Promise<StagedRuntime> {
  return await withScratch("stage-runtime-", async (scratch) => {
    try {
      return await stageFrom(options, scratch);
    } catch (error) {
      // Unpacked files are removed by now: name them as those of the archive.
      throw new Error((error as Error).message.replaceAll(scratch, options.input));
    }
  });
}

async function stageFrom(options: StageRuntimeOptions, scratch: string): Promise<StagedRuntime> {
  const platform = platformTag(options.platformTag);
  const { tag, os, cpu, triple } = platform;
  const version = releaseVersion(options.codexVersion);
  const name = runtimeName(options.runtimePackage) ?? "@codex-app-server/runtime";
  if (name === UPSTREAM_PACKAGE) {
    throw new TypeError(`"${name}" is not yours to publish: name another`);
  }
  const input = await runtimeInput(options.input, version, platform, scratch);
  const header = executableHeader(input.executable);
  if (header.os !== os || header.cpu !== cpu) {
    throw new TypeError(`"${input.executable}" is for ${header.os}-${header.cpu}, not for ${tag}`);
  }
  const fill = async (folder: string): Promise<RuntimeManifest> => {
    const executable = await copyRuntime(input, join(folder, "vendor", triple), platform);
    await checkVersion(executable, version, platform);
    const manifest: RuntimeManifest = {
      name: `${name}-${tag}`,
      version,
      description: `The codex executable for ${tag}`,
      license: "Apache-2.0",
      ...{ os: [os], cpu: [cpu], libc: header.libc },
      files: ["vendor"],
      stagedBy: STAGED_BY,
      preferUnplugged: true, // asks package managers that keep packages zipped to unpack this one
      // npm packs the executable bit of the file system; pnpm and Yarn pack that of these files.
      publishConfig: {
        executableFiles: filesUnder("vendor", "", folder)
          .filter((file) => (statSync(join(folder, file)).mode & 0o111) !== 0)
          .map((file) => `./${file}`),
      },
    };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
    await writeFile(
      join(folder, "README.md"),
      `# ${manifest.name}

The \`codex\` executable ${version} for one platform. It is installed by an \`@codex-app-server/sdk\`
that was staged with \`--runtime-package=${name}\`, or found by any other one with
\`CODEX_RUNTIME_PACKAGE=${name}\` in its environment.
`,
    );
    return manifest;
  };
  const mayReplace = (folder: string): boolean => options.force === true && isStaged(folder);
  const manifest = await stagedFolder(options.folder, fill, mayReplace);
  return { manifest, note: input.note };
}

/** Copies the runtime and returns the executable. Links are followed, because npm does not pack them. */
async function copyRuntime(
  { executable, layout }: RuntimeInput,
  folder: string,
  { os }: PlatformTag,
): Promise<string> {
  const mode = constants.COPYFILE_FICLONE;
  const copy = join(folder, "bin", os === "win32" ? "codex.exe" : "codex");
  await mkdir(dirname(copy), { recursive: true });
  if (layout === undefined) {
    await copyFile(executable, copy, mode);
  } else {
    for (const part of PARTS.filter((one) => existsSync(join(layout, one)))) {
      const options = { recursive: true, dereference: true, mode };
      await cp(join(layout, part), join(folder, part), options);
    }
  }
  // Downloaded or unzipped files have often lost their executable bit.
  const programs = filesUnder(".", "", folder).filter((file) => PROGRAM.test(file));
  for (const file of programs) await chmod(join(folder, file), 0o755);
  return copy;
}

/** Compares the version that the executable reports, if it runs on this machine. */
async function checkVersion(
  executable: string,
  version: string,
  { os, cpu }: PlatformTag,
): Promise<void> {
  if (os !== process.platform || cpu !== process.arch) return;
  // A broken executable may be run as a shell script: what that writes stays beside it.
  const limits = { cwd: dirname(executable), timeoutMs: 30_000 };
  const { code, output, stdout } = await runCommand(executable, ["--version"], limits);
  if (code !== 0) {
    throw new Error(`The executable fails when asked for its version: ${output.trim()}`);
  }
  const reported = releaseVersion(stdout.trim().split("\n")[0] ?? "");
  if (reported !== version) {
    throw new Error(`The executable is of version ${reported}, not ${version}`);
  }
}

/** Whether a folder is a staged runtime and nothing else. */
function isStaged(folder: string): boolean {
  return readdirSync(folder).sort().join() === "README.md,package.json,vendor" &&
    readFileSync(join(folder, "package.json"), "utf8").includes(`"stagedBy": "${STAGED_BY}"`);
}
