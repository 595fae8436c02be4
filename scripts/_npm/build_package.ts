import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { withScratch } from "../_lib/interruption.ts";
import { entryPoints } from "../_lib/package_files.ts";
import { projectRoot } from "../_lib/project.ts";
import { compileWithDnt, whyNoDnt } from "./compile_with_dnt.ts";
import { type CompileOptions, compileWithTsc } from "./compile_with_tsc.ts";
import { finishPackage } from "./finish_package.ts";
import {
  type NpmManifest,
  npmManifest,
  type PackageConfig,
  type RuntimePackage,
} from "./manifest.ts";

/** What compiles the package. */
export type Builder = "dnt" | "tsc";

/**
 * Returns the builder that an option names.
 *
 * The default is `tsc` wherever the two would not give the same files, so that a package does not depend on whether JSR
 * can be reached. The declarations are the same, but dnt keeps the comments in the modules.
 *
 * @throws {TypeError} for any other name
 */
export function builderNamed(name: string = "tsc"): Builder {
  if (name === "dnt" || name === "tsc") return name;
  throw new TypeError(`Cannot build with "${name}": --builder is dnt or tsc`);
}

/** How the package is built. */
export interface BuildOptions {
  /** The folder of the package; what was in it goes. */
  readonly out: string;
  /** @default {"tsc"} */
  readonly builder?: Builder | undefined;
  /** The package that brings the executable; `@openai/codex` in the pinned version unless told. */
  readonly runtime?: RuntimePackage | undefined;
}

/**
 * Builds the npm package into a folder and returns its manifest.
 *
 * @throws {Error} when the sources do not compile, or the builder that was asked for cannot be had
 */
export async function buildPackage(
  { out, builder = builderNamed(), runtime }: BuildOptions,
): Promise<NpmManifest> {
  const config = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as PackageConfig;
  const pinned = { name: UPSTREAM_PACKAGE, version: RUNTIME_VERSION };
  const manifest = npmManifest(config, runtime ?? pinned);
  await withScratch("build-npm-", async (work) => {
    const entries = [...new Set(Object.values(entryPoints()))];
    await compile({ root: projectRoot, entries, out: work }, builder);
    finishPackage(projectRoot, work, manifest);
    // Only now: a build that fails leaves the package of the last one.
    rmSync(out, { recursive: true, force: true });
    cpSync(work, out, { recursive: true });
  });
  return manifest;
}

async function compile(options: CompileOptions, builder: Builder): Promise<void> {
  if (builder === "tsc") return compileWithTsc(options);
  const reason = await whyNoDnt();
  if (reason !== undefined) throw new Error(`Cannot build with dnt: ${reason}`);
  await compileWithDnt(options);
}
