/**
 * Starts `codex app-server` on the current runtime: Deno, Bun or Node. Loads nothing before it is called.
 *
 * @module
 */
import type { StdioOptions } from "../src/process/stdio.ts";
import type { Connect } from "../src/transport/transport.ts";

/**
 * Creates the function that starts the app-server on the current runtime.
 *
 * @example
 * ```ts
 * import { stdio } from "@codex-app-server/sdk/transports/auto";
 *
 * const connect = stdio({ configOverrides: { model: "gpt-5" } });
 * ```
 */
export function stdio(options: StdioOptions = {}): Connect {
  return async (connectOptions) => {
    const transport = await loadTransport();
    return await transport.stdio(options)(connectOptions);
  };
}

/** The common exports of `deno.ts`, `bun.ts`, `node.ts` and `none.ts`. */
interface TransportModule {
  stdio(options?: StdioOptions): Connect;
}

function loadTransport(): Promise<TransportModule> {
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
