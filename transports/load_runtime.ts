/** Loads the transport module of the current runtime. */
import type { Host } from "../src/process/host.ts";
import type { StdioOptions } from "../src/process/stdio_options.ts";
import type { Connect } from "../src/transport/transport.ts";

/** The common exports of `deno.ts`, `bun.ts`, `node.ts` and `none.ts`. */
export interface RuntimeModule {
  stdio(options?: StdioOptions): Connect;
  host(): Host;
}

/** Imports the module of Deno, Bun or Node. */
export function loadRuntime(): Promise<RuntimeModule> {
  const globals = globalThis as {
    Bun?: unknown;
    Deno?: unknown;
    process?: { readonly versions?: { readonly node?: string } };
  };
  if (globals.Bun !== undefined) return import("./bun.ts");
  if (globals.Deno !== undefined) return import("./deno.ts");
  if (globals.process?.versions?.node !== undefined) return import("./node.ts");
  return import("./none.ts");
}

/**
 * Describes the current runtime.
 *
 * @throws {SpawnError} where no program can be started
 */
export async function loadHost(): Promise<Host> {
  return (await loadRuntime()).host();
}
