import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { buildPackage, MODULE_FOLDER, type NpmManifest } from "../_npm/package.ts";
import { versionFault } from "../_release/versions.ts";
import { filesUnder } from "../_lib/project.ts";
import { releaseVersion } from "../_lib/release_version.ts";
import { PLATFORM_TAGS, platformTag, runtimeName, stagedFolder } from "./common.ts";

export interface StageSdkOptions {
  readonly folder: string;
  readonly runtimeVersion: string;
  /** The name of the runtime's packages, without the platform. @default {"@openai/codex"} */
  readonly runtimePackage?: string | undefined;
  readonly platformTags?: readonly string[] | undefined;
  /** A folder that `deno task build:npm` made. @default a new build */
  readonly built?: string | undefined;
}

/**
 * Builds the npm package of the SDK, to be installed with the runtime packages of that name: each is an optional
 * dependency, and installed where it fits. Returns the manifest.
 *
 * @throws {Error} if the versions of SDK and runtime differ, or a name or platform is not valid
 */
export async function stageSdk(options: StageSdkOptions): Promise<NpmManifest> {
  const { built, platformTags = PLATFORM_TAGS } = options;
  const version = releaseVersion(options.runtimeVersion);
  if (version !== RUNTIME_VERSION) {
    throw new Error(
      `The SDK is made for the runtime ${RUNTIME_VERSION}, not ${version}: ` +
        `make a release for that runtime first (docs/releasing.md)`,
    );
  }
  const name = runtimeName(options.runtimePackage) ?? UPSTREAM_PACKAGE;
  const tags = platformTags.map((tag) => platformTag(tag).tag);
  return await stagedFolder(options.folder, async (folder) => {
    if (built === undefined) await buildPackage(folder);
    else cpSync(built, folder, { recursive: true });
    const file = join(folder, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as NpmManifest;
    const claim = { version: manifest.version, runtime: version, released: [] };
    if (versionFault(claim) !== undefined) {
      throw new Error(`The built package is of version ${manifest.version}, not ${version}`);
    }
    if (name === UPSTREAM_PACKAGE) return manifest;
    const { [UPSTREAM_PACKAGE]: _, ...dependencies } = manifest.dependencies;
    const optionalDependencies = Object.fromEntries(tags.map((tag) => [`${name}-${tag}`, version]));
    const staged: NpmManifest = { ...manifest, dependencies, optionalDependencies };
    writeFileSync(file, JSON.stringify(staged, null, 2) + "\n");
    // One module knows the name: the SDK then finds its runtime without configuration.
    const named = `RUNTIME_PACKAGE = "${UPSTREAM_PACKAGE}"`;
    const modules = filesUnder(MODULE_FOLDER, ".js", folder).map((path) => join(folder, path));
    const module = modules.find((path) => readFileSync(path, "utf8").includes(named));
    if (module === undefined) throw new Error(`No module in "${folder}" names the runtime package`);
    const renamed = `RUNTIME_PACKAGE = ${JSON.stringify(name)}`;
    writeFileSync(module, readFileSync(module, "utf8").replace(named, () => renamed));
    return staged;
  });
}
