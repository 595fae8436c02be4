/** The client with its default connection: where the protocol half and the process half meet. */
import { stdio } from "../transports/auto.ts";
import { CodexClient } from "./client/codex_client.ts";
import type { ClientOptions } from "./client/client_options.ts";
import type { StdioOptions } from "./process/stdio.ts";
import type { Connect } from "./transport/transport.ts";

/**
 * Options of {@linkcode Codex}: how the server is started, and how the client behaves.
 *
 * @example
 * ```ts
 * import type { CodexOptions } from "@codex-app-server/sdk";
 *
 * const options: CodexOptions = {
 *   codexBin: "/usr/local/bin/codex",
 *   cwd: "/project",
 *   clientName: "my_editor",
 * };
 * ```
 */
export interface CodexOptions extends StdioOptions, ClientOptions {
  /** Opens the connection instead of starting a process; the options of the process are then not used. */
  readonly connect?: Connect | undefined;
}

/**
 * A client of one `codex app-server`. `await Codex.start()` starts the server at once; `new Codex()` does so on first use.
 *
 * @example
 * ```ts
 * import { Codex, Sandbox } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart({ sandbox: Sandbox.workspace });
 *   const result = await thread.run("Say hello in one sentence.");
 *   console.log(result.finalResponse, result.items.length);
 * }
 * ```
 */
export class Codex extends CodexClient {
  /**
   * Makes a client that starts its server on first use.
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {RangeError} when a time limit is no number from 0 up
   */
  constructor(options: CodexOptions = {}) {
    super(options.connect ?? stdio(options), options);
  }

  /**
   * Makes a client and starts its server (`initialize`).
   *
   * @throws {RuntimeNotFoundError} when there is no `codex` executable
   * @throws {CwdNotFoundError} when the working directory does not exist
   * @throws {StartupTimeoutError} when the start takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} when the server ends before it answers, with its exit code and stderr
   */
  static async start(options: CodexOptions = {}): Promise<Codex> {
    const codex = new Codex(options);
    try {
      return await codex.connect();
    } catch (error) {
      await codex.close();
      throw error;
    }
  }
}
