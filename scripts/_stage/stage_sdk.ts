import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { buildPackage, MODULE_FOLDER, type NpmManifest } from "../_npm/package.ts";
import { versionFault } from "../_release/versions.ts";
import {
  isUpstream,
  PLATFORM_TAGS,
  platformTag,
  runtimeName,
  stagedFolder,
  StageError,
  versionOf,
} from "./common.ts";

/** What the SDK is staged with. */
export interface StageSdkOptions {
  /** The folder to make. */
  readonly folder: string;
  /** The version of the runtime: the one that the SDK is made for. */
  readonly runtimeVersion: string;
  /** The name of the runtime's packages, without the platform; `@openai/codex` when left out. */
  readonly runtimePackage?: string | undefined;
  /** The platforms that there is a package for; every one when left out. */
  readonly platformTags?: readonly string[] | undefined;
  /** The package as `deno task build:npm` left it; built anew when left out. */
  readonly built?: string | undefined;
}

/** The manifest of an SDK: with packages of one's own, each is optional, and installed where it fits. */
export type StagedManifest = Omit<NpmManifest, "dependencies"> & {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/**
 * Builds the npm package of the SDK, to be installed with the runtime packages of that name.
 *
 * @throws {StageError} when the versions of SDK and runtime differ, or a name or platform is none
 */
export async function stageSdk(options: StageSdkOptions): Promise<StagedManifest> {
  const version = versionOf(options.runtimeVersion);
  if (version !== RUNTIME_VERSION) {
    throw new StageError(
      `The SDK is made for the runtime ${RUNTIME_VERSION}, not ${version}: ` +
        `make a release for that runtime first (docs/releasing.md)`,
    );
  }
  const name = runtimeName(options.runtimePackage);
  const tags = (options.platformTags ?? PLATFORM_TAGS).map((tag) => platformTag(tag).tag);
  let staged: StagedManifest | undefined;
  await stagedFolder(options.folder, async (folder) => {
    const manifest = await packageIn(folder, options);
    const claim = { version: manifest.version, runtime: version, released: [] };
    if (versionFault(claim) !== undefined) {
      throw new StageError(`The built package is of version ${manifest.version}, not ${version}`);
    }
    staged = name === undefined || isUpstream(name)
      ? manifest
      : withRuntime(folder, manifest, name, tags);
  });
  return staged as StagedManifest;
}

async function packageIn(
  folder: string,
  { built }: StageSdkOptions,
): Promise<NpmManifest> {
  if (built === undefined) {
    return await buildPackage({ out: folder });
  }
  cpSync(built, folder, { recursive: true });
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as NpmManifest;
}

function withRuntime(
  folder: string,
  { dependencies, ...rest }: NpmManifest,
  name: string,
  tags: readonly string[],
): StagedManifest {
  const { [UPSTREAM_PACKAGE]: _, ...others } = dependencies;
  const manifest: StagedManifest = {
    ...rest,
    ...(Object.keys(others).length > 0 ? { dependencies: others } : {}),
    optionalDependencies: Object.fromEntries(
      tags.map((tag) => [`${name}-${tag}`, RUNTIME_VERSION]),
    ),
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  writeName(join(folder, MODULE_FOLDER, "src", "process", "runtime_package.js"), name);
  return manifest;
}

/** Puts the name into the one module that knows it: the SDK finds its runtime without being told. */
function writeName(module: string, name: string): void {
  const text = readFileSync(module, "utf8");
  const written = text.replace(
    /(RUNTIME_PACKAGE = )"@openai\/codex"/,
    (_, start: string) => start + JSON.stringify(name),
  );
  if (written === text) throw new StageError(`"${module}" names no runtime package`);
  writeFileSync(module, written);
}
