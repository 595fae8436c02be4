import { mkdir } from "node:fs/promises";
import type { Plan } from "./cells.ts";
import { type ConformanceReport, runConformanceSuites } from "./conformance.ts";
import { configuredUpstream, LocalRegistry } from "./local_registry.ts";
import { type Cell, runMatrix } from "./run_matrix.ts";
import type { Tools } from "./tools.ts";

/** What the published package is run with. */
export interface PublishedOptions {
  readonly plan: Plan;
  readonly tools: Tools;
  /** A new folder for the registry. */
  readonly folder: string;
  readonly sdk: { readonly name: string; readonly version: string };
  /** The SDK as `deno task build:npm` made it. */
  readonly built: string;
  readonly log: (line: string) => void;
}

/**
 * Publishes the SDK to a registry of its own, behind which everything else comes from the one that npm is configured
 * with; installs and runs it from there, and then the conformance suite on what was installed.
 */
export async function runPublished(
  options: PublishedOptions,
): Promise<{ published: Cell[]; conformance: ConformanceReport[] }> {
  const { plan, tools, folder, sdk, built, log } = options;
  await mkdir(folder, { recursive: true });
  const registry = await LocalRegistry.start({
    folder,
    tools,
    upstream: await configuredUpstream(),
  });
  try {
    await registry.publish(built);
    const from = { tools, registry: registry.url, sdk, log };
    const published = await runMatrix({ ...from, rows: plan.published, executable: "@openai" });
    const conformance = await runConformanceSuites({ ...from, runtimes: plan.conformance });
    return { published, conformance };
  } finally {
    await registry.close();
  }
}
