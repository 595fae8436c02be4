import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { projectRoot } from "../_lib/project.ts";
import { stageRuntime } from "../_stage/stage_runtime.ts";
import { stageSdk } from "../_stage/stage_sdk.ts";
import type { Row } from "./cells.ts";
import { LocalRegistry } from "./local_registry.ts";
import { type Cell, runMatrix } from "./run_matrix.ts";
import type { Tools } from "./tools.ts";

/** The name that the runtime is staged under. */
export const STAGED_RUNTIME = "@codex-app-server/runtime";

/** What the staged packages are made of and run with. */
export interface StagedOptions {
  readonly rows: readonly Row[];
  readonly tools: Tools;
  /** A new folder for packages and registry. */
  readonly folder: string;
  readonly sdk: { readonly name: string; readonly version: string };
  /** The SDK as `deno task build:npm` made it. */
  readonly built: string;
  /** What packs the runtime. */
  readonly packer: "npm" | "pnpm";
  readonly log: (line: string) => void;
}

/**
 * Stages the runtime of this machine and the SDK that goes with it, publishes both to a registry that has nothing else
 * and knows no other, and installs and runs them from there.
 */
export async function runStaged(options: StagedOptions): Promise<Cell[]> {
  const { rows, tools, folder, sdk, built, packer, log } = options;
  const tag = `${process.platform}-${process.arch}`;
  const packages = { runtime: join(folder, "runtime"), sdk: join(folder, "sdk") };
  await stageRuntime({
    folder: packages.runtime,
    input: join(projectRoot, "node_modules", "@openai", `codex-${tag}`),
    codexVersion: RUNTIME_VERSION,
    platformTag: tag,
    runtimePackage: STAGED_RUNTIME,
  });
  await stageSdk({
    folder: packages.sdk,
    runtimeVersion: RUNTIME_VERSION,
    runtimePackage: STAGED_RUNTIME,
    platformTags: [tag],
    built,
  });
  const registryFolder = join(folder, "registry");
  await mkdir(registryFolder, { recursive: true });
  const registry = await LocalRegistry.start({ folder: registryFolder, tools });
  try {
    await registry.publish(packages.runtime, packer);
    await registry.publish(packages.sdk);
    log("Staged packages published");
    return await runMatrix({
      rows,
      tools,
      registry: registry.url,
      sdk,
      log,
      executable: STAGED_RUNTIME,
    });
  } finally {
    await registry.close();
  }
}
