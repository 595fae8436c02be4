/**
 * Starts `codex app-server` on the current runtime: Deno, Bun or Node. Loads nothing before it is called.
 *
 * @module
 */
import { STDIO_OPTIONS, type StdioOptions } from "../src/process/stdio_options.ts";
import type { Connect } from "../src/transport/transport.ts";
import { checkOptionNames } from "../src/util/option_names.ts";
import { loadRuntime } from "./load_runtime.ts";

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
  checkOptionNames("stdio()", options, STDIO_OPTIONS);
  return async (connectOptions) => {
    const transport = await loadRuntime();
    return await transport.stdio(options)(connectOptions);
  };
}
